import assert from 'node:assert/strict';
import { silentLogger } from '../../core/logger.ts';
import type { IngestOutcome } from '../../telemetry/types.ts';
import { DemoHistory, historyLabel } from './demo-history.ts';

const STORED: IngestOutcome = { kind: 'stored', telemetry: undefined, stored: 1, duplicates: 0, rejected: [] };
const NOW_MS = Date.parse('2026-03-01T12:34:56.789Z');

describe('writing the generated past of the demo plant', () => {
  function plant(metadata: Record<string, unknown>) {
    const machine = { deviceId: 'pump-demo', metadata };
    const times: number[] = [];
    const state = { exists: true, onStore: () => STORED };
    const ended: PromiseWithResolvers<void> = Promise.withResolvers();
    const history = new DemoHistory(
      {
        machines: () => Promise.resolve([machine]),
        exists: () => state.exists,
        setMetadata: (_deviceId, changed) => {
          machine.metadata = changed;
          ended.resolve();
          return Promise.resolve();
        },
        store: (_deviceId, messages) => {
          const outcome = state.onStore();
          if (outcome.kind === 'stored') times.push(...(messages as { timestamp: number }[]).map(({ timestamp }) => timestamp));
          return Promise.resolve(outcome);
        },
      },
      silentLogger,
    );
    return { history, machine, times, state, ended: ended.promise };
  }

  it('writes every minute of seven days once, up to the last whole minute, and says so', async () => {
    const { history, machine, times, ended } = plant({ owner: 'Ann', ...historyLabel(NOW_MS) });
    history.start();
    await ended;
    await history.stop();
    assert.equal(times.length, 7 * 1_440);
    assert.equal(new Set(times).size, times.length);
    assert.equal(new Date(Math.min(...times)).toISOString(), '2026-02-22T12:34:00.000Z');
    assert.equal(new Date(Math.max(...times)).toISOString(), '2026-03-01T12:33:00.000Z');
    assert.deepEqual(machine.metadata, {
      owner: 'Ann',
      generated_history: true,
      generated_from: '2026-02-22T12:34:00.000Z',
      generated_until: '2026-03-01T12:34:00.000Z',
      generated_complete: true,
    });
  });

  it('writes nothing for a machine that is complete, or whose label somebody took away', async () => {
    for (const metadata of [{ ...historyLabel(NOW_MS), generated_complete: true }, {}]) {
      const { history, times } = plant(metadata);
      history.start();
      await new Promise((resolve) => setImmediate(resolve));
      await history.stop();
      assert.deepEqual(times, []);
    }
  });

  it('stays incomplete when it is stopped, and leaves a machine that is gone', async () => {
    const { history, machine, times, state } = plant({ ...historyLabel(NOW_MS) });
    const stored: PromiseWithResolvers<void> = Promise.withResolvers();
    state.onStore = () => {
      stored.resolve();
      return STORED;
    };
    history.start();
    await stored.promise;
    await history.stop();
    assert.ok(times.length > 0 && times.length < 1_440);
    assert.equal(machine.metadata['generated_complete'], false);

    const gone = plant({ ...historyLabel(NOW_MS) });
    gone.state.exists = false;
    gone.history.start();
    await gone.ended;
    assert.deepEqual(gone.times, []);
  });

  it('tries again what could not be stored for the moment', async () => {
    const { history, times, state } = plant({ ...historyLabel(NOW_MS) });
    const storedAgain: PromiseWithResolvers<void> = Promise.withResolvers();
    let asked = 0;
    state.onStore = () => {
      asked += 1;
      if (asked === 1) return { kind: 'unavailable', code: 'DISK_FULL', message: 'full' };
      storedAgain.resolve();
      return STORED;
    };
    history.start();
    await storedAgain.promise;
    await history.stop();
    assert.ok(times.length > 0);
  });
});
