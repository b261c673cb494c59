import assert from 'node:assert/strict';
import type { StoredPoint } from '../contracts/telemetry.ts';
import { SharedUpdates } from './shared-updates.ts';

function point(key: string, value: number): StoredPoint {
  return { key, value, unit: null, time_us: 1_000_000, timestamp: 1_000, quality: 100 };
}

function values(...points: StoredPoint[]): ReadonlyMap<string, StoredPoint> {
  return new Map(points.map((one) => [one.key, one]));
}

describe('updates of one beat', () => {
  it('are one message for all who get the same values of a device', () => {
    const [temperature, flow] = [point('temperature', 1), point('flow', 2)];
    const updates = new SharedUpdates();
    for (const socket of ['a', 'b', 'c']) updates.add('pump-01', values(temperature, flow), socket);
    updates.add('pump-02', values(temperature), 'a');
    assert.deepEqual(
      updates.all().map(({ update, socketIds }) => [update.device_id, Object.keys(update.points), socketIds]),
      [
        ['pump-01', ['temperature', 'flow'], ['a', 'b', 'c']],
        ['pump-02', ['temperature'], ['a']],
      ],
    );
  });

  it('are told apart by keys, and by readings that were overtaken for one and not for another', () => {
    const [temperature, flow, later] = [point('temperature', 1), point('flow', 2), point('temperature', 3)];
    const updates = new SharedUpdates();
    updates.add('pump-01', values(temperature, flow), 'all');
    updates.add('pump-01', values(flow), 'flow only');
    updates.add('pump-01', values(later, flow), 'slow');
    updates.add('pump-01', values(temperature, flow), 'all too');
    assert.deepEqual(
      updates.all().map(({ update, socketIds }) => [Object.values(update.points).map(({ value }) => value), socketIds]),
      [
        [
          [1, 2],
          ['all', 'all too'],
        ],
        [[2], ['flow only']],
        [[3, 2], ['slow']],
      ],
    );
  });

  it('reach everybody, however many selections there are', () => {
    const updates = new SharedUpdates();
    const sockets = Array.from({ length: 20 }, (_, place) => `socket ${String(place)}`);
    sockets.forEach((socket, place) => updates.add('pump-01', values(point(`key ${String(place)}`, place)), socket));
    assert.deepEqual(
      updates.all().flatMap(({ socketIds }) => socketIds),
      sockets,
    );
  });
});
