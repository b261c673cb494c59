// Running a program so that stopping npm, this script or the whole process group stops the program cleanly.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
const PARENT_CHECK_MS = 500;

/**
 * Runs a program to its end and answers its exit code, 128 + the signal's number when a signal ended it.
 * Signals sent to this process are passed on; a terminal's Ctrl-C reaches the program by itself as well, so it must treat a repeat as one.
 * When the npm that started us is killed, nobody is left who could pass anything on: then the program is told to stop.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function runToEnd(file, args, options = {}) {
  const child = spawn(file, args, { stdio: 'inherit', ...options });
  const passOn = PASSED_ON.map((signal) => /** @type {const} */ ([signal, () => void child.kill(signal)]));
  for (const [signal, listener] of passOn) process.on(signal, listener);
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearInterval(watch);
      for (const [signal, listener] of passOn) process.off(signal, listener);
    };
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      finish();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * Becomes the program where the running Node.js can do that: the process keeps its id, so signals and exit code need no help and no
 * second process stays in memory. Elsewhere (Node.js 20, Windows) it runs as a child.
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function becomeOrRun(file, args) {
  if (typeof process.execve === 'function' && process.platform !== 'win32') process.execve(file, [file, ...args], process.env);
  return runToEnd(file, args);
}
