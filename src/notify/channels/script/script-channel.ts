import path from 'node:path';
import { messageFor, oneLine, readAction, UNREADABLE } from '../../alert-content.ts';
import type { LinkTo } from '../../alert-content.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';
import { findProgram } from './program.ts';
import { runProgram } from './run-program.ts';
import { NO_MARKS } from './running-programs.ts';
import type { RunningPrograms } from './running-programs.ts';
import type { ProgramEnd, ProgramResult } from './run-program.ts';

/** How long a program may run, and how long it has to end itself after SIGTERM, milliseconds. */
const TIMEOUT_MS = 10_000;
const GRACE_MS = 2_000;
/** "Temporary failure; try again" of sysexits.h. */
const EX_TEMPFAIL = 75;

/** What the channel uses. */
export interface ScriptChannelOptions {
  /** False: every script is refused (SCRIPT_ACTIONS). */
  enabled: boolean;
  /** Where programs are; absolute. */
  folder: string;
  /** What programs see as PATH and LANG; nothing else of the environment reaches them. */
  environment: { PATH: string; LANG: string };
  linkTo: LinkTo;
  /** Told which programs run; nobody is unless given. */
  running?: RunningPrograms;
  /** For tests; 10 s and 2 s unless given. */
  timeoutMs?: number;
  graceMs?: number;
}

/** Runs a program of the administrator's folder: the alert as JSON on its input, no shell, no secrets, and an end after 10 s. */
export class ScriptChannel implements Channel {
  readonly name = 'script';
  readonly atOnce = 2;
  readonly retryDelaysMs = [10_000, 60_000, 300_000] as const;
  private readonly options: ScriptChannelOptions;

  constructor(options: ScriptChannelOptions) {
    this.options = options;
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { enabled, folder, environment, linkTo, timeoutMs = TIMEOUT_MS, graceMs = GRACE_MS } = this.options;
    const read = readAction(delivery, 'script', linkTo);
    if (read === undefined) return UNREADABLE;
    const { program, args = [] } = read.action;
    if (!enabled)
      return final('Scripts are switched off; an administrator of the machine sets SCRIPT_ACTIONS=true and starts the platform again.');
    if (process.platform === 'win32') return final('Scripts run on Linux and macOS only; use a webhook instead.');
    const found = findProgram(folder, program);
    if ('problem' in found) return final(found.problem);
    const stdin = JSON.stringify(messageFor(delivery, read));
    const result = await runProgram({
      ...{ path: found.path, cwd: path.dirname(found.path), args, env: environment },
      ...{ stdin, timeoutMs, graceMs, signal, running: this.options.running ?? NO_MARKS },
    });
    return outcomeOf(program, result, timeoutMs);
  }
}

function outcomeOf(program: string, result: ProgramResult, timeoutMs: number): Outcome {
  switch (result.kind) {
    case 'timeout':
      return final(`"${program}" ran longer than ${String(timeoutMs / 1_000)} s and was ended.`);
    case 'aborted':
      // It has not done its work; what it did of it, it can tell by the id.
      return again(`"${program}" was ended because the platform stopped.`);
    case 'not_started':
      return final(`"${program}" could not be started: ${startProblem(result.code)}`);
    case 'ended':
      return endOf(program, result);
  }
}

function endOf(program: string, { code, signal, stdout, stderr }: ProgramEnd): Outcome {
  if (code === 0) return { delivered: true, reason: oneLine(`"${program}" ended with 0${said(stdout)}`) };
  const words = `"${program}" ended with ${code === null ? `signal ${String(signal)}` : String(code)}${said(stderr)}`;
  return code === EX_TEMPFAIL ? again(words) : final(words);
}

function startProblem(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'the interpreter named in its first line is not there.';
    case 'EACCES':
      return 'the account of the platform may not execute it.';
    case 'E2BIG':
      return 'its arguments are too long.';
    case 'EAGAIN':
    case 'ENOMEM':
      return `the machine has no room for another process (${code}).`;
    default:
      return `${code}.`;
  }
}

/** The last line of an output. */
function said(output: string): string {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '.' : `: ${line}`;
}

function final(reason: string): Outcome {
  return { delivered: false, retryable: false, reason: oneLine(reason) };
}

function again(reason: string): Outcome {
  return { delivered: false, retryable: true, reason: oneLine(reason) };
}
