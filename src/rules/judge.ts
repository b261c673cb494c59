import type { Readings } from './readings.ts';
import type { PointEvent, RuleDecision, RuleStateView, TimerEvent } from './types.ts';

/** Said when nothing was decided; always the same object, because it is said for nearly every reading. */
export const NO_DECISIONS: readonly RuleDecision[] = [];

/** A series that a rule reads: a quantity of the device that is judged, or of another one. */
export interface RuleInput {
  key: string;
  /** Undefined: the device that is judged. */
  deviceId: string | undefined;
}

/** One rule at work on one device: the evaluator, its conditions and the state between two events, whatever its shape. */
export interface Judge {
  /** Takes the next reading of one of its inputs, which stands in the readings of that input already; answers what was decided, in order. */
  point(input: number, event: PointEvent): readonly RuleDecision[];
  /** Takes a timer or a change of presence. */
  timer(event: TimerEvent, nowMs: number): readonly RuleDecision[];
  /** When it wants to be asked by the timer, epoch milliseconds; null for never. A time that has passed: when the presence changes. */
  readonly dueAtMs: number | null;
  /** How many of its readings came too late to be judged. */
  readonly lateCount: number;
  view(): RuleStateView;
  /** The state to store; given to `JudgeFactory` it continues where this one is. */
  state(): unknown;
}

/** Makes the judge of one device from a stored state, or (undefined) from the start. */
export interface JudgeFactory {
  /** What it reads; empty for a rule that looks at time and presence alone. */
  readonly inputs: readonly RuleInput[];
  /** How much of the past, before the newest reading, a judge needs to see in its readings. */
  readonly keepMs: number;
  /** Readings of a lower quality must not enter its readings. */
  readonly minQuality: number;
  /** The one device that it judges whatever the scope says; undefined: all of the scope. */
  readonly onlyDevice: string | undefined;
  /** A device of the scope that it does not judge, because that would be compared with itself; undefined: there is none. */
  readonly notDevice: string | undefined;
  /** True when it is asked by time or presence: then every device of its scope has a judge, readings or not. */
  readonly byTime: boolean;
  /** The limit of the rule as alerts and messages show it; null when a decision brings its own, or there is none. */
  readonly threshold: number | null;
  /** What an alert names as its quantity. */
  readonly subject: string;
  /** The message of an alert whose rule has none of its own. */
  readonly defaultMessage: string;
  /** The unit of what is compared, given that of the readings. */
  unitOf(unit: string | null): string | null;
  /** `readings`: one for each of `inputs`. */
  create(storedState: unknown, readings: readonly Readings[], nowMs: number): Judge;
  /** As `create`, for a state that was left by other conditions of the same rule. */
  carryOver(storedState: unknown, readings: readonly Readings[], nowMs: number): Judge;
}
