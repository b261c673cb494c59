import type { TransitionKind } from '../contracts/rules.ts';
import type { PointValue } from '../contracts/telemetry.ts';

/**
 * Rules are reducers: `(conditions, state, event, now) -> { state, transitions, dueAtMs }`. An evaluator reads no clock and does no I/O,
 * so the same function runs behind a node, for a stored rule, in a backtest and when catching up after a crash.
 *
 * What all of them agree on:
 * - Durations count in event time (the device's clock). A batch of old readings satisfies a duration only by its own times.
 * - A point that is not newer than the last one judged for that rule and device is not judged. Sending a message twice, or through
 *   the flow again after a crash, therefore changes nothing.
 * - A point of a kind that the condition cannot compare is skipped as if it had not been sent.
 * - A reading of a lower quality than the rule asks for is skipped likewise (`with-quality.ts`).
 * - State is small JSON: `JSON.parse(JSON.stringify(state))` at any moment changes nothing that follows. What is large (a window) is not
 *   state: it is filled from the stored readings when the rule starts (`Judge.prime`).
 */

/** A reading to judge. Evaluators must not keep the object: the engine uses one again and again. */
export interface PointEvent {
  kind: 'point';
  key: string;
  value: PointValue;
  /** The device's time of the reading, whole epoch microseconds. */
  timeUs: number;
  /** When the platform received it, epoch milliseconds; timers are set from it. */
  arrivedAtMs: number;
  /** 0-100, as the device says. */
  quality: number;
}

/** A stored reading of the past, to fill a window with. */
export interface PastReading {
  timeUs: number;
  value: number;
  quality: number;
}

/** The timer that the rule set for this device is due. */
export interface TimerEvent {
  kind: 'timer';
  /** False when the device is known to be offline; a device whose presence is unknown counts as online. */
  online: boolean;
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
}

/** The answer of an evaluator to one event. */
export interface RuleStep<State> {
  state: State;
  transitions: readonly RuleDecision[];
  /** When the rule wants a timer event for this device, epoch milliseconds; null for never. A time that has passed means: when the device's presence changes. */
  dueAtMs: number | null;
}

/** One rule type. A new type is a folder with one of these and a line in `registry.ts`. */
export interface RuleEvaluator<Conditions, State> {
  /** The keys whose points concern the rule. */
  keys(conditions: Conditions): readonly string[];
  initial(): State;
  /** The state as it was stored, or a fresh one when the text is of another shape (an older program, a changed rule type). */
  parse(json: unknown): State;
  /** Never changes the state it is given. `nowMs` is epoch milliseconds. */
  reduce(conditions: Conditions, state: State, event: RuleEvent, nowMs: number): RuleStep<State>;
  /**
   * The hot path: true when the point was dealt with by changing `state` in place, exactly as `reduce` would have, and caused neither
   * a transition nor a change of the timer; false when `reduce` has to be asked (nothing was changed then).
   */
  absorb(conditions: Conditions, state: State, event: PointEvent): boolean;
  /** What the state says to people and to the timer. */
  view(state: State): RuleStateView;
  /** The running state under changed conditions: what is active stays active, what was only building up starts anew. */
  carryOver(state: State): State;
}

/** What the engine and people read from a state, whatever its shape. */
export interface RuleStateView {
  active: boolean;
  lastValue: PointValue | null;
  /** The newest reading judged, epoch microseconds; null before the first. */
  lastUs: number | null;
  dueAtMs: number | null;
}
