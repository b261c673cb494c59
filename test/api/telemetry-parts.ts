import type { Clock } from '../../src/core/clock.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import { EventBus } from '../../src/core/events.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { DeviceDirectory } from '../../src/devices/device-directory.ts';
import type { DeviceService } from '../../src/devices/device-service.ts';
import type { PresenceService } from '../../src/devices/presence.ts';
import { SourceHub } from '../../src/sources/source-hub.ts';
import type { SourceIntake } from '../../src/sources/types.ts';
import { RejectedMessageRepository } from '../../src/storage/repositories/rejected-messages.ts';
import { RollupRepository } from '../../src/storage/repositories/rollup.ts';
import { SeriesRepository } from '../../src/storage/repositories/series.ts';
import { ClosedMinutes } from '../../src/telemetry/closed-minutes.ts';
import { TelemetryIngest } from '../../src/telemetry/ingest-service.ts';
import { PostgresLaneStorage } from '../../src/telemetry/lane-storage.ts';
import { LatestWriter } from '../../src/telemetry/latest-writer.ts';
import { RejectedLog } from '../../src/telemetry/rejected-log.ts';
import { Rollup } from '../../src/telemetry/rollup.ts';
import { SeriesRegistry } from '../../src/telemetry/series-registry.ts';
import { queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const DAY_MS = 86_400_000;

/** Partitions of the days that readings of tests fall on. */
async function partitionsAround(database: TestDatabase, days: Set<number>, nowMs: number): Promise<void> {
  const today = Math.floor(nowMs / DAY_MS);
  for (let day = today - 4; day <= today + 2; day += 1) {
    const range = `from ('${new Date(day * DAY_MS).toISOString()}') to ('${new Date((day + 1) * DAY_MS).toISOString()}')`;
    for (const table of ['telemetry', 'telemetry_text', 'telemetry_1m']) {
      await queryOnce(database.connection, `create table ${table}_${String(day)} partition of ${table} for values ${range}`);
    }
    days.add(day);
  }
}

/** Why nothing may be stored. */
export interface Closed {
  code: 'STORAGE_UNAVAILABLE' | 'DISK_FULL';
  message: string;
}

interface TelemetryParts {
  database: TestDatabase;
  clock: Clock;
  events: EventBus<PlatformEvents>;
  devices: DeviceService;
  directory: DeviceDirectory;
  presence: PresenceService;
  historyStored: () => void;
}

/** The way of telemetry into the database, live and history, without Node-RED. */
export async function startTelemetry({ database, clock, events, devices, directory, presence, historyStored }: TelemetryParts) {
  const days = new Set<number>();
  await partitionsAround(database, days, clock.nowMs());
  const store = new SeriesRepository(database.db);
  const registry = new SeriesRegistry(store);
  await registry.load();
  events.on('device.changed', ({ deviceId, change }) => {
    if (change === 'removed') registry.forget(deviceId);
  });
  const rejected = new RejectedLog({
    store: new RejectedMessageRepository(database.db),
    clock,
    logger: silentLogger,
    purge: () => undefined,
  });
  const latest = new LatestWriter({ registry, store, logger: silentLogger });
  latest.start();
  const ensureDay = (): Promise<void> => Promise.resolve();
  const closedMinutes = new ClosedMinutes();
  /** Not started: a test that wants it starts it. */
  const rollup = new Rollup({
    store: new RollupRepository(database.db),
    closed: closedMinutes,
    days: { ensureDay },
    clock,
    logger: silentLogger,
  });
  const closed: { reason: Closed | undefined } = { reason: undefined };
  const shared = {
    registry,
    devices: {
      lookup: (deviceId: string) => directory.lookup(deviceId),
      registerFromGateway: (tenantId: string, deviceId: string) => devices.registerFromGateway(tenantId, deviceId),
      seen: (deviceId: string, atMs: number) => presence.seen(deviceId, atMs),
    },
    rejected,
    latest,
    events,
    clock,
    logger: silentLogger,
    days,
    epoch: 1,
    maxAgeMs: 366 * DAY_MS,
    maxFutureMs: 600_000,
    refusesAll: () => closed.reason,
    onStorageError: () => undefined,
    batchEmitted: () => undefined,
  };
  const ingest = new TelemetryIngest({
    ...shared,
    laneStorages: [0, 1].map(() => new PostgresLaneStorage(database.db, { ensureDay }, 'live', closedMinutes)),
  });
  const historyIngest = new TelemetryIngest({
    ...shared,
    laneStorages: [new PostgresLaneStorage(database.db, { ensureDay }, 'history', closedMinutes)],
    devices: { ...shared.devices, seen: () => undefined },
    events: new EventBus(),
    batchEmitted: historyStored,
  });
  const history: SourceIntake = {
    submit: (message, done) => historyIngest.ingest({ payload: message.raw, source: message, trusted: undefined }, done),
  };
  const hub = new SourceHub({ clock, logger: silentLogger, isStorageHealthy: () => true, keepUnsettled: (_message, done) => done(false) });
  hub.flowsStarted();
  const wire = (): (() => void) =>
    hub.attachOutlet('http', {
      nodeId: 'outlet',
      tabLabel: 'test',
      onTurn: () => undefined,
      deliver: (message) =>
        ingest.ingest({ payload: message.payload, source: hub.open(message.ack_id), trusted: undefined }, (outcome) =>
          hub.settle(message.ack_id, outcome),
        ),
    });
  return { ingest, historyIngest, history, hub, rejected, registry, latest, rollup, closed, wire };
}
