import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

const PROCESSES = new URL('processes.mjs', import.meta.url).href;
const STOP_WITH_NPM = new URL('stop-with-npm.mjs', import.meta.url).href;

/** Says that it is up, counts the signals it gets, and ends with 7 when it is told to by the first. */
const PROGRAM = `
let count = 0;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
  count += 1;
  console.log('got ' + signal);
  if (count === 1) setTimeout(() => process.exit(7), 300);
});
setInterval(() => undefined, 1000);
console.log('up ' + process.pid);
`;

describe('A program behind npm scripts', () => {
  let folder: string;
  let outer: ChildProcess;
  let lines: AsyncIterableIterator<string>;
  let output: Interface;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'insa-processes-'));
    writeFileSync(join(folder, 'program.mjs'), PROGRAM);
  });

  afterEach(() => {
    output.close();
    rmSync(folder, { recursive: true });
  });

  /** Starts a script that runs the program by the given function, in a process group of its own. */
  function start(how: 'runToEnd' | 'becomeOrRun', args: string[] = []): void {
    const call = `process.exitCode = await ${how}(process.execPath, ${JSON.stringify([...args, join(folder, 'program.mjs')])});`;
    writeFileSync(join(folder, 'outer.mjs'), `import { ${how} } from '${PROCESSES}';\n${call}\n`);
    follow(spawn(process.execPath, [join(folder, 'outer.mjs')], { stdio: ['ignore', 'pipe', 'inherit'], detached: true }));
  }

  function follow(child: ChildProcess): void {
    outer = child;
    assert.ok(child.stdout);
    output = createInterface({ input: child.stdout });
    lines = output[Symbol.asyncIterator]();
  }

  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  const pidOf = async (): Promise<number> => Number((await nextLine()).replace('up ', ''));
  const exitCode = async (): Promise<unknown> => ((await once(outer, 'exit')) as unknown[])[0];

  it('gets a signal sent to the script alone, and its exit code is the script’s', async () => {
    start('runToEnd');
    await pidOf();
    const ended = exitCode();
    outer.kill('SIGTERM');
    assert.equal(await nextLine(), 'got SIGTERM');
    assert.equal(await ended, 7);
  });

  it('ends cleanly when the whole process group gets the signal, as by Ctrl-C', async () => {
    start('runToEnd');
    await pidOf();
    const ended = exitCode();
    process.kill(-(outer.pid ?? 0), 'SIGINT');
    assert.equal(await nextLine(), 'got SIGINT');
    assert.equal(await ended, 7);
  });

  it('gives 128 + the number of the signal that ended it', async () => {
    start('runToEnd');
    const program = await pidOf();
    const ended = exitCode();
    process.kill(program, 'SIGKILL');
    assert.equal(await ended, 137);
  });

  it('takes the place of the script where Node.js can do that', async () => {
    start('becomeOrRun');
    assert.equal(await pidOf(), outer.pid);
    const ended = exitCode();
    outer.kill('SIGTERM');
    assert.equal(await ended, 7);
  });

  it('stops when the npm that started it is killed', async () => {
    const inner = `import { spawn } from 'node:child_process';
      spawn(process.execPath, ['--import', '${STOP_WITH_NPM}', '${join(folder, 'program.mjs')}'], { stdio: 'inherit' });`;
    writeFileSync(join(folder, 'npm.mjs'), inner);
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    follow(spawn(process.execPath, [join(folder, 'npm.mjs')], { stdio: ['ignore', 'pipe', 'inherit'], env }));
    await pidOf();
    outer.kill('SIGKILL');
    assert.equal(await nextLine(), 'got SIGTERM');
  });
});
