import assert from 'node:assert/strict';
import type { DeviceAccount } from '../../src/contracts/accounts.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const HOUR_MS = 3_600_000;

describe('accounts over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let off: () => void;
  let hourMs: number;

  before(async () => {
    fixture = await startApi();
    off = fixture.wire();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['pump-01', 'pump-02', 'pump-03', 'silent']) await admin.post('/devices', { device_id });
    hourMs = Math.floor(fixture.clock.nowMs() / HOUR_MS) * HOUR_MS;
    const at = fixture.clock.nowMs() - 60_000;
    const message = (device_id: string, sequence: number, data: object) => ({
      device_id,
      timestamp: at + sequence,
      data,
      metadata: { sequence },
    });
    await admin.post('/telemetry', [
      message('pump-01', 1, { t: 1, on: true }),
      message('pump-01', 2, { t: 2 }),
      message('pump-01', 5, { t: 5 }),
    ]);
    await admin.post('/telemetry', [
      message('pump-01', 2, { t: 2 }),
      message('pump-01', 6, { t: { x: 1 } }),
      message('pump-01', 5, { t: 50 }),
    ]);
    await admin.post('/telemetry', { device_id: 'pump-02', data: { t: 1 } });
    await admin.post('/telemetry', [
      { device_id: 'pump-03', data: { t: 1 } },
      { device_id: 'pump-03', data: { t: 'two' } },
    ]);
    await fixture.accountant.catchUp();
  });
  after(async () => {
    off();
    await fixture.stop();
  });

  it('tell what became of everything that one device sent, by the hour and in all', async () => {
    const { status, body } = await admin.get('/devices/pump-01/accounts');
    assert.equal(status, 200);
    const counts = {
      messages: 6,
      received: 7,
      stored: 4,
      duplicates: 1,
      rejected: 2,
      conflicts: 1,
      judged: 0,
      history: 0,
      waiting: 4,
      unaccounted: 0,
    };
    const numbers = { numbered: 4, missing: 2, restarts: 0, unreadable_numbers: 0 };
    assert.deepEqual(body, {
      device_id: 'pump-01',
      start: new Date(hourMs - 23 * HOUR_MS).toISOString(),
      end: new Date(hourMs + HOUR_MS).toISOString(),
      expected: 6,
      totals: { ...counts, ...numbers },
      hours: [{ hour: new Date(hourMs).toISOString(), first_number: 1, last_number: 6, ...counts, ...numbers }],
    });
  });

  it('have no number of expected messages where none has a number, and no hours where nothing came', async () => {
    const read = async (path: string) => (await admin.get(path)).body as unknown as DeviceAccount;
    const plain = await read('/devices/pump-02/accounts');
    assert.deepEqual([plain.expected, plain.totals.received], [null, 1]);
    const silent = await read('/devices/silent/accounts');
    assert.deepEqual([silent.expected, silent.hours, silent.totals.received], [null, [], 0]);
    const before = await read(`/devices/pump-01/accounts?end=${new Date(hourMs).toISOString()}`);
    assert.deepEqual([before.end, before.hours], [new Date(hourMs).toISOString(), []]);
  });

  it('list all devices, or those alone of which something is missing or rejected, page by page', async () => {
    const ids = (body: { items: { device_id: string }[] }) => body.items.map((item) => item.device_id);
    assert.deepEqual(ids((await admin.get('/telemetry/accounts')).body), ['pump-01', 'pump-02', 'pump-03']);
    assert.deepEqual(ids((await admin.get('/telemetry/accounts?problems=true')).body), ['pump-01', 'pump-03']);
    const first = (await admin.get('/telemetry/accounts?limit=2')).body;
    assert.deepEqual(ids(first), ['pump-01', 'pump-02']);
    const next = (await admin.get(`/telemetry/accounts?limit=2&cursor=${String(first.next_cursor)}`)).body;
    assert.deepEqual([ids(next), next.next_cursor], [['pump-03'], null]);
  });

  it('refuse a device that is not there, and periods that have no instant or too many hours', async () => {
    assert.equal((await admin.get('/devices/nobody/accounts')).status, 404);
    for (const query of [
      'start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z',
      'start=2020-01-01T00:00:00Z',
      'start=yesterday',
      'problems=maybe',
      'x=1',
    ]) {
      const { status, body } = await admin.get(`/telemetry/accounts?${query}`);
      assert.equal(status, 400, query);
      assert.ok(String(body['detail']).length > 20, query);
    }
  });

  it('keep no device of the name of their address', async () => {
    const answer = await admin.post('/devices', { device_id: 'accounts' });
    assert.equal(answer.status, 400);
  });
});
