// Installs the locked packages when they are missing or belong to another lock, and finds the Node.js that the platform runs on.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runToEnd } from './processes.mjs';

/** The major version of Node.js that the platform is built for and tested on. */
const RUNTIME_MAJOR = 24;
const STAMP = '.insa-installed';
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies'];

/**
 * Sees to it that node_modules is what package-lock.json says. Costs milliseconds when it already is.
 * @param {string} root folder of package.json
 */
export async function ensureInstalled(root) {
  const stampFile = join(root, 'node_modules', STAMP);
  const wanted = fingerprint(root);
  if (readIfThere(stampFile) === wanted) return;
  if (!matchesLock(root)) await npmCi(root);
  try {
    writeFileSync(stampFile, wanted);
  } catch {
    // The packages belong to another user: comparing with the lock again at the next start costs little.
  }
}

/**
 * The Node.js to run the platform on: the pinned one from node_modules, or the running one if that has the right major version.
 * @param {string} root folder of package.json
 * @param {string} [running] version of the Node.js that runs this
 * @returns {string} path of the executable
 */
export function findRuntime(root, running = process.versions.node) {
  const pinned = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(pinned)) return pinned;
  if (Number(running.split('.')[0]) === RUNTIME_MAJOR) return process.execPath;
  throw new Error(
    `Node.js ${RUNTIME_MAJOR} is missing: it comes as an optional package (node-${process.platform}-${process.arch}), which was left out ` +
      `(npm's omit=optional?) or does not exist for this machine. Run "npm ci --include=optional", or start with an installed ` +
      `Node.js ${RUNTIME_MAJOR} (this is ${running}).`,
  );
}

/** @param {string} root */
function fingerprint(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

/**
 * Whether what npm noted about node_modules agrees with package.json and the lock, as after somebody's own `npm ci` or `npm install`.
 * @param {string} root
 */
function matchesLock(root) {
  const noted = readIfThere(join(root, 'node_modules', '.package-lock.json'));
  if (noted === undefined) return false;
  /** @type {Record<string, { version?: string, optional?: boolean, extraneous?: boolean }>} */
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  /** @type {typeof locked} */
  const installed = JSON.parse(noted).packages;
  const declared = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { '': top, ...wanted } = /** @type {Record<string, any>} */ (locked);
  return (
    DEPENDENCY_FIELDS.every((field) => isDeepStrictEqual(declared[field], top[field])) &&
    Object.entries(wanted).every(([path, entry]) =>
      installed[path] ? installed[path].version === entry.version : entry.optional === true,
    ) &&
    Object.entries(installed).every(([path, entry]) => path in wanted || entry.extraneous === true)
  );
}

/** @param {string} root */
async function npmCi(root) {
  console.log('Installing the packages of package-lock.json (a minute or two the first time) ...');
  const { file, args } = npmCommand(root);
  const options = { cwd: root, stdio: /** @type {import('node:child_process').StdioOptions} */ (['ignore', 'inherit', 'inherit']) };
  // Without warnings: npm may run on an older Node.js than the packages want, but they run on the pinned one.
  const code = await runToEnd(
    file,
    [...args, 'ci', '--include=dev', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'],
    options,
  ).catch((error) => {
    throw new Error(`npm could not be started (${error.message}). Install npm or put it into the PATH.`);
  });
  if (code !== 0) throw new Error(`npm ci ended with exit code ${code}: its own message above says why. Nothing was started.`);
}

/**
 * The npm that started us (it knows its configuration), run by the Node.js that it runs on: the pinned one lies in node_modules, which npm ci deletes.
 * @param {string} root
 * @returns {{ file: string, args: string[] }}
 */
function npmCommand(root) {
  const { npm_execpath: script, npm_node_execpath: node, PATH = '' } = process.env;
  const inside = join(root, 'node_modules') + sep;
  if (script?.endsWith('.js') && node && existsSync(node) && !node.startsWith(inside)) return { file: node, args: [script] };
  const folders = PATH.split(delimiter).filter((folder) => !`${folder}${sep}`.startsWith(inside));
  process.env.PATH = folders.join(delimiter);
  return { file: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
