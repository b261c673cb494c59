import type { AccountHour, AccountListQuery, AccountPeriod, AccountSummary } from '../contracts/accounts.ts';
import type { AlertStats } from '../contracts/alert-stats.ts';
import type { Alert, AlertStatus } from '../contracts/alerts.ts';
import type { Backtest, BacktestQuestion } from '../contracts/backtest.ts';
import type { Health, Page } from '../contracts/common.ts';
import type { ChannelName } from '../contracts/actions.ts';
import type { Notification, NotificationAttempt, NotificationEvent, NotificationStatus } from '../contracts/notifications.ts';
import type { Severity } from '../contracts/rules.ts';
import type { SystemStatus } from '../contracts/system-status.ts';
import type { RejectedMessage, RejectReason, SeriesKind, TelemetryItem } from '../contracts/telemetry.ts';
import type { Caller } from './route.ts';

/** A reading as a query gives it, with its place in the order of time. */
export interface TelemetryRow extends TelemetryItem {
  time_us: string;
  series_id: number;
}

/** Which readings: of the named devices and keys (all when left out), from `startUs` on and before `endUs`, newest first. */
export interface TelemetryQuery {
  tenantId: string;
  deviceId: string | undefined;
  keys: readonly string[] | undefined;
  /** Whole epoch microseconds as text. */
  startUs: string | undefined;
  endUs: string | undefined;
  after: { timeUs: string; seriesId: number } | undefined;
  limit: number;
}

/** Which newest readings, in the order of their series. */
export interface LatestQuery {
  tenantId: string;
  deviceIds: readonly string[] | undefined;
  keys: readonly string[] | undefined;
  afterSeriesId: number | undefined;
  limit: number;
}

/** The newest stored reading of each series. */
export interface LatestReadings {
  latest(query: LatestQuery): (TelemetryItem & { series_id: number })[];
}

/** A series, with what its readings are shown with. */
export interface TelemetrySeries {
  series_id: number;
  device_id: string;
  key: string;
  kind: SeriesKind;
  unit: string | null;
}

/** Which buckets: of some series, from `startUs` on and before `endUs` (whole epoch microseconds as text). */
export interface BucketQuery {
  tenantId: string;
  seriesIds: readonly number[];
  startUs: string;
  endUs: string;
  bucketSeconds: number;
  /** Whose days the buckets are; undefined: they count from 1970 in UTC. */
  zone: string | undefined;
  /** False: from the readings alone, never from the roll-up. */
  rolledUp: boolean;
  stddev: boolean;
}

/** One bucket of one series; figures are NaN where values are too large for them. */
export interface BucketRow {
  series_id: number;
  startMs: number;
  n: number;
  sum: number;
  min: number;
  max: number;
  stddev: number | null;
}

/** Readings of one series as columns of one length, oldest first; numbers and booleans (0 and 1) in `numbers`, texts in `texts`. */
export interface ReadingChunk {
  count: number;
  /** Whole epoch microseconds. */
  timesUs: ArrayLike<number>;
  numbers: ArrayLike<number>;
  texts: readonly string[];
  qualities: ArrayLike<number>;
}

/** Reads stored telemetry of one tenant. */
export interface TelemetryQueries {
  /** By device and key. Fails with INVALID_REQUEST when more match than one query may go through. */
  series(of: {
    tenantId: string;
    deviceIds: readonly string[] | undefined;
    keys: readonly string[] | undefined;
  }): Promise<TelemetrySeries[]>;
  /** By series and time; buckets without a reading are left out. */
  buckets(query: BucketQuery): Promise<BucketRow[]>;
  /** Where the days of a time zone begin that the period has a part of; epoch milliseconds. */
  dayStarts(of: { tenantId: string; zone: string; startUs: string; endUs: string }): Promise<number[]>;
  /** The next readings of one series from `fromUs` on and before `untilUs`, oldest first. */
  chunk(query: { tenantId: string; seriesId: number; fromUs: string; untilUs: string; limit: number }): Promise<ReadingChunk>;
  readings(query: TelemetryQuery): Promise<TelemetryRow[]>;
  rejected(query: {
    tenantId: string;
    deviceId: string | undefined;
    reason: RejectReason | undefined;
    beforeId: string | undefined;
    limit: number;
  }): Promise<RejectedMessage[]>;
}

/** What became of everything that arrived. */
export interface Accounts {
  /** The hours of one device, oldest first. Fails with NOT_FOUND for a device that the tenant does not have. */
  ofDevice(deviceId: string, period: AccountPeriod): Promise<AccountHour[]>;
  /** The sums of each device, by device. */
  list(query: AccountListQuery): Promise<AccountSummary[]>;
}

