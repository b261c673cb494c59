import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endLeftPrograms, marksIn } from '../../src/notify/channels/script/running-programs.ts';
import { ScriptChannel } from '../../src/notify/channels/script/script-channel.ts';
import type { Outcome } from '../../src/notify/types.ts';
import { eventually } from '../support/platform.ts';
import { deliveryOf, DELIVERY_ID, linkTo, RUNNING } from './deliveries.ts';

/** Real programs, as an administrator would put them there. */
describe('scripts of the administrator', () => {
  let base: string;
  let folder: string;
  before(() => (base = mkdtempSync(path.join(os.tmpdir(), 'insa-scripts-'))));
  after(() => rmSync(base, { recursive: true, force: true }));
  beforeEach(() => {
    folder = mkdtempSync(path.join(base, 'scripts-'));
  });

  const put = (name: string, body: string, mode = 0o755): string => {
    const file = path.join(folder, name);
    writeFileSync(file, body);
    chmodSync(file, mode);
    return file;
  };
  const send = (program: string, options: { args?: string[]; enabled?: boolean; timeoutMs?: number; signal?: AbortSignal } = {}) => {
    const { args, enabled = true, timeoutMs = 60_000, signal = RUNNING } = options;
    const environment = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
    const channel = new ScriptChannel({ enabled, folder, environment, linkTo, timeoutMs, graceMs: 100 });
    return channel.send(deliveryOf({ type: 'script', program, ...(args === undefined ? {} : { args }) }), signal);
  };
  const failsWith = (outcome: Outcome, reason: RegExp): void => {
    assert.ok(!outcome.delivered, 'delivered');
    assert.equal(outcome.retryable, false);
    assert.match(outcome.reason, reason);
  };
  const isAlive = (pid: number): boolean => {
    try {
      // A zombie is no program any more.
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('get the alert as JSON on their input, and their last line is shown', async () => {
    put('take', `#!/bin/sh\ncat > taken.json\necho first\necho "told the pager"\n`);
    assert.deepEqual(await send('take'), { delivered: true, reason: '"take" ended with 0: told the pager' });
    const taken = JSON.parse(readFileSync(path.join(folder, 'taken.json'), 'utf8')) as Record<string, Record<string, unknown>>;
    assert.deepEqual(
      [taken['delivery'], taken['event'], taken['alert']?.['severity'], taken['device']?.['name']],
      [DELIVERY_ID, 'raised', 'critical', 'Pump 1'],
    );
  });

  it('see PATH and LANG and nothing else of the environment', async () => {
    process.env['INSA_TEST_SECRET'] = 'hunter2';
    try {
      put('show', `#!${process.execPath}\nconsole.log(Object.keys(process.env).sort().join())\n`);
      const seen = (await send('show')).reason.replace(/^"show" ended with 0: /, '').split(',');
      // Node.js hands this one on by itself while it measures what tests cover.
      assert.deepEqual(
        seen.filter((name) => name !== 'NODE_V8_COVERAGE'),
        ['LANG', 'PATH'],
      );
    } finally {
      delete process.env['INSA_TEST_SECRET'];
    }
  });

  it('get their arguments as they are: no shell reads them', async () => {
    put('args', `#!/bin/sh\nprintf '%s|' "$@"\n`);
    const outcome = await send('args', { args: ['$(touch hacked)', '; touch hacked', '`touch hacked`', '* && x'] });
    assert.equal(outcome.reason, '"args" ended with 0: $(touch hacked)|; touch hacked|`touch hacked`|* && x|');
    assert.equal(existsSync(path.join(folder, 'hacked')), false);
  });

  it('fail for good with the last line of what went wrong, and are tried again with 75 alone', async () => {
    put('bad', '#!/bin/sh\necho one >&2\necho "no modem" >&2\nexit 3\n');
    failsWith(await send('bad'), /^"bad" ended with 3: no modem$/);
    put('later', '#!/bin/sh\necho "modem is busy" >&2\nexit 75\n');
    assert.deepEqual(await send('later'), { delivered: false, retryable: true, reason: '"later" ended with 75: modem is busy' });
    put('killed', '#!/bin/sh\nkill -9 $$\n');
    failsWith(await send('killed'), /ended with signal SIGKILL/);
  });

  it('that a platform that was killed left running are ended when it starts again; another process that has the id is not', async () => {
    const marks = path.join(folder, 'marks');
    put('long', '#!/bin/sh\nsleep 60 &\necho "$! $$" > pids\nwait\n');
    const platform = `
      const { ScriptChannel } = await import(${JSON.stringify(path.resolve('src/notify/channels/script/script-channel.ts'))});
      const { marksIn } = await import(${JSON.stringify(path.resolve('src/notify/channels/script/running-programs.ts'))});
      const [delivery, folder, marks] = JSON.parse(process.argv[1]);
      const environment = { PATH: process.env.PATH, LANG: 'C.UTF-8' };
      await new ScriptChannel({ enabled: true, folder, environment, linkTo: () => '', running: marksIn(marks) }).send(delivery, new AbortController().signal);
    `;
    const argument = JSON.stringify([deliveryOf({ type: 'script', program: 'long' }), folder, marks]);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', platform, argument], { stdio: 'inherit' });
    const pids = await eventually(() => {
      const file = path.join(folder, 'pids');
      return existsSync(file) && readFileSync(file, 'utf8').endsWith('\n')
        ? readFileSync(file, 'utf8').trim().split(' ').map(Number)
        : undefined;
    }, 'the program to run');
    const [, leader = 0] = pids;
    const mark = path.join(marks, String(leader));
    await eventually(() => (existsSync(mark) && readFileSync(mark, 'utf8') !== '') || undefined, 'its mark to be written');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(pids.map(isAlive), [true, true], 'nobody ends them');
    assert.deepEqual(readdirSync(marks), [String(leader)]);
    // Somebody else's: the id fits, the start does not.
    const other = spawn('sleep', ['60'], { detached: true });
    writeFileSync(path.join(marks, String(other.pid)), readFileSync(mark, 'utf8'));
    try {
      assert.equal(endLeftPrograms(marks), 1);
      await eventually(() => (pids.some(isAlive) ? undefined : true), 'both to be gone');
      assert.ok(isAlive(other.pid ?? 0), 'another process is left alone');
      assert.deepEqual([readdirSync(marks), endLeftPrograms(marks)], [[], 0]);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('leave no mark when they have ended', async () => {
    const marks = path.join(folder, 'marks');
    put('quick', '#!/bin/sh\nexit 0\n');
    const environment = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
    const channel = new ScriptChannel({ enabled: true, folder, environment, linkTo, running: marksIn(marks) });
    assert.equal((await channel.send(deliveryOf({ type: 'script', program: 'quick' }), RUNNING)).delivered, true);
    assert.deepEqual([endLeftPrograms(marks), existsSync(marks) ? readdirSync(marks) : []], [0, []]);
  });

  it('are ended when they run too long, with all they started, also when they ignore SIGTERM', async () => {
    put('deaf', `#!/bin/sh\ntrap '' TERM\nsleep 60 &\necho "$! $$" > pids\nwhile :; do sleep 1; done\n`);
    failsWith(await send('deaf', { timeoutMs: 3_000 }), /"deaf" ran longer than 3 s and was ended/);
    const pids = readFileSync(path.join(folder, 'pids'), 'utf8').trim().split(' ').map(Number);
    assert.equal(pids.length, 2);
    await eventually(() => (pids.some(isAlive) ? undefined : true), 'the program and its child to be gone');
  });

  it('do not leave anything running when they end by themselves', async () => {
    put('daemon', '#!/bin/sh\nsleep 60 &\necho $! > pid\n');
    assert.equal((await send('daemon')).delivered, true);
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    await eventually(() => (isAlive(pid) ? undefined : true), 'what it left behind to be gone');
  });

  it('may write more than is kept, or forever', async () => {
    put('much', '#!/bin/sh\nhead -c 1000000 /dev/zero | tr "\\0" x\n');
    const much = await send('much');
    assert.equal(much.delivered, true);
    assert.equal(much.reason.length, 500);
    put('forever', '#!/bin/sh\nexec yes\n');
    failsWith(await send('forever', { timeoutMs: 400 }), /ran longer/);
  });

  it('need not read their input', async () => {
    put('deaf', '#!/bin/sh\nexec 0<&-\nexit 0\n');
    assert.equal((await send('deaf')).delivered, true);
  });

  it('are ended and run again later when the platform stops', async () => {
    put('slow', '#!/bin/sh\nexec sleep 60\n');
    const stop = new AbortController();
    const sending = send('slow', { signal: stop.signal });
    stop.abort();
    assert.deepEqual(await sending, { delivered: false, retryable: true, reason: '"slow" was ended because the platform stopped.' });
  });

  it('are switched off unless the administrator switches them on', async () => {
    put('take', '#!/bin/sh\ntouch ran\n');
    failsWith(await send('take', { enabled: false }), /switched off.*SCRIPT_ACTIONS=true/);
    assert.equal(existsSync(path.join(folder, 'ran')), false);
  });

  it('are refused when they are not what an administrator would put there, with what to do', async () => {
    put('plain', '#!/bin/sh\n', 0o644);
    put('open', '#!/bin/sh\n', 0o757);
    put('nointerpreter', '#!/no/such/interpreter\n');
    mkdirSync(path.join(folder, 'dir'));
    const outside = path.join(base, 'outside');
    writeFileSync(outside, '#!/bin/sh\n');
    chmodSync(outside, 0o755);
    symlinkSync(outside, path.join(folder, 'link'));
    symlinkSync('/no/where', path.join(folder, 'broken'));
    failsWith(await send('missing'), /There is no "missing" in the folder of scripts/);
    failsWith(await send('plain'), /not executable.*chmod 755/);
    failsWith(await send('open'), /changed by everybody.*chmod o-w/);
    failsWith(await send('dir'), /is no file/);
    failsWith(await send('link'), /link that leads out/);
    failsWith(await send('broken'), /There is no "broken"/);
    failsWith(await send('nointerpreter'), /could not be started: the interpreter/);
    for (const program of ['../outside', '/bin/sh', '.hidden', 'a/b']) {
      const outcome = await send(program);
      assert.ok(!outcome.delivered && !outcome.retryable, program);
    }
    chmodSync(folder, 0o777);
    put('good', '#!/bin/sh\n');
    failsWith(await send('good'), /The folder of scripts can be changed by everybody/);
  });

  it('may be a link to another program of the folder', async () => {
    put('take-1.2', '#!/bin/sh\necho new\n');
    symlinkSync('take-1.2', path.join(folder, 'take'));
    assert.deepEqual(await send('take'), { delivered: true, reason: '"take" ended with 0: new' });
  });

  // Nobody but root can give a file away.
  if (process.geteuid?.() === 0) {
    it('are refused when another account owns them', async () => {
      chownSync(put('theirs', '#!/bin/sh\n'), 54_321, 0);
      failsWith(await send('theirs'), /"theirs" belongs to another account \(uid 54321\)/);
    });
  }
});
