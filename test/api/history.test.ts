import assert from 'node:assert/strict';
import { Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

/** POST /telemetry?mode=history; no outlet is wired in any of these. */
describe('past telemetry over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let device: Client;
  let gateway: Client;
  let base: number;
  const told: string[] = [];

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['pump-01', 'pump-02']) await admin.post('/devices', { device_id });
    device = Client.withKey(fixture, (await admin.post('/devices/pump-01/credentials', {})).body.key);
    gateway = Client.withKey(fixture, (await admin.post('/api-keys', { name: 'gw', kind: 'gateway', auto_register: true })).body.key);
    base = fixture.clock.nowMs() - 3_600_000;
    fixture.events.on('telemetry.stored', ({ device_id: deviceId }) => told.push(deviceId));
  });
  after(() => fixture.stop());

  const HISTORY = '/telemetry?mode=history';
  const iso = (offsetMs: number) => new Date(base + offsetMs).toISOString();
  const count = async (table: string) => Number((await fixture.sql(`select count(*) as n from ${table}`))[0]?.['n']);

  it('is stored without a flow, and nobody is told of it', async () => {
    const body = { timestamp: iso(0), data: { temperature: { value: 99.5, unit: 'C' }, running: true, mode: 'auto' } };
    const answer = await device.post(HISTORY, body);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { stored: 3, duplicates: 0, rejected: [] });
    const { items } = (await admin.get('/telemetry/pump-01')).body;
    assert.deepEqual(items.map(({ key, value, unit, timestamp }) => [key, value, unit, timestamp]).sort(), [
      ['mode', 'auto', null, iso(0).replace('Z', '000Z')],
      ['running', true, null, iso(0).replace('Z', '000Z')],
      ['temperature', 99.5, '°C', iso(0).replace('Z', '000Z')],
    ]);
    assert.equal(await count('ingest_batches'), 0, 'nothing waits to be judged');
    assert.deepEqual(told, [], 'no screen is told');
    assert.equal((await admin.get('/devices/pump-01')).body.last_seen_at, null);
  });

  it('leaves what is live as it was: the same point sent without the mode is a repeat, a new one is judged', async () => {
    const off = fixture.wire();
    try {
      assert.deepEqual((await device.post('/telemetry', { timestamp: iso(0), data: { temperature: 99.5 } })).body, {
        stored: 0,
        duplicates: 1,
        rejected: [],
      });
      assert.equal((await device.post('/telemetry', { timestamp: iso(1), data: { temperature: 20 } })).body.stored, 1);
      assert.deepEqual(told, ['pump-01']);
      assert.ok((await count('ingest_batches')) > 0);
    } finally {
      off();
    }
  });

  it('checks, refuses and answers as always', async () => {
    const answer = await gateway.post(HISTORY, [
      { device_id: 'pump-02', timestamp: iso(5), temperature: 1, bad: null },
      { device_id: 'pump-02', timestamp: iso(5), temperature: 1 },
      { device_id: 'pump-02', timestamp: iso(5), temperature: 2 },
      { device_id: 'pump-02', timestamp: '1970-01-01T00:00:00Z', temperature: 2 },
      { device_id: 'no spaces allowed', temperature: 3 },
      { device_id: 'new-1', timestamp: iso(6), temperature: 4 },
      { device_id: 'pump-02', timestamp: iso(7), temperature: 'warm' },
    ]);
    assert.equal(answer.status, 200);
    assert.deepEqual([answer.body.stored, answer.body.duplicates], [2, 1]);
    assert.deepEqual(
      answer.body.rejected.map(({ index, field, reason }) => [index, field, reason]),
      [
        [0, 'bad', 'invalid_value'],
        [2, 'temperature', 'conflict'],
        [3, 'timestamp', 'timestamp_too_old'],
        [4, null, 'invalid_device_id'],
        [6, 'temperature', 'kind_mismatch'],
      ],
    );
    assert.equal((await admin.get('/devices/new-1')).body.origin, 'gateway');
    assert.ok((await admin.get('/telemetry/rejected?device_id=pump-02')).body.items.some(({ reason }) => reason === 'conflict'));
    const none = await device.post(HISTORY, { temperature: null });
    assert.deepEqual([none.status, none.body.code], [400, 'NO_POINT_STORED']);
  });

  it('moves the newest value only when it is newer', async () => {
    const newest = async () => (await admin.get('/telemetry/latest?device_id=pump-02&keys=level')).body.items[0];
    await gateway.post(HISTORY, { device_id: 'pump-02', timestamp: iso(30), data: { level: 30 } });
    await eventually(async () => (await newest())?.value === 30, 'the newest value to be written');
    await gateway.post(HISTORY, { device_id: 'pump-02', timestamp: iso(20), data: { level: 20 } });
    await gateway.post(HISTORY, { device_id: 'pump-02', timestamp: iso(40), data: { level: 40 } });
    await eventually(async () => (await newest())?.value === 40, 'the newer value to be written');
  });

  it('lets a device speak for itself alone, and those who may not send not at all', async () => {
    const answer = await device.post(HISTORY, { device_id: 'pump-02', timestamp: iso(50), data: { temperature: 5 } });
    assert.equal(answer.body.rejected[0]?.reason, 'forbidden');
    await fixture.addUser('viewer-1', 'viewer');
    const viewer = await Client.login(fixture, 'viewer-1');
    assert.equal((await viewer.post(HISTORY, { device_id: 'pump-02', timestamp: iso(51), temperature: 5 })).status, 403);
    assert.equal((await admin.post(HISTORY, { device_id: 'pump-02', timestamp: iso(52), temperature: 5 })).body.stored, 1);
    const unknown = await device.post('/telemetry?mode=replay', { temperature: 5 });
    assert.equal(unknown.status, 400);
    assert.equal(unknown.body.errors[0]?.field, 'mode');
  });

  it('answers 503 with Retry-After while nothing can be stored', async () => {
    for (const code of ['STORAGE_UNAVAILABLE', 'DISK_FULL'] as const) {
      fixture.closed.reason = { code, message: 'Nothing is stored.' };
      const answer = await device.post(HISTORY, { timestamp: iso(60), data: { temperature: 5 } });
      assert.deepEqual([answer.status, answer.body.code], [503, code]);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    fixture.closed.reason = undefined;
    assert.equal((await device.post(HISTORY, { timestamp: iso(60), data: { temperature: 5 } })).body.stored, 1);
  });
});
