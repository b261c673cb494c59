import type { Clock } from '../core/clock.ts';
import { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import { SourceHub } from '../sources/source-hub.ts';
import type { SourceIntake, SourceMessage } from '../sources/types.ts';
import type { StorageWatch } from '../storage/storage-watch.ts';
import { RejectedMessageRepository } from '../storage/repositories/rejected-messages.ts';
import { RollupRepository } from '../storage/repositories/rollup.ts';
import { SeriesRepository } from '../storage/repositories/series.ts';
import { nextIngestEpoch } from '../storage/repositories/telemetry-writes.ts';
import { decodeBatch } from '../telemetry/batch-codec.ts';
import { ClosedMinutes } from '../telemetry/closed-minutes.ts';
import { CountedLaneStorage } from '../telemetry/counted-lane.ts';
import { TelemetryIngest } from '../telemetry/ingest-service.ts';
import type { IngestDevices, IngestOptions } from '../telemetry/ingest-service.ts';
import { PostgresLaneStorage } from '../telemetry/lane-storage.ts';
import type { DayPartitions, LanePurpose } from '../telemetry/lane-storage.ts';
import { LatestWriter } from '../telemetry/latest-writer.ts';
import { RejectedLog } from '../telemetry/rejected-log.ts';
import { Rollup } from '../telemetry/rollup.ts';
import { SeriesRegistry } from '../telemetry/series-registry.ts';
import { startAccounts } from './accounts.ts';
import type { Accounts } from './accounts.ts';
import type { Lifecycle } from './lifecycle.ts';
import { TelemetryJournal } from './log/telemetry-journal.ts';
import type { Storage } from './storage.ts';
import type { Tallies } from './tallies.ts';

export interface TelemetryOptions {
  storage: Storage;
  watch: StorageWatch;
  devices: IngestDevices & { heard(message: SourceMessage): void };
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  retentionDays: number | undefined;
  /** `debug` writes down every message. */
  logLevel: string;
  maxAgeDays: number;
  maxFutureSeconds: number;
  batchEmitted(lane: number, batch: number): void;
  /** Where it counts; undefined: nothing is counted. */
  tallies?: Tallies | undefined;
  /** Past readings were stored: what was learnt of the past may be wrong. */
  historyStored(): void;
}

/** The way of telemetry from a source to the database. */
export interface Telemetry {
  ingest: TelemetryIngest;
  /** Stores past telemetry that nobody judges: no flow, no rule, no screen sees it. */
  history: TelemetryIngest;
  hub: SourceHub;
  /** Where sources hand messages to the hub. */
  intake: SourceIntake;
  rejected: RejectedLog;
  accounts: Accounts;
  /** What ingest knows of every series. */
  registry: SeriesRegistry;
  decode(lane: number, points: Buffer): StoredTelemetry[];
}

/** Two lanes: one batch of each under way keeps both cores of a small machine busy, more only wait for each other (docs/benchmarks.md). */
const LIVE_LANES: readonly LanePurpose[] = ['live', 'live'];
/** One lane, so that an import never has more than one statement under way beside what is live. */
const HISTORY_LANES: readonly LanePurpose[] = ['history'];
const DAY_MS = 86_400_000;

/** Loads what is known of series and starts the ingest path. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { storage, events, clock, logger, lifecycle, devices } = options;
  const series = new SeriesRepository(storage.db);
  const registry = new SeriesRegistry(series);
  await registry.load();
  events.on('device.changed', ({ deviceId, change }) => {
    if (change === 'removed') registry.forget(deviceId);
  });
  const accounts = await startAccounts({ db: storage.db, clock, logger, lifecycle, retentionDays: options.retentionDays });
  const rejected = new RejectedLog({
    store: new RejectedMessageRepository(storage.db),
    clock,
    logger,
    purge: () => void storage.maintenance.run(),
  });
  const latest = new LatestWriter({ registry, store: series, logger });
  await lifecycle.start('newest values', latest);
  const closed = new ClosedMinutes();
  const days = { ensureDay: (day: number) => storage.partitions.ensureFor(day * DAY_MS) };
  // Before any point is stored: ingest has to know which minutes are closed.
  await lifecycle.start('roll-up', new Rollup({ store: new RollupRepository(storage.db), closed, days, clock, logger }));
  const parts = { registry, rejected, latest, closed, days, epoch: await nextIngestEpoch(storage.db.system) };
  const ingest = createIngest(options, { ...parts, lanes: LIVE_LANES, source: undefined });
  const history = createIngest(unwatched(options), { ...parts, lanes: HISTORY_LANES, source: 'history' });
  const hub = new SourceHub({
    clock,
    logger,
    heard: (message) => devices.heard(message),
    isStorageHealthy: () => options.watch.isHealthy && !storage.disk.low,
    keepUnsettled: (message, done) => rejected.add(unsettledRow(message), done),
    tally: options.tallies?.telemetry,
  });
  await lifecycle.start('sources', hub);
  const lookup = { byId: (id: number) => registry.byId(id), tenantOf: (deviceId: string) => devices.lookup(deviceId)?.tenantId };
  const journal = new TelemetryJournal({ logger, level: options.logLevel });
  journal.follow(events);
  return {
    ingest,
    history,
    hub,
    intake: journal.of(hub),
    rejected,
    accounts,
    registry,
    decode: (lane, points) => decodeBatch(lane, points, lookup),
  };
}

interface IngestParts {
  registry: SeriesRegistry;
  rejected: RejectedLog;
  latest: LatestWriter;
  closed: ClosedMinutes;
  days: DayPartitions;
  epoch: number;
  lanes: readonly LanePurpose[];
  /** What everything counts as that comes this way; undefined: each by its own source. */
  source: 'history' | undefined;
}

