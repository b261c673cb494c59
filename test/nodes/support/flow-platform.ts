import { Analytics } from '../../../src/analytics/analytics-service.ts';
import { AlertService } from '../../../src/alerts/alert-service.ts';
import { FlowTurns } from '../../../src/app/flow-turns.ts';
import type { NodeServices } from '../../../src/app/services.ts';
import type { PlatformEvents } from '../../../src/contracts/events.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { EventBus } from '../../../src/core/events.ts';
import { RuleActions } from '../../../src/rulebook/rule-actions.ts';
import { FlowEntries } from '../../../src/notify/channels/flow/flow-entries.ts';
import { newUuid } from '../../../src/core/ids.ts';
import { SECRETS } from '../../notify/deliveries.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { DevicePrincipal } from '../../../src/core/principal.ts';
import { WiredRuleEngine } from '../../../src/engine/engine.ts';
import { SourceHub } from '../../../src/sources/source-hub.ts';
import type { Settlement, SourceKind } from '../../../src/sources/types.ts';
import { Partitions } from '../../../src/storage/partitions.ts';
import { RejectedMessageRepository } from '../../../src/storage/repositories/rejected-messages.ts';
import { endResending } from '../../../src/storage/repositories/alert-resends.ts';
import { SeriesRepository } from '../../../src/storage/repositories/series.ts';
import { decodeBatch } from '../../../src/telemetry/batch-codec.ts';
import { TelemetryIngest } from '../../../src/telemetry/ingest-service.ts';
import { PostgresLaneStorage } from '../../../src/telemetry/lane-storage.ts';
import { LatestWriter } from '../../../src/telemetry/latest-writer.ts';
import { RejectedLog } from '../../../src/telemetry/rejected-log.ts';
import { SeriesRegistry } from '../../../src/telemetry/series-registry.ts';
import { NotificationOutbox } from '../../../src/notify/outbox.ts';
import { PgBossJobQueue } from '../../../src/storage/job-queue.ts';
import { createTestDatabase, queryOnce } from '../../support/postgres.ts';

const DAY_MS = 86_400_000;

/** The services of the platform behind the canvas, on a database of their own: everything but the broker, the API and Node-RED. */
export interface FlowPlatform {
  services: NodeServices;
  hub: SourceHub;
  /** To be told when flows stop and start. */
  turns: Pick<FlowTurns, 'stopping' | 'started'>;
  /** Makes storing impossible, or possible again. */
  setStorage(state: 'ok' | 'away'): void;
  /** A message of a device as the broker or the HTTP route hands it over; answers how it was settled. */
  submit(deviceId: string, payload: unknown, options?: { kind?: SourceKind; key?: string }): Promise<Settlement>;
  createDevice(deviceId: string, fields?: { type?: string; location?: string }): Promise<void>;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Moves the platform's clock forward. */
  advance(ms: number): void;
  connectedDevices: number;
  demoRemovals: number;
  /** Where flows begin for the action `flow`. */
  flowEntries: FlowEntries;
  events: EventBus<PlatformEvents>;
  /** What is done once a minute: ends what alert nodes would send again. Answers whether something younger is left. */
  endResending(): Promise<boolean>;
  /** What people do about alerts. */
  alerts: AlertService;
  stop(): Promise<void>;
}

/**
 * Starts them. `stop()` removes the database too. With `catchUp: 'none'` a new flow is given nothing of what earlier ones stored, so that
 * tests on one platform do not hear of each other.
 */
