import type { TransitionKind } from '../contracts/rules.ts';
import type { PointValue } from '../contracts/telemetry.ts';

/**
 * Rules are reducers: `(conditions, state, event, now) -> { state, transitions, dueAtMs }`. An evaluator reads no clock and does no I/O,
 * so the same function runs behind a node, for a stored rule, in a backtest and when catching up after a crash.
 *
 * What all of them agree on:
 * - Durations count in event time (the device's clock). A batch of old readings satisfies a duration only by its own times.
 * - A reading that is older than the newest one judged takes its place in the past (`limit/limit-judge.ts`) within the lateness of the
 *   rule, and is passed over beyond it. Sending a message twice, or through the flow again after a crash, therefore changes nothing.
 * - A point of a kind that the condition cannot compare is skipped as if it had not been sent.
 * - A reading of a lower quality than the rule asks for never reaches its judge: it does not enter the readings that the judge sees.
 * - State is small JSON: `JSON.parse(JSON.stringify(state))` at any moment changes nothing that follows. What is large (readings) is not
 *   state: it is filled from the stored readings when the rule starts.
 */

/** A reading to judge; it stands in the judge's `Readings` already. Evaluators must not keep the object: the engine uses one again and again. */
export interface PointEvent {
  kind: 'point';
  value: PointValue;
  /** The device's time of the reading, whole epoch microseconds. */
  timeUs: number;
  /** When the platform received it, epoch milliseconds; timers are set from it. */
  arrivedAtMs: number;
  /** True when it stood in the readings before: a repeat by the sender. */
  known: boolean;
}

/** A stored reading of the past, to fill `Readings` with. */
export interface PastReading {
  timeUs: number;
  value: number;
  quality: number;
}

/** The timer that the rule set for this device is due, or its presence changed. */
export interface TimerEvent {
  kind: 'timer';
  /** False when the device is known to be offline; a device whose presence is unknown counts as online. */
  online: boolean;
  /** Since when nothing says that it is there, although it once was, epoch milliseconds; null when it is there, or its presence is unknown. */
  awaySinceMs: number | null;
  /** Since when the platform has been there to hear readings, epoch milliseconds; absent: always. */
  listeningSinceMs?: number;
}

export type RuleEvent = PointEvent | TimerEvent;

/** What a rule decided about one device; the engine adds identity and message and records it as a `RuleTransition`. */
export interface RuleDecision {
  kind: TransitionKind;
  /** Event time of the decision, epoch microseconds. */
  atUs: number;
  /** Event time since which the condition holds (raised, repeated) or no longer holds (cleared), epoch microseconds. */
  sinceUs: number;
  /** The reading it was decided on. */
  value: PointValue | null;
  /** Violating readings this decision stands for: 1 for `raised`, otherwise those not reported before (0 is possible for `cleared`). */
  occurrences: number;
  /** What the value was compared with, when it is not the same for every decision of the rule. */
  threshold?: number | null;
  /** What was compared: which of the judge's readings, and the reading itself. */
  inputs?: readonly DecidedOn[];
  /** Why it is told later than it was true, in words. */
  held?: readonly string[];
  /** With `corrected`: what was otherwise than known. */
  corrections?: readonly EpisodeCorrection[];
}

/** A reading that took part in a decision. */
export interface DecidedOn {
  /** The place of its series in `JudgeFactory.inputs`. */
  input: number;
  value: PointValue | null;
  atUs: number;
}

/** A stretch of time in which a rule held for a device, epoch microseconds. */
export interface Episode {
  raisedUs: number;
  sinceUs: number;
  value: PointValue | null;
  /** See `RuleDecision`: of the raise. */
  threshold?: number | null;
  inputs?: readonly DecidedOn[];
  /** Null while it lasts. */
  clearedUs: number | null;
}

/** See `Correction` of the contracts. */
export interface EpisodeCorrection {
  op: 'added' | 'withdrawn' | 'changed';
  /** The instant under which the episode is known. */
  wasRaisedUs: number;
  episode: Episode;
  /** Violating readings in it; absent when they were not counted. */
  occurrences?: number;
}

/** The answer of an evaluator to one event. */
export interface RuleStep<State> {
  state: State;
  transitions: readonly RuleDecision[];
  /** When the rule wants a timer event for this device, epoch milliseconds; null for never. A time that has passed means: when the device's presence changes. */
  dueAtMs: number | null;
}

/** What the engine and people read from a state, whatever its shape. */
export interface RuleStateView {
  active: boolean;
  /** Since when the condition holds, epoch microseconds; null when it is not active. */
  activeSinceUs: number | null;
  /** What was compared last: the reading, the figure, the left side. */
  lastValue: PointValue | null;
  /** The newest reading judged, epoch microseconds; null before the first. */
  lastUs: number | null;
  dueAtMs: number | null;
  /** Readings that came too late to be judged: how many, and the newest of them. */
  late: { count: number; lastUs: number | null };
}
