import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { Alert } from '../../src/contracts/alerts.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type {
  AlertUpdate,
  ClientToServerEvents,
  DeviceStatusUpdate,
  ServerToClientEvents,
  TelemetryUpdate,
} from '../../src/contracts/realtime.ts';
import type { Severity } from '../../src/contracts/rules.ts';
import type { PointValue, StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { systemClock } from '../../src/core/clock.ts';
import { EventBus } from '../../src/core/events.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Permission } from '../../src/core/permissions.ts';
import { ROLES } from '../../src/core/permissions.ts';
import type { Principal } from '../../src/core/principal.ts';
import { RealtimeServer } from '../../src/realtime/server.ts';
import type { RealtimeLimits, RealtimeLogin } from '../../src/realtime/types.ts';
import { until } from '../engine/support.ts';

type Client = Socket<ServerToClientEvents, ClientToServerEvents>;
type Answer = { ok: boolean; error?: string };

const TIME_US = 1_761_582_600_000_123;

function user(tenantId: string, permissions: readonly Permission[], userId = 'u1'): Principal {
  return { kind: 'user', tenantId, userId, username: userId, role: 'viewer', permissions: new Set(permissions) };
}

function program(permissions: readonly Permission[]): Principal {
  return { kind: 'program', tenantId: 'default', credentialId: 'c1', name: 'program', permissions: new Set(permissions) };
}

/** A stored message; `values` by key. */
function stored(deviceId: string, values: Record<string, PointValue>, timeUs = TIME_US, tenantId = 'default'): StoredTelemetry {
  const timestamp = Math.floor(timeUs / 1_000);
  const points = Object.entries(values).map(([key, value]) => ({ key, value, timestamp, time_us: timeUs, unit: 'C', quality: 100 }));
  return { tenant_id: tenantId, device_id: deviceId, points, lane: 0, batch: 1, received_at: timestamp };
}

function alertOf(id: string, severity: Severity = 'warning'): Alert {
  return {
    id, rule_id: id, rule_version: 1, rule_name: 'High', device_id: 'pump-01', key: 'temperature', severity, status: 'active', message: 'hot',
    value: 51, threshold: 50, unit: 'C', occurrences: 1, raised_at: '2025-10-27T16:30:00.000Z', known_at: '2025-10-27T16:30:00.000Z', last_value: 51,
    last_at: '2025-10-27T16:30:00.000Z', acknowledged_by: null, acknowledged_at: null, resolved_by: null, resolved_at: null,
  }; // prettier-ignore
}

describe('live connection', () => {
  let server: http.Server;
  let realtime: RealtimeServer;
  let events: EventBus<PlatformEvents>;
  let url: string;
  const logins = new Map<string, RealtimeLogin>();
  const clients: Client[] = [];

  async function start(limits: Partial<RealtimeLimits> = {}): Promise<void> {
    events = new EventBus();
    server = http.createServer((_request, response) => response.end('other'));
    const login = (secret: string): Promise<RealtimeLogin | undefined> => Promise.resolve(logins.get(secret));
    realtime = new RealtimeServer({
      events,
      clock: systemClock,
      logger: silentLogger,
      limits,
      authenticator: { byToken: login, byApiKey: login },
    });
    realtime.start(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeEach(() => {
    logins.clear();
    logins.set('viewer', { principal: user('default', ROLES.viewer), expiresAtMs: systemClock.nowMs() + 60_000 });
    logins.set('stranger', { principal: user('other', ROLES.viewer, 'u2'), expiresAtMs: systemClock.nowMs() + 60_000 });
    logins.set('key', { principal: program(['telemetry:read']), expiresAtMs: null });
    logins.set('device-key', { principal: program(['telemetry:write']), expiresAtMs: null });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await realtime.stop();
    await new Promise((resolve) => server.close(resolve));
  });

  function open(auth: Record<string, unknown> = {}, transports = ['websocket']): Client {
    const client: Client = io(url, { auth, transports, reconnection: false, forceNew: true });
    clients.push(client);
    return client;
  }

  async function connected(auth: Record<string, unknown> = { token: 'viewer' }, transports = ['websocket']): Promise<Client> {
    const client = open(auth, transports);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('connect_error', reject);
    });
    return client;
  }

  const ask = (client: Client, event: 'subscribe' | 'unsubscribe' | 'authenticate', request: unknown): Promise<Answer> =>
    new Promise((resolve) => client.emit(event as 'subscribe', request as never, resolve));

  const collect = <Event extends keyof ServerToClientEvents>(
    client: Client,
    event: Event,
  ): Parameters<ServerToClientEvents[Event]>[0][] => {
    const got: Parameters<ServerToClientEvents[Event]>[0][] = [];
    client.on(event, ((message: never) => got.push(message)) as never);
    return got;
  };

  for (const transports of [['websocket'], ['polling']]) {
    it(`sends the values of a device that was subscribed to, over ${transports.join()}`, async () => {
      await start();
      const client = await connected({ token: 'viewer' }, transports);
      const got = collect(client, 'telemetry_update');
      assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
      events.emit('telemetry.stored', stored('boiler-01', { temperature: 1 }));
      events.emit('telemetry.stored', stored('pump-01', { temperature: 51.5, __proto__x: true, mode: 'auto' }));
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
    await start();
    assert.equal(await (await fetch(`${url}/socket.iox`)).text(), 'other');
    assert.equal(await (await fetch(`${url}/api`)).text(), 'other');
    let upgraded: NetSocket | undefined;
    server.on('upgrade', (request, socket) => {
      if (request.url === '/mqtt') upgraded = socket as NetSocket;
    });
    const request = http.get(`${url}/mqtt`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    request.on('error', () => undefined);
    const socket = await until('the upgrade', () => upgraded);
    assert.equal(socket.destroyed, false);
    socket.destroy();
  });

  it('coalesces what comes faster than ten times a second, newest value per key', async () => {
    await start();
    const client = await connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: '*' });
    for (let i = 0; i < 500; i++) events.emit('telemetry.stored', stored('pump-01', { temperature: i }, TIME_US + i));
    events.emit('telemetry.stored', stored('pump-01', { temperature: -1, pressure: 3 }, TIME_US - 1));
    await until('an update', () => got.length > 0);
    assert.deepEqual(Object.entries(got[0]?.points ?? {}).map(([key, point]) => [key, point.value]), [['temperature', 499], ['pressure', 3]]); // prettier-ignore
  });

  it('sends only the keys that were asked for, and sends each update once', async () => {
    await start();
    const client = await connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01', keys: ['temperature'] });
    await ask(client, 'subscribe', { type: 'device', device_id: '*', keys: ['pressure'] });
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1, pressure: 2, level: 3 }));
    events.emit('telemetry.stored', stored('boiler-01', { temperature: 1, pressure: 2 }));
    await until('both devices', () => got.length === 2);
    assert.deepEqual(got.map((update) => [update.device_id, Object.keys(update.points)]), [['pump-01', ['temperature', 'pressure']], ['boiler-01', ['pressure']]]); // prettier-ignore
  });

  it('stops after unsubscribe', async () => {
    await start();
    const client = await connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' });
    await ask(client, 'subscribe', { type: 'device', device_id: 'boiler-01' });
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    assert.deepEqual(await ask(client, 'unsubscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
    const before = got.length;
    events.emit('telemetry.stored', stored('pump-01', { temperature: 2 }));
    events.emit('telemetry.stored', stored('boiler-01', { temperature: 3 }));
    await until('the other device', () => got.some((update) => update.device_id === 'boiler-01'));
    assert.deepEqual(
      got.slice(before).map((update) => update.device_id),
      ['boiler-01'],
    );
    assert.match((await ask(client, 'unsubscribe', { type: 'device', device_id: 'boiler-01', keys: ['a'] })).error ?? '', /every key/);
  });

  it('keeps tenants apart, whatever they subscribe to', async () => {
    await start();
    const own = await connected();
    const stranger = await connected({ token: 'stranger' });
    const got = [stranger, own].map((client) => ({
      telemetry: collect(client, 'telemetry_update'),
      alerts: collect(client, 'alert'),
      statuses: collect(client, 'device_status'),
    }));
    for (const client of [own, stranger]) {
      await ask(client, 'subscribe', { type: 'device', device_id: '*' });
      await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' });
      await ask(client, 'subscribe', { type: 'alerts' });
    }
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a1') });
    const update: DeviceStatusUpdate = { device_id: 'pump-01', status: 'online', timestamp: '2025-10-27T16:30:00.000Z' };
    events.emit('device.status', { tenantId: 'default', update });
    events.emit('telemetry.stored', stored('theirs', { temperature: 1 }, TIME_US, 'other'));
    await until(
      'everything',
      () => got[1]?.telemetry.length === 1 && got[1].alerts.length === 1 && got[1].statuses.length === 1 && got[0]?.telemetry.length === 1,
    );
    assert.deepEqual(got[1]?.statuses, [update]);
    assert.deepEqual(
      got[0]?.telemetry.map((message) => message.device_id),
      ['theirs'],
    );
    assert.deepEqual([got[0]?.alerts, got[0]?.statuses], [[], []]);
  });

  it('sends alerts by severity, and what becomes of them', async () => {
    await start();
    const client = await connected();
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
    events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a1', 'warning') });
    events.emit('alert.updated', { tenantId: 'default', update: update('a1', 'warning') });
    events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a2', 'critical') });
    events.emit('alert.updated', { tenantId: 'default', update: update('a2', 'critical') });
    await until('the update', () => updates.length > 0);
    assert.deepEqual(alerts, [alertOf('a2', 'critical')]);
    assert.deepEqual(updates, [update('a2', 'critical')]);
    assert.deepEqual(await ask(client, 'unsubscribe', { type: 'alerts' }), { ok: true });
    events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a3', 'critical') });
    await ask(client, 'subscribe', { type: 'alerts' });
    events.emit('alert.raised', { tenantId: 'default', alert: alertOf('a4', 'info') });
    await until('the next', () => alerts.length === 2);
    assert.equal(alerts[1]?.id, 'a4');
  });

  it('refuses a connection with a wrong token or key', async () => {
    await start();
    for (const auth of [{ token: 'wrong' }, { apiKey: 'wrong' }]) await assert.rejects(connected(auth), /not valid/);
  });

  it('accepts an API key with the permissions that it has', async () => {
    await start();
    const client = await connected({ apiKey: 'key' });
    const statuses = collect(client, 'device_status');
    const values = collect(client, 'telemetry_update');
    assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
    assert.match((await ask(client, 'subscribe', { type: 'alerts' })).error ?? '', /alerts:read/);
    events.emit('device.status', { tenantId: 'default', update: { device_id: 'pump-01', status: 'online', timestamp: '' } });
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    await until('the values', () => values.length > 0);
    assert.deepEqual(statuses, []);
    const device = await connected({ apiKey: 'device-key' });
    assert.match((await ask(device, 'subscribe', { type: 'device', device_id: 'pump-01' })).error ?? '', /telemetry:read/);
  });

  it('lets a connection authenticate later, and sends nothing before', async () => {
    await start();
    const client = await connected({});
    const got = collect(client, 'telemetry_update');
    assert.match((await ask(client, 'subscribe', { type: 'device', device_id: '*' })).error ?? '', /Authenticate first/);
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    assert.match((await ask(client, 'authenticate', { token: 'wrong' })).error ?? '', /not valid/);
    assert.match((await ask(client, 'authenticate', 'viewer')).error ?? '', /\{token\}/);
    assert.deepEqual(await ask(client, 'authenticate', { token: 'viewer' }), { ok: true });
    assert.deepEqual(await ask(client, 'subscribe', { type: 'device', device_id: '*' }), { ok: true });
    events.emit('telemetry.stored', stored('pump-01', { temperature: 2 }));
    const first = await until('the update', () => got[0]);
    assert.equal(first.points['temperature']?.value, 2);
  });

  it('ends a connection that does not authenticate', async () => {
    await start({ authenticateMs: 50 });
    const client = await connected({});
    await until('the end', () => client.disconnected);
  });

  it('ends a connection whose token has expired, unless it was renewed', async () => {
    await start();
    logins.set('short', { principal: user('default', ROLES.viewer), expiresAtMs: systemClock.nowMs() + 300 });
    const [ending, renewed] = [await connected({ token: 'short' }), await connected({ token: 'short' })];
    await ask(renewed, 'subscribe', { type: 'device', device_id: '*' });
    assert.deepEqual(await ask(renewed, 'authenticate', { token: 'viewer' }), { ok: true });
    await until('the end', () => ending.disconnected);
    const got = collect(renewed, 'telemetry_update');
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    await until('the update', () => got.length > 0);
  });

  it('gives nothing of the former login to the next one', async () => {
    await start();
    const client = await connected();
    const got = collect(client, 'telemetry_update');
    await ask(client, 'subscribe', { type: 'device', device_id: '*' });
    assert.deepEqual(await ask(client, 'authenticate', { token: 'stranger' }), { ok: true });
    events.emit('telemetry.stored', stored('pump-01', { temperature: 1 }));
    events.emit('telemetry.stored', stored('theirs', { temperature: 1 }, TIME_US, 'other'));
    await ask(client, 'subscribe', { type: 'device', device_id: '*' });
    events.emit('telemetry.stored', stored('theirs', { temperature: 2 }, TIME_US + 1, 'other'));
    await until('the update', () => got.length > 0);
    assert.deepEqual(
      got.map((update) => [update.device_id, update.points['temperature']?.value]),
      [['theirs', 2]],
    );
  });

  it('ends the connections of a person whose sessions are over, and of a revoked key', async () => {
    await start();
    const [person, stranger, key] = [await connected(), await connected({ token: 'stranger' }), await connected({ apiKey: 'key' })];
    events.emit('user.sessions_ended', { tenantId: 'default', userId: 'u1' });
    await until('the end', () => person.disconnected);
    events.emit('credential.revoked', { tenantId: 'default', credentialId: 'c1' });
    await until('the end', () => key.disconnected);
    assert.equal(stranger.connected, true);
  });

  it('names what is wrong with a subscription', async () => {
    await start({ devices: 2 });
    const client = await connected();
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

  describe('to a client that does not read', () => {
    /** Stops reading the network, as a phone that sleeps does. */
    const tcpOf = (client: Client): NetSocket => (client.io.engine.transport as unknown as { ws: { _socket: NetSocket } }).ws._socket;
    const long = 'x'.repeat(60_000);

    it('sends fewer values, the newest at last, and every alert', async () => {
      await start({ flushMs: 5 });
      const client = await connected();
      const values = collect(client, 'telemetry_update');
      const alerts = collect(client, 'alert');
      await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' });
      await ask(client, 'subscribe', { type: 'alerts' });
      tcpOf(client).pause();
      const rounds = 1_500;
      for (let i = 0; i < rounds; i++) {
        events.emit('telemetry.stored', stored('pump-01', { text: long, count: i }, TIME_US + i));
        if (i % 10 === 0) events.emit('alert.raised', { tenantId: 'default', alert: { ...alertOf(`a${i}`), message: long } });
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 6));
      }
      tcpOf(client).resume();
      await until('the newest value', () => values.at(-1)?.points['count']?.value === rounds - 1);
      await until('all alerts', () => alerts.length === rounds / 10);
      assert.deepEqual(
        alerts.map(({ id }) => id),
        Array.from({ length: rounds / 10 }, (_, i) => `a${i * 10}`),
      );
      assert.ok(values.length < rounds / 10, `${values.length} updates were sent`);
      assert.equal(client.connected, true);
    });

    it('ends it when too many alerts wait, so that it reads them anew', async () => {
      await start({ waiting: 50 });
      const client = await connected();
      await ask(client, 'subscribe', { type: 'alerts' });
      tcpOf(client).pause();
      for (let i = 0; i < 400; i++) {
        events.emit('alert.raised', { tenantId: 'default', alert: { ...alertOf(`a${i}`), message: long } });
        await new Promise(setImmediate);
      }
      tcpOf(client).resume();
      await until('the end', () => client.disconnected);
    });
  });

  it('ends every connection when it stops, and leaves the server running', async () => {
    await start();
    const client = await connected();
    await realtime.stop();
    await realtime.stop();
    await until('the end', () => client.disconnected);
    assert.equal(await (await fetch(`${url}/api`)).text(), 'other');
  });
});