export async function startFlowPlatform({ catchUp = 'none' }: { catchUp?: 'none' | 'as the platform' } = {}): Promise<FlowPlatform> {
  let aheadMs = 0;
  const clock: Clock = { nowMs: () => systemClock.nowMs() + aheadMs };
  const database = await createTestDatabase();
  const events = new EventBus<PlatformEvents>();
  const devices = new Map<string, { tenantId: string; name: string; type: string; location: string }>();
  const common = { db: database.db, clock, logger: silentLogger, newId: newUuid, events };
  let storage: 'ok' | 'away' = 'ok';

  const partitions = new Partitions({ connection: database.connection, clock, logger: silentLogger });
  await partitions.ensure(1);
  const store = new SeriesRepository(database.db);
  const registry = new SeriesRegistry(store);
  await registry.load();
  const latest = new LatestWriter({ registry, store, logger: silentLogger });
  const rejected = new RejectedLog({
    store: new RejectedMessageRepository(database.db),
    clock,
    logger: silentLogger,
    purge: () => undefined,
  });
  const alerts = new AlertService({ ...common, publisher: { publish: () => undefined }, topicOf: (severity) => `insa/alerts/${severity}` });
  if (catchUp === 'none') alerts.toSendAgain = () => Promise.resolve([]);
  const engine = new WiredRuleEngine({
    ...common,
    alerts,
    decodeBatch: (lane, points) => decodeBatch(lane, points, { byId: (id) => registry.byId(id), tenantOf: () => 'default' }),
    devices: { lookup: (id) => devices.get(id), ids: () => devices.keys(), isOffline: () => false, awaySinceMs: () => null },
  });
  const laneStorages = [0, 1].map(
    () => new PostgresLaneStorage(database.db, { ensureDay: (day: number) => partitions.ensureFor(day * DAY_MS) }),
  );
  const ingest = new TelemetryIngest({
    laneStorages,
    registry,
    rejected,
    latest,
    events,
    clock,
    logger: silentLogger,
    devices: { lookup: (id) => devices.get(id), registerFromGateway: () => Promise.resolve(), seen: () => undefined },
    days: { has: (day) => partitions.has(day * DAY_MS) },
    epoch: 1,
    maxAgeMs: 366 * DAY_MS,
    maxFutureMs: 600_000,
    refusesAll: () => (storage === 'ok' ? undefined : { code: 'STORAGE_UNAVAILABLE', message: 'The database cannot be reached.' }),
    onStorageError: () => undefined,
    batchEmitted: (lane, batch) => {
      engine.batchEmitted(lane, batch, clock.nowMs());
    },
  });
  const hub = new SourceHub({
    clock,
    logger: silentLogger,
    isStorageHealthy: () => storage === 'ok',
    keepUnsettled: (_message, done) => {
      done(true);
    },
  });
  const turns = new FlowTurns({ hub, ingest, engine, logger: silentLogger });
  const jobs = new PgBossJobQueue({ db: database.db, logger: silentLogger });
  await jobs.start();
  const notify = new NotificationOutbox({ jobs, newId: newUuid });
  await engine.start();
  hub.start();

  const flowEntries = new FlowEntries();
  const platform: FlowPlatform = {
    flowEntries,
    events,
    alerts,
    endResending: () => endResending(database.db.system, 60),
    hub,
    turns: catchUp === 'none' ? hubAlone(hub) : turns,
    connectedDevices: 0,
    demoRemovals: 0,
    services: {
      clock,
      logger: silentLogger,
      tenantId: 'default',
      topicRoot: 'insa',
      acknowledgements: hub,
      ingest,
      broker: { connectedDevices: () => platform.connectedDevices },
      nodeTypes: { register: () => undefined },
      rules: engine,
      alerts,
      notify,
      analytics: new Analytics(database.db),
      catalog: {
        devices: () => Promise.resolve([...devices].map(([device_id, { name, type }]) => ({ device_id, name, type, location: '' }))),
        keys: (_tenantId, deviceId) => Promise.resolve([{ key: 'temperature', unit: '°C', kind: deviceId ?? 'any' }]),
      },
      devices: { lookup: (id) => devices.get(id) },
      ruleActions: new RuleActions(database.db, SECRETS),
      flowEntries,
      events,
      demo: {
        isInstalled: () => Promise.resolve(true),
        remove: () => {
          platform.demoRemovals += 1;
          return Promise.resolve();
        },
      },
    },
    advance: (ms) => {
      aheadMs += ms;
      // Timers sleep by the machine's clock.
      engine.runTimers();
    },
    setStorage: (state) => {
      storage = state;
    },
    submit: (deviceId, payload, { kind = 'mqtt', key } = {}) =>
      new Promise((resolve) => {
        const raw = Buffer.isBuffer(payload) ? payload : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
        const topic = `insa/devices/${deviceId}/telemetry${key === undefined ? '' : `/${key}`}`;
        const message = { kind, principal: principalOf(deviceId), deviceId, key, topic, raw, index: 0, sender: deviceId };
        hub.submit({ ...message, receivedAtMs: clock.nowMs() }, resolve);
      }),
    createDevice: async (deviceId, { type = '', location = '' } = {}) => {
      const sql = `insert into devices (device_id, tenant_id, name, type, location) values ($1, 'default', $1, $2, $3)`;
      await queryOnce(database.connection, sql, [deviceId, type, location]);
      devices.set(deviceId, { tenantId: 'default', name: deviceId, type, location });
    },
    query: (sql, values) => queryOnce(database.connection, sql, values),
    stop: async () => {
      turns.end();
      hub.stop();
      alerts.stop();
      await engine.stop();
      notify.stop();
      await jobs.stop();
      await ingest.stop();
      await latest.stop();
      await Promise.all(laneStorages.map((lane) => lane.close()));
      await database.drop();
    },
  };
  return platform;
}

/** Only the hub hears of flows that stop and start. */
function hubAlone(hub: SourceHub): FlowPlatform['turns'] {
  return {
    stopping: () => {
      hub.flowsStopping();
    },
    started: () => {
      hub.flowsStarted();
      return Promise.resolve();
    },
  };
}

function principalOf(deviceId: string): DevicePrincipal {
  return { kind: 'device', tenantId: 'default', deviceId, credentialId: 'c', permissions: new Set(['telemetry:write']) };
}
