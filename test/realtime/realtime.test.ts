import assert from 'node:assert/strict';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { AlertUpdate, DeviceStatusUpdate, TelemetryUpdate } from '../../src/contracts/realtime.ts';
import type { Severity } from '../../src/contracts/rules.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ROLES } from '../../src/core/permissions.ts';
import { until } from '../engine/support.ts';
import { TIME_US, alertOf, ask, collect, goLive, stored, user } from './support.ts';
import type { Client, Live } from './support.ts';

describe('live connection', () => {
  let live: Live;

  afterEach(() => live.stop());

  for (const transports of [['websocket'], ['polling']]) {
    it(`sends the values of a device that was subscribed to, over ${transports.join()}`, async () => {
      live = await goLive();
      const client = await live.connected({ token: 'viewer' }, transports);
      const got = collect(client, 'telemetry_update');
      assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
      live.events.emit('telemetry.stored', stored('boiler-01', { temperature: 1 }));
      live.events.emit('telemetry.stored', stored('pump-01', { temperature: 51.5, __proto__x: true, mode: 'auto' }));
      const update = await until('the update', () => got[0]);
      const point = { unit: 'C', timestamp: '2025-10-27T16:30:00.000123Z', quality: 100 };
      const expected: TelemetryUpdate = {
        device_id: 'pump-01',
        timestamp: '2025-10-27T16:30:00.000123Z',
        points: { temperature: { value: 51.5, ...point }, __proto__x: { value: true, ...point }, mode: { value: 'auto', ...point } },
      };
      assert.deepEqual(update, expected);
      assert.equal(got.length, 1);
    });
  }

  it('leaves other requests and upgrades of the server alone', async () => {
    live = await goLive();
    assert.equal(await (await fetch(`${live.url}/socket.iox`)).text(), 'other');
    assert.equal(await (await fetch(`${live.url}/api`)).text(), 'other');
    let upgraded: Duplex | undefined;
    live.server.on('upgrade', (request, socket) => {
      if (request.url === '/mqtt') upgraded = socket;
    });
    const request = http.get(`${live.url}/mqtt`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    request.on('error', () => undefined);
    const socket = await until('the upgrade', () => upgraded);
    assert.equal(socket.destroyed, false);
    socket.destroy();
  });

  it('coalesces what comes faster than ten times a second, newest value per key', async () => {
    live = await goLive();
    const client = await live.connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: '*' });
    for (let i = 0; i < 500; i++) live.events.emit('telemetry.stored', stored('pump-01', { temperature: i }, TIME_US + i));
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: -1, pressure: 3 }, TIME_US - 1));
    await until('an update', () => got.length > 0);
    assert.deepEqual(Object.entries(got[0]?.points ?? {}).map(([key, point]) => [key, point.value]), [['temperature', 499], ['pressure', 3]]); // prettier-ignore
  });

  it('sends only the keys that were asked for, and sends each update once', async () => {
    live = await goLive();
    const client = await live.connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01', keys: ['temperature'] });
    await ask(client, 'subscribe', { type: 'device', device_id: '*', keys: ['pressure'] });
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1, pressure: 2, level: 3 }));
    live.events.emit('telemetry.stored', stored('boiler-01', { temperature: 1, pressure: 2 }));
    await until('both devices', () => got.length === 2);
    assert.deepEqual(got.map((update) => [update.device_id, Object.keys(update.points)]), [['pump-01', ['temperature', 'pressure']], ['boiler-01', ['pressure']]]); // prettier-ignore
  });

  it('stops after unsubscribe', async () => {
    live = await goLive();
    const client = await live.connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' });
    await ask(client, 'subscribe', { type: 'device', device_id: 'boiler-01' });
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    assert.deepEqual(await ask(client, 'unsubscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
    const before = got.length;
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 2 }));
    live.events.emit('telemetry.stored', stored('boiler-01', { temperature: 3 }));
    await until('the other device', () => got.some((update) => update.device_id === 'boiler-01'));
    assert.deepEqual(
      got.slice(before).map((update) => update.device_id),
      ['boiler-01'],
    );
    assert.match((await ask(client, 'unsubscribe', { type: 'device', device_id: 'boiler-01', keys: ['a'] })).error ?? '', /every key/);
  });

  it('keeps tenants apart, whatever they subscribe to', async () => {
    live = await goLive();
    const own = await live.connected();
    const stranger = await live.connected({ token: 'stranger' });
    const watch = (client: Client) => ({
      telemetry: collect(client, 'telemetry_update'),
      alerts: collect(client, 'alert'),
      statuses: collect(client, 'device_status'),
    });
    const [theirs, ours] = [watch(stranger), watch(own)];
    for (const client of [own, stranger]) {
      await ask(client, 'subscribe', { type: 'device', device_id: '*' });
      await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' });
      await ask(client, 'subscribe', { type: 'alerts' });
    }
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    live.events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a1') });
    const update: DeviceStatusUpdate = { device_id: 'pump-01', status: 'online', timestamp: '2025-10-27T16:30:00.000Z' };
    live.events.emit('device.status', { tenantId: 'default', update });
    live.events.emit('telemetry.stored', stored('theirs', { temperature: 1 }, TIME_US, 'other'));
    await until('the values', () => ours.telemetry.length === 1 && theirs.telemetry.length === 1);
    await until('the alert and the status', () => ours.alerts.length === 1 && ours.statuses.length === 1);
    assert.deepEqual(ours.statuses, [update]);
    assert.deepEqual(
      theirs.telemetry.map((message) => message.device_id),
      ['theirs'],
    );
    assert.deepEqual([theirs.alerts, theirs.statuses], [[], []]);
  });

  it('sends alerts by severity, and what becomes of them', async () => {
    live = await goLive();
    const client = await live.connected();
    const alerts = collect(client, 'alert');
    const updates = collect(client, 'alert_update');
    await ask(client, 'subscribe', { type: 'alerts', severity: 'critical' });
    const update = (id: string, severity: Severity): AlertUpdate => ({
      id,
      status: 'acknowledged',
      by: 'ana',
      timestamp: '',
      alert: alertOf(id, severity),
    });
    live.events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a1', 'warning') });
    live.events.emit('alert.updated', { tenantId: 'default', update: update('a1', 'warning') });
    live.events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a2', 'critical') });
    live.events.emit('alert.updated', { tenantId: 'default', update: update('a2', 'critical') });
    await until('the update', () => updates.length > 0);
    assert.deepEqual(alerts, [alertOf('a2', 'critical')]);
    assert.deepEqual(updates, [update('a2', 'critical')]);
    assert.deepEqual(await ask(client, 'unsubscribe', { type: 'alerts' }), { ok: true });
    live.events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a3', 'critical') });
    await ask(client, 'subscribe', { type: 'alerts' });
    live.events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a4', 'info') });
    await until('the next', () => alerts.length === 2);
    assert.equal(alerts[1]?.id, 'a4');
  });

  it('says whose records have changed, each once and only to who may see devices', async () => {
    live = await goLive();
    const [viewer, stranger, key] = [
      await live.connected(),
      await live.connected({ token: 'stranger' }),
      await live.connected({ apiKey: 'key' }),
    ];
    for (const client of [viewer, stranger, key])
      assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: '*', keys: [] }), { ok: true });
    const [heard, byStranger, byKey] = [viewer, stranger, key].map((client) => collect(client, 'devices_changed'));
    const ids = Array.from({ length: 1_500 }, (_, n) => `d${String(n)}`);
    for (const deviceId of [...ids, 'd0']) live.events.emit('device.changed', { tenantId: 'default', deviceId, change: 'created' });
    await until('all of them', () => heard?.flatMap(({ device_ids: some }) => some).length === ids.length);
    assert.deepEqual(
      heard?.map(({ device_ids: some }) => some.length),
      [1_000, 500],
    );
    assert.deepEqual(
      heard?.flatMap(({ device_ids: some }) => some),
      ids,
    );
    live.events.emit('device.changed', { tenantId: 'default', deviceId: 'd7', change: 'removed' });
    await until('the removal', () => heard?.length === 3);
    // Whoever may read telemetry alone hears values, and nothing of records.
    const values = collect(key, 'telemetry_update');
    await ask(key, 'subscribe', { type: 'device', device_id: 'pump-01' });
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    await until('a value', () => values.length === 1);
    assert.deepEqual([byStranger, byKey], [[], []]);
  });

  it('refuses a connection with a wrong token or key', async () => {
    live = await goLive();
    for (const auth of [{ token: 'wrong' }, { apiKey: 'wrong' }]) await assert.rejects(live.connected(auth), /not valid/);
  });

  it('accepts an API key with the permissions that it has', async () => {
    live = await goLive();
    const client = await live.connected({ apiKey: 'key' });
    const statuses = collect(client, 'device_status');
    const values = collect(client, 'telemetry_update');
    assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
    assert.match((await ask(client, 'subscribe', { type: 'alerts' })).error ?? '', /alerts:read/);
    live.events.emit('device.status', { tenantId: 'default', update: { device_id: 'pump-01', status: 'online', timestamp: '' } });
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    await until('the values', () => values.length > 0);
    assert.deepEqual(statuses, []);
    const device = await live.connected({ apiKey: 'device-key' });
    assert.match((await ask(device, 'subscribe', { type: 'device', device_id: 'pump-01' })).error ?? '', /telemetry:read/);
  });

  it('lets a connection authenticate later, and sends nothing before', async () => {
    live = await goLive();
    const client = await live.connected({});
    const got = collect(client, 'telemetry_update');
    assert.match((await ask(client, 'subscribe', { type: 'device', device_id: '*' })).error ?? '', /Authenticate first/);
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    assert.match((await ask(client, 'authenticate', { token: 'wrong' })).error ?? '', /not valid/);
    assert.match((await ask(client, 'authenticate', 'viewer')).error ?? '', /\{token\}/);
    assert.deepEqual(await ask(client, 'authenticate', { token: 'viewer' }), { ok: true });
    assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: '*' }), { ok: true });
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 2 }));
    const first = await until('the update', () => got[0]);
    assert.equal(first.points['temperature']?.value, 2);
  });

  it('ends a connection that does not authenticate', async () => {
    live = await goLive({ authenticateMs: 50 });
    const client = await live.connected({});
    await until('the end', () => client.disconnected);
  });

  it('ends a connection whose token has expired, unless it was renewed', async () => {
    live = await goLive();
    live.logins.set('short', { principal: user('default', ROLES.viewer), expiresAtMs: systemClock.nowMs() + 300 });
    const [ending, renewed] = [await live.connected({ token: 'short' }), await live.connected({ token: 'short' })];
    await ask(renewed, 'subscribe', { type: 'device', device_id: '*' });
    assert.deepEqual(await ask(renewed, 'authenticate', { token: 'viewer' }), { ok: true });
    await until('the end', () => ending.disconnected);
    const got = collect(renewed, 'telemetry_update');
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    await until('the update', () => got.length > 0);
  });

  it('gives nothing of the former login to the next one', async () => {
    live = await goLive();
    const client = await live.connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: '*' });
    assert.deepEqual(await ask(client, 'authenticate', { token: 'stranger' }), { ok: true });
    live.events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    live.events.emit('telemetry.stored', stored('theirs', { temperature: 1 }, TIME_US, 'other'));
    await ask(client, 'subscribe', { type: 'device', device_id: '*' });
    live.events.emit('telemetry.stored', stored('theirs', { temperature: 2 }, TIME_US + 1, 'other'));
    await until('the update', () => got.length > 0);
    assert.deepEqual(
      got.map((update) => [update.device_id, update.points['temperature']?.value]),
      [['theirs', 2]],
    );
  });

  it('ends the connections of a person whose sessions are over, and of a revoked key', async () => {
    live = await goLive();
    const [person, stranger, key] = [
      await live.connected(),
      await live.connected({ token: 'stranger' }),
      await live.connected({ apiKey: 'key' }),
    ];
    live.events.emit('user.sessions_ended', { tenantId: 'default', userId: 'u1' });
    await until('the end', () => person.disconnected);
    live.events.emit('credential.revoked', { tenantId: 'default', credentialId: 'c1' });
    await until('the end', () => key.disconnected);
    assert.equal(stranger.connected, true);
  });

  it('names what is wrong with a subscription', async () => {
    live = await goLive({ devices: 2 });
    const client = await live.connected();
    for (const wrong of [
      undefined,
      null,
      7,
      'x',
      [],
      {},
      { type: 'rooms' },
      { type: 'device' },
      { type: 'device', device_id: 5 },
      { type: 'alerts', severity: 'loud' },
    ]) {
      const { ok, error } = await ask(client, 'subscribe', wrong);
      assert.deepEqual([ok, error?.startsWith('The subscription is not valid')], [false, true], JSON.stringify(wrong));
    }
    for (const id of ['a', 'b', 'a']) assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: id }), { ok: true });
    assert.match((await ask(client, 'subscribe', { type: 'device', device_id: 'c' })).error ?? '', /2 devices/);
    (client as unknown as { emit(event: string, ...rest: unknown[]): void }).emit('subscribe');
    assert.deepEqual(await ask(client, 'unsubscribe', { type: 'device', device_id: 'never' }), { ok: true });
  });

  it('ends every connection when it stops, and leaves the server running', async () => {
    live = await goLive();
    const client = await live.connected();
    await live.realtime.stop();
    await live.realtime.stop();
    await until('the end', () => client.disconnected);
    assert.equal(await (await fetch(`${live.url}/api`)).text(), 'other');
  });
});