/** Keeps a message that was refused before any flow saw it. */
export interface RejectedMessages {
  add(
    row: {
      tenantId: string;
      deviceId: string | null;
      source: 'http';
      topic: string | null;
      reason: RejectReason;
      message: string;
      field: string | null;
      raw: Buffer;
    },
    done: (kept: boolean) => void,
  ): void;
}

/** What a list of alerts may be narrowed to. */
export interface AlertFilters {
  statuses?: readonly AlertStatus[] | undefined;
  severity?: Severity | undefined;
  deviceId?: string | undefined;
  ruleId?: string | undefined;
  /** Known at or after, and before; epoch milliseconds. */
  startMs?: number | undefined;
  endMs?: number | undefined;
}

/** When devices were last heard. */
export interface Heard {
  /** When a message of the device was last stored, epoch milliseconds; undefined when there was none since the platform started. */
  heardMs(deviceId: string): number | undefined;
}

/** One step in the life of an alert. */
export interface AlertHistoryItem {
  at: string;
  change: string;
  actor: string;
  note: string | null;
  /** Of a line of repeats: how many it stands for. */
  occurrences?: number | null;
}

/**
 * What people do with alerts. Each fails with NOT_FOUND for an alert that the tenant does not have; acknowledging or resolving one
 * that is past it fails with CONFLICT.
 */
export interface AlertActions {
  acknowledge(tenantId: string, alertId: string, actor: string, note?: string): Promise<Alert>;
  resolve(tenantId: string, alertId: string, actor: string, note?: string): Promise<Alert>;
  /** Fails with CONFLICT when the alert has as many notes as it may. */
  note(tenantId: string, alertId: string, actor: string, note: string): Promise<AlertHistoryItem>;
  /** The newest known first. */
  list(tenantId: string, filters: AlertFilters, page: { limit: number; cursor?: string | undefined }): Promise<Page<Alert>>;
  /** What is open, and what became known in a period. */
  stats(tenantId: string, period: { startMs: number; endMs: number }): Promise<AlertStats>;
}

/** Which lines of the ledger of notifications, after the cursor. Absent filters take all. */
export interface NotificationQuery {
  tenantId: string;
  alertId: string | undefined;
  channel: ChannelName | undefined;
  status: NotificationStatus | undefined;
  event: NotificationEvent | undefined;
  deviceId: string | undefined;
  /** Queued from this instant on and before that one, in whole epoch microseconds as text. */
  startUs: string | undefined;
  endUs: string | undefined;
  /** Whole epoch microseconds as text. */
  after: { createdUs: string; id: string } | undefined;
  limit: number;
}

/** The ledger of notifications. Each of one fails with NOT_FOUND for one that the tenant does not have. */
export interface Notifications {
  /** The newest first. */
  list(query: NotificationQuery): Promise<(Notification & { created_us: string })[]>;
  get(tenantId: string, id: string): Promise<Notification & { log: NotificationAttempt[] }>;
  /** Fails with CONFLICT when it is not failed. */
  retry(tenantId: string, id: string): Promise<Notification>;
}

/** Rules tried on the past. */
export interface Backtests {
  /** Starts one and waits for its end as long as the question says; `ruleId` undefined: only a sent rule is meant. */
  start(asked: { tenantId: string; ruleId: string | undefined }, question: BacktestQuestion): Promise<Backtest>;
  get(tenantId: string, id: string): Backtest;
  /** Resolves when nothing of it runs any more. */
  cancel(tenantId: string, id: string): Promise<void>;
}

/** How the platform is. */
export interface HealthReport {
  report(): Promise<Health>;
  /** True once flows run and sources accept. */
  isReady(): Promise<boolean>;
}

/** What the platform is doing and how its parts are. */
export interface SystemStatusReport {
  /** As far as the caller may see it. */
  report(caller: Pick<Caller, 'principal'>): Promise<SystemStatus>;
}

/** What `/metrics` shows, and to whom. */
export interface MetricsReport {
  /** Why a caller may not read them, for people; undefined when he may. */
  refusal(caller: { authorization: string | undefined; address: string; isBehindUnknownProxy: boolean }): string | undefined;
  readonly contentType: string;
  /** All metrics as they are now. */
  text(): Promise<string>;
}

/** The demo plant. */
export interface DemoPlant {
  isInstalled(): Promise<boolean>;
  remove(): Promise<void>;
}
