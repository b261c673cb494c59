import type { MessageOutcome, PointOutcome, TelemetrySource } from '../contracts/metrics.ts';
import { BucketCounts, SECONDS_BOUNDS } from '../core/bucket-counts.ts';
import type { Settlement, SourceMessage } from './types.ts';

/** What the tally reads of how the readings of a message ended. */
type Ended =
  | { kind: 'stored'; stored: number; duplicates: number; rejected: readonly unknown[] }
  | { kind: 'rejected'; rejected: readonly unknown[] }
  | { kind: 'discarded' }
  | { kind: 'unavailable' };

/** Of one source, since the start. */
export interface SourceCounts {
  readonly messages: Record<MessageOutcome, number>;
  readonly points: Record<PointOutcome, number>;
  /** From the arrival of a message until its acknowledgement was handed over, seconds. */
  readonly acknowledged: BucketCounts;
}

/** Counts messages and readings where they end, for metrics: a few additions a message, no allocation. */
export class TelemetryTally {
  private readonly sources: Readonly<Record<TelemetrySource, SourceCounts>> = {
    mqtt: noCounts(),
    http: noCounts(),
    flow: noCounts(),
    history: noCounts(),
  };

  of(source: TelemetrySource): SourceCounts {
    return this.sources[source];
  }

  /** A source is told how its message ended. What is `unavailable` is not acknowledged, so it counts no time. */
  settled({ kind, receivedAtMs }: Pick<SourceMessage, 'kind' | 'receivedAtMs'>, settlement: Settlement, nowMs: number): void {
    this.countMessage(this.sources[kind], settlement, nowMs - receivedAtMs);
  }

  /** A message that no source waits for (of a flow, or history) has ended. */
  ended(source: 'flow' | 'history', outcome: Ended, tookMs: number): void {
    this.countMessage(this.sources[source], outcome, tookMs);
  }

  /** Readings were stored or refused. Whether their message is acknowledged their source says afterwards. */
  ingested(source: TelemetrySource, outcome: Ended): void {
    const counts = this.sources[source];
    if (outcome.kind === 'stored') {
      counts.points.stored += outcome.stored;
      counts.points.duplicate += outcome.duplicates;
    }
    if (outcome.kind === 'stored' || outcome.kind === 'rejected') counts.points.rejected += outcome.rejected.length;
  }

  private countMessage({ messages, acknowledged }: SourceCounts, ended: Ended, tookMs: number): void {
    messages[outcomeOf(ended)] += 1;
    // The clock of the machine may have been set back.
    if (ended.kind !== 'unavailable') acknowledged.observe(Math.max(0, tookMs) / 1_000);
  }
}

function outcomeOf(ended: Ended): MessageOutcome {
  return ended.kind === 'stored' && ended.stored === 0 ? 'duplicate' : ended.kind;
}

function noCounts(): SourceCounts {
  return {
    messages: { stored: 0, duplicate: 0, rejected: 0, discarded: 0, unavailable: 0 },
    points: { stored: 0, duplicate: 0, rejected: 0 },
    acknowledged: new BucketCounts(SECONDS_BOUNDS),
  };
}
