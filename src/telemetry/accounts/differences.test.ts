import assert from 'node:assert/strict';
import { LINES_PER_LOOK, differencesOf, untold } from './differences.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z') / 3_600_000;
const NOTHING = { unbalanced: [], unjudged: [], waiting: [] };

describe('differences of accounts', () => {
  it('are told once for a device, check and day, and again when they were gone', () => {
    const hours = [NOON, NOON + 1, NOON + 12].map((hour) => ({ deviceId: 'a', hour, points: 1 }));
    const all = differencesOf({ ...NOTHING, unbalanced: hours }, [{ deviceId: 'a', day: '2026-06-01', difference: -2 }]);
    const first = untold(all, new Set());
    assert.deepEqual(first.now, [
      { deviceId: 'a', check: 'received', at: '2026-06-01T12:00:00.000Z', points: 1 },
      { deviceId: 'a', check: 'received', at: '2026-06-02T00:00:00.000Z', points: 1 },
      { deviceId: 'a', check: 'readings', at: '2026-06-01', points: -2 },
    ]);
    const second = untold(all, first.told);
    assert.deepEqual(second.now, []);
    const gone = untold([], second.told);
    assert.equal(gone.told.size, 0);
    assert.equal(untold(all, gone.told).now.length, 3);
  });

  it('are told a few at a time when there are many, until all are told', () => {
    const unbalanced = Array.from({ length: LINES_PER_LOOK * 2 + 1 }, (_, i) => ({ deviceId: `d-${String(i)}`, hour: NOON, points: 1 }));
    const all = differencesOf({ ...NOTHING, unbalanced }, []);
    const lines = new Set<string>();
    let told: ReadonlySet<string> = new Set();
    for (const expected of [LINES_PER_LOOK, LINES_PER_LOOK, 1, 0]) {
      const look = untold(all, told);
      assert.equal(look.now.length, expected);
      for (const { deviceId } of look.now) lines.add(deviceId);
      told = look.told;
    }
    assert.equal(lines.size, unbalanced.length);
  });

  it('are of points that are stored and do not wait, but not of those that wait for a device of that name before', () => {
    const waiting = [JSON.stringify([['old', NOON, 5, 1], ['ok', NOON, 2, 2], ['gone', NOON, 9, 3]])]; // prettier-ignore
    const unjudged = [
      { deviceId: 'old', hour: NOON, points: 3 },
      { deviceId: 'ok', hour: NOON, points: 2 },
      { deviceId: 'less', hour: NOON, points: -1 },
      { deviceId: 'more', hour: NOON, points: 4 },
    ];
    const found = differencesOf({ ...NOTHING, waiting, unjudged }, []).map(({ deviceId, check, points }) => [deviceId, check, points]);
    assert.deepEqual(found, [
      ['less', 'waiting', -1],
      ['more', 'waiting', 4],
    ]);
  });
});
