import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { until } from './support.ts';

const PROGRAM = path.join(import.meta.dirname, 'crash-program.ts');

describe('a process that is killed between sending and recording', () => {
  let database: TestDatabase;
  let folder: string;

  before(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(path.join(os.tmpdir(), 'insa-crash-'));
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const run = (file: string, mode: string) =>
    spawn(process.execPath, [PROGRAM, database.url, file, mode], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ledger = async () =>
    (
      await database.db.system.query<{ id: string; status: string; attempts: number; lines: number }>(
        `select notification_id as id, status, attempts, (select count(*)::int from notification_attempts a where a.notification_id = n.notification_id) as lines
           from notifications n`,
      )
    ).rows;

  it('sends again under the same id, and then records it once', async () => {
    const file = path.join(folder, 'sent');
    const first = run(file, 'dies');
    const [, signal] = (await once(first, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL');
    const [pending, ...others] = await ledger();
    assert.deepEqual(others, []);
    assert.deepEqual([pending?.status, pending?.attempts, pending?.lines], ['pending', 0, 0]);

    const second = run(file, 'lives');
    try {
      await until(async () => (await ledger())[0]?.status === 'delivered', 'delivered');
    } finally {
      const ended = once(second, 'exit');
      second.kill();
      await ended;
    }
    const id = pending?.id ?? '';
    assert.deepEqual(readFileSync(file, 'utf8').trim().split('\n'), [`${id} 1`, `${id} 1`]);
    // The second process queued the same thing again, which its key prevented.
    assert.deepEqual(await ledger(), [{ id, status: 'delivered', attempts: 1, lines: 1 }]);
  });
});
