import assert from 'node:assert/strict';
import { silentLogger } from '../core/logger.ts';
import { RejectedLog } from './rejected-log.ts';
import type { RejectedRow } from './rejected-log.ts';

const KIB = 1024;

function setUp() {
  const clock = { at: 1_000_000, nowMs: () => clock.at };
  const rows: RejectedRow[] = [];
  const state = { purges: 0 };
  const log = new RejectedLog({
    store: {
      insert: (batch) => {
        rows.push(...batch);
        return Promise.resolve();
      },
    },
    clock,
    logger: silentLogger,
    purge: () => (state.purges += 1),
  });
  const add = (bytes: number) =>
    log.add(
      {
        tenantId: 'default',
        deviceId: 'd',
        source: 'mqtt',
        topic: null,
        reason: 'malformed_json',
        message: 'm',
        field: null,
        raw: Buffer.alloc(bytes),
      },
      () => undefined,
    );
  return { clock, rows, state, log, add };
}

describe('RejectedLog', () => {
  it('keeps 64 KB of a message and its full size', async () => {
    const { rows, log, add } = setUp();
    add(200 * KIB);
    await log.drain();
    assert.deepEqual(
      rows.map(({ raw, sizeBytes }) => [raw.length, sizeBytes]),
      [[64 * KIB, 200 * KIB]],
    );
  });

  it('keeps only the first bytes of a flood, so that no device fills the disk, and whole messages again later', async () => {
    const { clock, rows, log, add } = setUp();
    for (let i = 0; i < 1_000; i++) add(64 * KIB);
    await log.drain();
    assert.equal(rows.length, 1_000, 'every refusal is kept with its reason');
    const bytes = rows.reduce((sum, { raw }) => sum + raw.length, 0);
    assert.ok(bytes < 17 * 1024 * KIB, String(bytes));
    clock.at += 1_000;
    add(64 * KIB);
    await log.drain();
    assert.equal(rows.at(-1)?.raw.length, 64 * KIB);
  });

  it('asks for a purge after every 100 MB, not only once an hour', async () => {
    const { clock, state, log, add } = setUp();
    for (let i = 0; i < 2_000; i++) {
      clock.at += 1_000;
      add(64 * KIB);
    }
    await log.drain();
    assert.equal(state.purges, 1);
  });
});
