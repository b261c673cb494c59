import assert from 'node:assert/strict';
import { LatestReadings } from './latest-readings.ts';
import { SeriesRegistry } from './series-registry.ts';
import type { SeriesRow } from './series-registry.ts';

const NEWEST_US = 1_790_000_000_123_456;

function row(id: number, tenantId: string, deviceId: string, key: string): SeriesRow {
  return { id, tenantId, deviceId, key, kind: 'number', unit: '°C', newestUs: NEWEST_US, latestValue: id, latestQuality: 90 };
}

async function registryOf(rows: SeriesRow[]): Promise<SeriesRegistry> {
  const registry = new SeriesRegistry({
    loadAll: () => Promise.resolve(rows),
    create: (wanted) =>
      Promise.resolve(wanted.map((series, i) => ({ ...row(100 + i, '', '', ''), ...series, newestUs: null, latestValue: null }))),
    setUnit: () => Promise.resolve(),
  });
  await registry.load();
  return registry;
}

describe('the newest readings', () => {
  const all = { tenantId: 'default', deviceIds: undefined, keys: undefined, afterSeriesId: undefined, limit: 10 };
  const rows = [
    row(7, 'default', 'pump-2', 'temperature'),
    row(2, 'default', 'pump-1', 'pressure'),
    row(3, 'acme', 'press-1', 'temperature'),
    row(5, 'default', 'pump-1', 'temperature'),
  ];

  it('come in the order of their series, of one tenant alone', async () => {
    const latest = new LatestReadings(await registryOf(rows));
    assert.deepEqual(
      latest.latest(all).map(({ series_id: id }) => id),
      [2, 5, 7],
    );
    assert.deepEqual(latest.latest({ ...all, tenantId: 'acme' }), [
      {
        device_id: 'press-1',
        key: 'temperature',
        timestamp: '2026-09-21T14:13:20.123456Z',
        value: 3,
        unit: '°C',
        quality: 90,
        series_id: 3,
      },
    ]);
    assert.deepEqual(latest.latest({ ...all, tenantId: 'nobody' }), []);
    assert.deepEqual(latest.latest({ ...all, deviceIds: ['press-1'] }), [], 'named, and of another tenant');
  });

  it('are those of the devices and keys that are named, page by page', async () => {
    const latest = new LatestReadings(await registryOf(rows));
    const ids = (query: Partial<typeof all> | object) => latest.latest({ ...all, ...query }).map(({ series_id: id }) => id);
    assert.deepEqual(ids({ keys: ['temperature'] }), [5, 7]);
    assert.deepEqual(ids({ deviceIds: ['pump-2', 'pump-1', 'pump-2', 'none'] }), [2, 5, 7]);
    assert.deepEqual(ids({ deviceIds: ['pump-1'], keys: ['pressure'] }), [2]);
    assert.deepEqual(ids({ limit: 2 }), [2, 5]);
    assert.deepEqual(ids({ limit: 2, afterSeriesId: 5 }), [7]);
    assert.deepEqual(ids({ afterSeriesId: 4 }), [5, 7]);
    assert.deepEqual(ids({ afterSeriesId: 7 }), []);
  });

  it('leave out what has no reading yet, and follow series that come and go', async () => {
    const registry = await registryOf(rows);
    const latest = new LatestReadings(registry);
    assert.equal(latest.latest(all).length, 3);
    await registry.create([{ tenantId: 'default', deviceId: 'pump-3', key: 'temperature', kind: 'number', unit: null }]);
    assert.equal(latest.latest(all).length, 3, 'nothing read yet');
    const added = registry.ofDevice('pump-3')?.get('temperature');
    assert.ok(added);
    Object.assign(added, { latestUs: NEWEST_US, latestValue: 1.5 });
    assert.equal(latest.latest(all).at(-1)?.device_id, 'pump-3');
    registry.forget('pump-1');
    assert.deepEqual(
      latest.latest(all).map(({ device_id: id }) => id),
      ['pump-2', 'pump-3'],
    );
  });
});
