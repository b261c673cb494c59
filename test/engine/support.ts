import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { AlertService } from '../../src/alerts/alert-service.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { Topics } from '../../src/contracts/topics.ts';
import { EventBus } from '../../src/core/events.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { WiredRuleEngine } from '../../src/engine/engine.ts';
import type { RuleDeviceInfo, RuleDevices } from '../../src/engine/ports.ts';
import type { RuleSession } from '../../src/engine/types.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';
import type { WiredRule } from '../../src/storage/repositories/rules.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import type { TestDatabase } from '../support/postgres.ts';

export const BASE_MS = 1_761_582_600_000;
export const TENANT = 'default';

/** A clock that stands still until it is moved. */
export class TestClock {
  ms = BASE_MS;

  nowMs(): number {
    return this.ms;
  }

  /** Moves to `seconds` after the base. */
  at(seconds: number): void {
    this.ms = BASE_MS + seconds * 1_000;
  }
}

/** The way to a database, which can be cut as a network cable is. */
export interface Cable {
  db: OpenDatabase;
  cut(): Promise<void>;
  mend(): Promise<void>;
  remove(): Promise<void>;
}

export async function layCable(database: TestDatabase): Promise<Cable> {
  const { host = '', port = 5432 } = database.connection;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-cable-'));
  const socketOf = (of: string): string => path.join(of, `.s.PGSQL.${port}`);
  const open = new Set<net.Socket>();
  const relay = net.createServer((client) => {
    const server = host.startsWith('/') ? net.connect(socketOf(host)) : net.connect(port, host);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => (open.delete(from), to.destroy()));
      from.pipe(to);
    }
  });
  const mend = (): Promise<void> => new Promise((resolve) => relay.listen(socketOf(folder), resolve));
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      relay.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  await mend();
  const db = await openDatabase({ connection: { ...database.connection, host: folder }, logger: silentLogger });
  return {
    db,
    cut,
    mend,
    remove: async () => {
      await db.close();
      if (relay.listening) await cut();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type WiredThresholdRule = Extract<WiredRule, { rule_type: 'threshold' }>;

/** Rule engine and alert service on a database, with devices that are known and a log of what was sent. */
export interface Plant {
  engine: WiredRuleEngine;
  alerts: AlertService;
  events: EventBus<PlatformEvents>;
  clock: TestClock;
  devices: Map<string, RuleDeviceInfo>;
  offline: Set<string>;
  published: { topic: string; payload: string }[];
  sent: RuleTransition[];
  errors: Error[];
  open(rule?: Partial<WiredThresholdRule>, nodeId?: string): Promise<RuleSession>;
  openRule(rule: WiredRule, nodeId?: string): Promise<RuleSession>;
}

/** Presence as the engine asks for it; unless given, `offline` says who is away, since now. */
export type TestPresence = Pick<RuleDevices, 'isOffline' | 'awaySinceMs'>;

export function plantOn(db: OpenDatabase, clock = new TestClock(), presenceOf?: (events: EventBus<PlatformEvents>) => TestPresence): Plant {
  const events = new EventBus<PlatformEvents>();
  const devices = new Map<string, RuleDeviceInfo>([
    ['pump-01', { name: 'Pump 1', type: 'pump', location: 'Hall A' }],
    ['boiler-01', { name: 'Boiler', type: 'boiler', location: 'Hall B' }],
  ]);
  const offline = new Set<string>();
  const presence = presenceOf?.(events) ?? {
    isOffline: (id: string) => offline.has(id),
    awaySinceMs: (id: string) => (offline.has(id) ? clock.nowMs() : null),
  };
  const published: Plant['published'] = [];
  const topics = new Topics('insa');
  const common = { db, clock, newId: newUuid, logger: silentLogger, events };
  const alerts = new AlertService({
    ...common,
    publisher: { publish: (topic, payload) => void published.push({ topic, payload }) },
    topicOf: (severity) => topics.alert(severity),
  });
  const engine = new WiredRuleEngine({
    ...common,
    devices: {
      lookup: (id) => devices.get(id),
      // Devices of another tenant have its name before their own.
      ids: (tenantId) => [...devices.keys()].filter((id) => (tenantId === TENANT ? !id.includes('/') : id.startsWith(`${tenantId}/`))),
      isOffline: (id) => presence.isOffline(id),
      awaySinceMs: (id) => presence.awaySinceMs(id),
    },
    alerts,
    decodeBatch: (_lane, points) => JSON.parse(points.toString('utf8')) as StoredTelemetry[],
  });
  const sent: RuleTransition[] = [];
  const errors: Error[] = [];
  const openRule: Plant['openRule'] = (rule, nodeId = 'node-1') =>
    engine.open({
      nodeId,
      tenantId: TENANT,
      rule,
      onTransition: (transition) => sent.push(transition),
      onError: (error) => errors.push(error),
    });
  const open: Plant['open'] = (rule = {}, nodeId = 'node-1') => openRule({ ...highTemperature, ...rule }, nodeId);
  return { engine, alerts, events, clock, devices, offline, published, sent, errors, open, openRule };
}

export const highTemperature: WiredThresholdRule = {
  name: 'High temperature',
  rule_type: 'threshold',
  scope: {},
  conditions: { key: 'temperature', operator: '>', value: 50, clear_value: 48 },
  severity: 'warning',
  message: '{{device.name}}: {{value}} {{unit}} is over {{threshold}}',
};

let batchNumber = 0;

/** A stored message of one reading, `at` seconds after the base, received when it was read unless `received` says otherwise. */
export function reading(
  at: number,
  value: number,
  more: { deviceId?: string; received?: number; batch?: number; lane?: number } = {},
): StoredTelemetry {
  const timestamp = BASE_MS + at * 1_000;
  batchNumber += 1;
  return {
    tenant_id: TENANT,
    device_id: more.deviceId ?? 'pump-01',
    points: [
      { key: 'pressure', value: 3, timestamp, time_us: timestamp * 1_000, unit: 'bar', quality: 100 },
      { key: 'temperature', value, timestamp, time_us: timestamp * 1_000, unit: '°C', quality: 100 },
    ],
    lane: more.lane ?? 0,
    batch: more.batch ?? batchNumber,
    received_at: BASE_MS + (more.received ?? at) * 1_000,
  };
}

export async function addDevices(database: TestDatabase): Promise<void> {
  await database.db.system.query(
    `insert into devices (device_id, tenant_id, name) values ('pump-01', 'default', 'Pump 1'), ('boiler-01', 'default', 'Boiler')`,
  );
}

/** Stores messages as the ingest service does: one batch. */
export async function storeBatch(db: OpenDatabase, lane: number, batch: number, messages: readonly StoredTelemetry[]): Promise<void> {
  await db.system.query('insert into ingest_batches (lane, batch, points) values ($1, $2, $3)', [
    lane,
    batch,
    Buffer.from(JSON.stringify(messages)),
  ]);
}

/** Asks until the answer is one, for at most `PATIENCE_MS`. */
export async function until<Answer>(
  what: string,
  ask: () => Answer | undefined | false | Promise<Answer | undefined | false>,
): Promise<Answer> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
