import type { Registry } from 'prom-client';
import type { ChannelName } from '../contracts/actions.ts';
import type { DeviceStatus } from '../contracts/devices.ts';
import type { DatabasePool, HealthPart, MessageOutcome, PointOutcome, RuleOrigin, TelemetrySource } from '../contracts/metrics.ts';
import type { CacheCounts, CacheRegion } from '../contracts/cache.ts';
import type { AttemptOutcome } from '../contracts/notifications.ts';
import type { RuleType, Severity } from '../contracts/rules.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import type { BucketCounts } from '../core/bucket-counts.ts';

/** What metrics are made of: ports that `src/app` fills. A figure that must be asked for may fail; the others are shown all the same. */
export interface MetricSources {
  build: { version: string; node: string };
  loss: {
    /** What was added up since the start: points; `missing` and `numbered` in messages. */
    totals(): Readonly<Record<'received' | 'stored' | 'duplicates' | 'rejected' | 'judged' | 'history' | 'missing' | 'numbered', number>>;
    /** What the last comparison found. */
    state(): { unbalanced: readonly string[]; judgingLagMs: number; pendingCommits: number; recentlyMissing: number };
  };
  notifications: {
    /** Recorded attempts since the start. */
    attempts(): ReadonlyMap<ChannelName, Readonly<Record<AttemptOutcome, number>>>;
    /** How many are not delivered and not given up, by channel; channels without any may be left out. */
    waiting(): Promise<ReadonlyMap<ChannelName, number>>;
  };
  devices: {
    /** How many there are, by status; a status without any may be left out. */
    byStatus(): Promise<ReadonlyMap<DeviceStatus, number>>;
  };
  telemetry: TelemetryFigures;
  rules: RuleFigures;
  alerts: {
    /** Open alerts (raised or acknowledged), by severity; a severity without any may be left out. */
    open(): Promise<ReadonlyMap<Severity, number>>;
    /** Since the start. */
    raised(): Readonly<Record<Severity, number>>;
    resolved(): Readonly<Record<Severity, number>>;
  };
  api: { requests(): Iterable<{ route: string; method: string; status: string; took: BucketCounts }> };
  realtime: { figures(): { connections: number; sent: number; overtaken: number; ended: number } };
  mqtt: {
    figures(): { connections: number; queued: number; queueDropped: number; unsettledBytes: number };
    /** Refused packets, logins and connections since the start. */
    refusals(): Readonly<Record<string, number>>;
  };
  database: {
    pools(): readonly { pool: DatabasePool; most: number; open: number; idle: number; waiting: number }[];
    /** How long statements took, seconds. */
    queries(pool: DatabasePool): BucketCounts | undefined;
    /** Undefined with a server of somebody else's. */
    isEmbeddedUp(): boolean | undefined;
  };
  cache: {
    /** Since the start. */
    counts(): Readonly<Record<CacheRegion, Readonly<CacheCounts>>>;
    /** Answers held in this process, and about how many bytes they take. */
    size(): { entries: number; bytes: number };
  };
  flows: { nodeErrors(): ReadonlyMap<string, number> };
  health: {
    /** In one word per part; `ok`, or what is the matter (for Redis: `not used` too). */
    parts(): Promise<Readonly<Record<HealthPart, string>>>;
    isReady(): Promise<boolean>;
    /** Where data grows; undefined when the system does not tell. */
    freeBytes(): number | undefined;
    /** When the certificate of the server ends, epoch milliseconds; undefined without one. */
    certificateEndsAtMs(): number | undefined;
  };
}

/** Of the way of telemetry into the database. */
export interface TelemetryFigures {
  /** Counts of one source since the start. `acknowledged`: from arrival until the acknowledgement, seconds. */
  of(source: TelemetrySource): {
    messages: Readonly<Record<MessageOutcome, number>>;
    points: Readonly<Record<PointOutcome, number>>;
    acknowledged: BucketCounts;
  };
  /** Batches of all lanes: readings in each, how long commits took (seconds), and writes that failed. */
  batches(): { rows: BucketCounts; commits: BucketCounts; failures: number };
  /** Refused messages since the start. */
  rejected(): ReadonlyMap<RejectReason, number>;
  /** Messages that wait for the commit before theirs, by lane. */
  waiting(): readonly { lane: string; messages: number }[];
  /** Messages that are not acknowledged yet. */
  unacknowledged(): number;
}

/** Of rules at work. */
export interface RuleFigures {
  /** Since the start; `took`: one evaluation of 32, seconds; `delays` (arrival until judged, seconds) is one and the same for an origin. */
  all(): readonly {
    origin: RuleOrigin;
    type: RuleType;
    evaluations: number;
    late: number;
    decisions: number;
    took: BucketCounts;
    delays: BucketCounts;
  }[];
  /** Age of the oldest batch that is kept to be judged again after a crash, seconds; 0 when there is none. */
  oldestKeptSeconds(): number;
}

/** A metric whose figures must be asked for: `show` is called with the answer, `hide` when there is none. */
export interface AskedMetric<Answer> {
  name: string;
  ask(): Promise<Answer>;
  show(answer: Answer): void;
  hide(): void;
}

/** What a family registers its metrics with. */
export interface MetricBench {
  registry: Registry;
  /** What there is: a family without its source shows nothing. */
  sources: Partial<MetricSources>;
  /**
   * Makes the `collect` of such a metric. Without an answer within 2 s it is hidden, that is counted under its name, and the scrape goes on. A
   * question that is under way is not asked again.
   */
  asked: <Answer>(metric: AskedMetric<Answer>) => () => Promise<void>;
}

/** One subject: registers all its metrics. */
export type MetricFamily = (bench: MetricBench) => void;