/** The same, for points that nobody is told of: no device was seen, no screen shows them, no rule has to judge them. */
function unwatched(options: TelemetryOptions): TelemetryOptions {
  const { devices } = options;
  return {
    ...options,
    devices: {
      lookup: (deviceId) => devices.lookup(deviceId),
      registerFromGateway: (tenantId, deviceId) => devices.registerFromGateway(tenantId, deviceId),
      seen: () => undefined,
      heard: () => undefined,
    },
    events: new EventBus(),
    batchEmitted: () => options.historyStored(),
  };
}

function createIngest(options: TelemetryOptions, given: IngestParts): TelemetryIngest {
  const { storage, watch, lifecycle, tallies } = options;
  const { closed, days, lanes, source, ...parts } = given;
  const laneStorages = lanes.map((purpose) => new PostgresLaneStorage(storage.db, days, purpose, closed));
  lifecycle.onStop('ingest connections', () => Promise.all(laneStorages.map((lane) => lane.close())).then(() => undefined));
  const ingest = new TelemetryIngest({
    ...parts,
    laneStorages: tallies === undefined ? laneStorages : laneStorages.map((lane) => new CountedLaneStorage(lane, tallies.lanes)),
    devices: options.devices,
    events: options.events,
    clock: options.clock,
    logger: options.logger,
    days: { has: (day) => storage.partitions.has(day * DAY_MS) },
    maxAgeMs: options.maxAgeDays * DAY_MS,
    maxFutureMs: options.maxFutureSeconds * 1_000,
    refusesAll: () => refusal(storage, watch),
    onStorageError: () => watch.suspect(),
    batchEmitted: (lane, batch) => options.batchEmitted(lane, batch),
    ended: tallies === undefined ? undefined : counting(tallies, source, options.clock),
  });
  lifecycle.onStop('ingest', () => ingest.stop());
  return ingest;
}

/** Counts what became of requests. The clock is asked only where no source asks it anyway. */
function counting({ telemetry }: Tallies, fixed: 'history' | undefined, clock: Clock): IngestOptions['ended'] {
  return ({ source }, outcome, receivedAtMs) => {
    const ownName = fixed ?? (source === undefined ? 'flow' : undefined);
    if (ownName !== undefined) telemetry.ended(ownName, outcome, clock.nowMs() - receivedAtMs);
    telemetry.ingested(ownName ?? source?.kind ?? 'flow', outcome);
  };
}

function refusal(storage: Storage, watch: StorageWatch): { code: 'STORAGE_UNAVAILABLE' | 'DISK_FULL'; message: string } | undefined {
  if (storage.disk.low) return DISK_FULL;
  return watch.isLost ? STORAGE_AWAY : undefined;
}

const DISK_FULL = { code: 'DISK_FULL', message: 'Less than 1 GB of disk is free; nothing is acknowledged until space is freed.' } as const;
const STORAGE_AWAY = { code: 'STORAGE_UNAVAILABLE', message: 'The database cannot be reached; send it again.' } as const;

function unsettledRow(message: SourceMessage) {
  return {
    tenantId: message.principal.tenantId,
    deviceId: message.deviceId,
    source: message.kind,
    topic: message.topic,
    reason: 'not_settled' as const,
    message: 'No node of the flow stored the message within 10 s; wire the outlet to an ingest node (or a discard node) and deploy.',
    field: null,
    raw: message.raw,
  };
}
