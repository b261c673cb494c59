import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '../../src/core/errors.ts';
import { DataDir } from '../../src/storage/data-dir.ts';
import { startMarkOf } from '../../src/storage/embedded/processes.ts';

describe('DataDir', () => {
  let root: string;
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'insa-data-'));
    folder = path.join(root, 'deep', 'data');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  async function holder(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', 'holder.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    return child;
  }

  it('makes a folder that others cannot look into', () => {
    new DataDir(folder).start();
    assert.equal(statSync(folder).mode & 0o066, 0);
  });

  it('is refused to a second process with the number of the first and the folder', async () => {
    const child = await holder();
    assert.throws(
      () => new DataDir(folder).start(),
      (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'ALREADY_RUNNING');
        assert.ok(error.message.includes(`Process ${String(child.pid)} `), error.message);
        assert.ok(error.message.includes(folder), error.message);
        return true;
      },
    );
  });

  it('is taken over from a process that was killed', async () => {
    const child = await holder();
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    assert.ok(existsSync(path.join(folder, 'platform.lock')));
    new DataDir(folder).start();
    assert.match(readFileSync(path.join(folder, 'platform.lock'), 'utf8'), new RegExp(`"pid":${process.pid}\\b`));
  });

  it('is taken over when the number of the dead now belongs to somebody else', () => {
    mkdirSync(folder, { recursive: true });
    // The parent lives, but this mark says that the lock was written by an earlier process of that number.
    assert.notEqual(startMarkOf(process.ppid), undefined);
    writeFileSync(path.join(folder, 'platform.lock'), JSON.stringify({ pid: process.ppid, startMark: 'another boot:1' }));
    new DataDir(folder).start();
  });

  it('is taken over when the lock was cut off by a power failure', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'platform.lock'), '{"pid":');
    new DataDir(folder).start();
  });

  it('is free again after stop, which leaves nothing behind and may be repeated', () => {
    const dataDir = new DataDir(folder);
    dataDir.start();
    dataDir.start();
    dataDir.stop();
    dataDir.stop();
    assert.deepEqual(readdirSync(folder), []);
    new DataDir(folder).start();
  });

  it('makes a secret once and keeps it private', () => {
    const dataDir = new DataDir(folder);
    dataDir.start();
    const secret = dataDir.secret('jwt', 48);
    assert.equal(Buffer.from(secret, 'base64url').length, 48);
    assert.notEqual(dataDir.secret('node-red', 48), secret);
    const file = path.join(folder, 'secrets', 'jwt');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    chmodSync(file, 0o644);
    assert.equal(new DataDir(folder).secret('jwt', 48), secret);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('does not replace a secret that was emptied', () => {
    const dataDir = new DataDir(folder);
    dataDir.start();
    dataDir.secret('jwt', 48);
    writeFileSync(path.join(folder, 'secrets', 'jwt'), '');
    assert.throws(() => dataDir.secret('jwt', 48), /secrets\/jwt is empty/);
  });

  it('names a folder that cannot be made', () => {
    writeFileSync(path.join(root, 'file'), '');
    assert.throws(() => new DataDir(path.join(root, 'file', 'data')).start(), /The data folder .*file\/data cannot be used/);
  });
});
