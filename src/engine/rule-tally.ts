import { RULE_ORIGINS } from '../contracts/metrics.ts';
import type { RuleOrigin } from '../contracts/metrics.ts';
import { RULE_TYPES } from '../contracts/rules.ts';
import type { RuleType } from '../contracts/rules.ts';
import { BucketCounts, SECONDS_BOUNDS } from '../core/bucket-counts.ts';
import type { PointEvent, RuleDecision } from '../rules/types.ts';
import type { DeviceRun } from './device-run.ts';

/** One evaluation of so many is timed: asking the clock twice would cost as much as judging a reading. */
const TIMED_EVERY = 32;
/** An evaluation takes some microseconds, seconds. */
const EVALUATION_BOUNDS = [0.000_001, 0.000_002_5, 0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001, 0.01, 0.1] as const;

/** What all rules of one type and origin have done since the start. */
export interface JudgingTally {
  readonly origin: RuleOrigin;
  readonly type: RuleType;
  /** Readings that were judged, each by each of its rules. */
  evaluations: number;
  /** Of them, those that came too late to change anything. */
  late: number;
  /** Raised, cleared, repeated, corrected. */
  decisions: number;
  /** How long one evaluation in 32 took, seconds. */
  readonly took: BucketCounts;
  /** From the arrival of a message until its rules had judged it, seconds; shared by all types of an origin. */
  readonly delays: BucketCounts;
}

/** Counts what rules do, by type and origin, never by rule or device: the number of series stays the same however many there are. */
export class RuleTally {
  private readonly tallies: readonly JudgingTally[];

  constructor() {
    this.tallies = RULE_ORIGINS.flatMap((origin) => {
      const delays = new BucketCounts(SECONDS_BOUNDS);
      return RULE_TYPES.map((type) => ({
        ...{ origin, type, delays },
        ...{ evaluations: 0, late: 0, decisions: 0, took: new BucketCounts(EVALUATION_BOUNDS) },
      }));
    });
  }

  of(origin: RuleOrigin, type: RuleType): JudgingTally | undefined {
    return this.tallies.find((tally) => tally.origin === origin && tally.type === type);
  }

  all(): readonly JudgingTally[] {
    return this.tallies;
  }
}

/** Asks a judge about a reading, and counts it where somebody counts. */
export function judgePoint({ judge, run }: DeviceRun, input: number, event: PointEvent): readonly RuleDecision[] {
  const { tally } = run;
  if (tally === undefined) return judge.point(input, event);
  const lateBefore = judge.lateCount;
  tally.evaluations += 1;
  const isTimed = tally.evaluations % TIMED_EVERY === 0;
  const startedAt = isTimed ? performance.now() : 0;
  const decisions = judge.point(input, event);
  if (isTimed) tally.took.observe((performance.now() - startedAt) / 1_000);
  tally.late += judge.lateCount - lateBefore;
  tally.decisions += decisions.length;
  return decisions;
}
