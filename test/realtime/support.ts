import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { Alert } from '../../src/contracts/alerts.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { ClientToServerEvents, ServerToClientEvents } from '../../src/contracts/realtime.ts';
import type { Severity } from '../../src/contracts/rules.ts';
import type { PointValue, StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { systemClock } from '../../src/core/clock.ts';
import { EventBus } from '../../src/core/events.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Permission } from '../../src/core/permissions.ts';
import { ROLES } from '../../src/core/permissions.ts';
import type { Principal } from '../../src/core/principal.ts';
import { RealtimeTally } from '../../src/realtime/realtime-tally.ts';
import { RealtimeServer } from '../../src/realtime/server.ts';
import type { RealtimeLimits, RealtimeLogin } from '../../src/realtime/types.ts';

export type Client = Socket<ServerToClientEvents, ClientToServerEvents>;
export type Answer = { ok: boolean; error?: string };

export const TIME_US = 1_761_582_600_000_123;

export function user(tenantId: string, permissions: readonly Permission[], userId = 'u1'): Principal {
  return { kind: 'user', tenantId, userId, username: userId, role: 'viewer', permissions: new Set(permissions) };
}

function program(permissions: readonly Permission[]): Principal {
  return { kind: 'program', tenantId: 'default', credentialId: 'c1', name: 'program', permissions: new Set(permissions) };
}

/** A stored message; `values` by key. */
export function stored(deviceId: string, values: Record<string, PointValue>, timeUs = TIME_US, tenantId = 'default'): StoredTelemetry {
  const timestamp = Math.floor(timeUs / 1_000);
  const points = Object.entries(values).map(([key, value]) => ({ key, value, timestamp, time_us: timeUs, unit: 'C', quality: 100 }));
  return { tenant_id: tenantId, device_id: deviceId, points, lane: 0, batch: 1, received_at: timestamp };
}

export function alertOf(id: string, severity: Severity = 'warning'): Alert {
  return {
    id, rule_id: id, rule_version: 1, rule_name: 'High', device_id: 'pump-01', key: 'temperature', severity, status: 'active', message: 'hot',
    value: 51, threshold: 50, unit: 'C', occurrences: 1, raised_at: '2025-10-27T16:30:00.000Z', known_at: '2025-10-27T16:30:00.000Z', last_value: 51,
    last_at: '2025-10-27T16:30:00.000Z', acknowledged_by: null, acknowledged_at: null, resolved_by: null, resolved_at: null,
  }; // prettier-ignore
}

/** A server on a port of its own, with clients that are closed with it. */
export interface Live {
  events: EventBus<PlatformEvents>;
  server: http.Server;
  realtime: RealtimeServer;
  tally: RealtimeTally;
  url: string;
  /** What the authenticator knows, by token or key; viewer, stranger (another tenant), key and device-key from the start. */
  logins: Map<string, RealtimeLogin>;
  connected(auth?: Record<string, unknown>, transports?: string[]): Promise<Client>;
  stop(): Promise<void>;
}

export async function goLive(limits: Partial<RealtimeLimits> = {}): Promise<Live> {
  const events = new EventBus<PlatformEvents>();
  const inAMinute = systemClock.nowMs() + 60_000;
  const logins = new Map<string, RealtimeLogin>([
    ['viewer', { principal: user('default', ROLES.viewer), expiresAtMs: inAMinute }],
    ['stranger', { principal: user('other', ROLES.viewer, 'u2'), expiresAtMs: inAMinute }],
    ['key', { principal: program(['telemetry:read']), expiresAtMs: null }],
    ['device-key', { principal: program(['telemetry:write']), expiresAtMs: null }],
  ]);
  const server = http.createServer((_request, response) => response.end('other'));
  const login = (secret: string): Promise<RealtimeLogin | undefined> => Promise.resolve(logins.get(secret));
  const authenticator = { byToken: login, byApiKey: login };
  const tally = new RealtimeTally();
  const realtime = new RealtimeServer({ events, clock: systemClock, logger: silentLogger, limits, authenticator, tally });
  realtime.start(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: Client[] = [];
  return {
    events,
    server,
    realtime,
    tally,
    url,
    logins,
    connected: (auth = { token: 'viewer' }, transports = ['websocket']) => {
      const client = io(url, { auth, transports, reconnection: false, forceNew: true }) as Client;
      clients.push(client);
      return new Promise((resolve, reject) => {
        client.once('connect', () => resolve(client));
        client.once('connect_error', reject);
      });
    },
    stop: async () => {
      for (const client of clients) client.disconnect();
      await realtime.stop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends what a client sends and answers what the server said to it. */
export function ask(client: Client, event: 'subscribe' | 'unsubscribe' | 'authenticate', request: unknown): Promise<Answer> {
  return new Promise((resolve) => client.emit(event as 'subscribe', request as never, resolve));
}

/** Everything of one kind that reaches a client from now on. */
export function collect<Event extends keyof ServerToClientEvents>(
  client: Client,
  event: Event,
): Parameters<ServerToClientEvents[Event]>[0][] {
  const got: Parameters<ServerToClientEvents[Event]>[0][] = [];
  client.on(event, ((message: never) => got.push(message)) as never);
  return got;
}
