import type { PointValue } from '../../contracts/telemetry.ts';
import type { RuleDecision, RuleStep } from '../types.ts';
import { firstAllowedUs } from '../raise-gate.ts';
import { comparable, holds, staysActive } from './compare.ts';
import type { LimitConditions } from './conditions.ts';
import { judgedThroughUs } from './state.ts';
import type { LimitState } from './state.ts';

/** What is compared with the limit: a reading, or what a rule made of several. */
export interface LimitPoint {
  kind: 'point';
  value: PointValue;
  timeUs: number;
  arrivedAtMs: number;
}

/** The timer is due. */
export interface LimitTimer {
  kind: 'timer';
  online: boolean;
  /** True when a reading has come that is newer than what is waited for: then it is due, whatever the clock says. */
  overtaken?: boolean;
}

type LimitEvent = LimitPoint | LimitTimer;

/**
 * Violating readings of an active rule are counted and reported together, at most this often, by event time and by arrival: with the next one
 * after this interval or, when none comes, by the timer.
 */
export const REPORT_INTERVAL_MS = 10_000;

/** A later reading that came faster than the first shows that the duration ends sooner; below this gain the timer stays as it is. */
const TIMER_SLACK_MS = 250;

type Step = RuleStep<LimitState>;

/**
 * `value operator limit`, for `duration_seconds`, until `clear_value` is crossed back: the part of a rule that its type does not matter for.
 * A threshold rule gives it readings, a statistical rule what it computed from them.
 *
 * The duration runs from the first violating reading, in event time; any reading that does not violate ends it (the clear value matters
 * only once the rule is active). It completes
 * - by a violating reading that is at least the duration newer than the first, however long the silence between the two was: both say
 *   the same and nothing in between said otherwise; or
 * - by the timer, due at the arrival of the first violating reading plus what remains (sooner, if later readings arrive with less delay),
 *   provided that the last reading is younger than the duration then, that the platform asks about the present (`isSupported`), and that
 *   the device is not known to be offline. A single reading, or a device that went silent, therefore never completes a duration by waiting.
 *
 * The gate (cooldown, hours) only postpones a raise: it waits for the first allowed instant as for the end of a duration, and any reading
 * that does not violate ends the waiting. What is active is counted and cleared whatever the gate says.
 */
export function reduceLimit(conditions: LimitConditions, state: LimitState, event: LimitEvent, nowMs: number): Step {
  switch (event.kind) {
    case 'point':
      return onPoint(conditions, state, event);
    case 'timer':
      return onTimer(conditions, state, event, nowMs);
  }
}

/**
 * The hot path: true when the point was dealt with by changing `state` in place, exactly as `reduceLimit` would have, and caused neither a
 * transition nor a change of phase or timer; false when `reduceLimit` has to be asked (nothing was changed then).
 */
export function absorbLimit(conditions: LimitConditions, state: LimitState, event: LimitPoint): boolean {
  const value = comparable(conditions.operator, event.value);
  if (value === undefined || event.timeUs <= judgedThroughUs(state)) return true;
  const violates = holds(conditions.operator, value, conditions.value);
  switch (state.phase) {
    case 'normal':
      if (violates) return false;
      break;
    case 'pending':
      if (!violates || completes(conditions, state, event.timeUs) || nextDueMs(conditions, state, event) !== state.due_ms) return false;
      break;
    case 'active':
      if (violates) {
        // Without a timer this is the first repeat since the last report: it sets one.
        if (state.due_ms === null || reportIsDue(state, event)) return false;
        state.unreported += 1;
        state.repeat_us = event.timeUs;
        state.repeat_value = event.value;
      } else if (!staysActive(conditions, value)) return false;
  }
  state.last_us = event.timeUs;
  state.last_value = event.value;
  return true;
}

function onPoint(conditions: LimitConditions, state: LimitState, event: LimitPoint): Step {
  const value = comparable(conditions.operator, event.value);
  if (value === undefined || event.timeUs <= judgedThroughUs(state)) return unchanged(state);
  const violates = holds(conditions.operator, value, conditions.value);
  const next: LimitState = { ...state, last_us: event.timeUs, last_value: event.value };
  switch (state.phase) {
    case 'normal':
      if (!violates) return unchanged(next);
      next.since_us = event.timeUs;
      return completes(conditions, next, event.timeUs)
        ? raise(next, event.timeUs, event.arrivedAtMs)
        : wait(next, nextDueMs(conditions, state, event));
    case 'pending':
      if (!violates) return unchanged(toNormal(next));
      return completes(conditions, state, event.timeUs)
        ? raise(next, event.timeUs, event.arrivedAtMs)
        : wait(next, nextDueMs(conditions, state, event));
    case 'active':
      if (violates) return count(next, event);
      return staysActive(conditions, value) ? unchanged(next) : clear(next, event);
  }
}

function onTimer(conditions: LimitConditions, state: LimitState, event: LimitTimer, nowMs: number): Step {
  if (state.phase === 'active') return report(state, nowMs);
  if (state.phase !== 'pending' || state.since_us === null || state.due_ms === null) return unchanged(state);
  if (nowMs < state.due_ms && event.overtaken !== true) return unchanged(state);
  // The time that has passed stays in `due_ms`: the engine asks again when the device is back.
  if (!event.online) return unchanged(state);
  const lastUs = state.last_us ?? state.since_us;
  const nowUs = nowMs * 1_000;
  const ripe = ripeUs(conditions, state, lastUs);
  if (!isSupported(conditions, state, { ripeUs: ripe, nowMs })) return unchanged({ ...state, due_ms: null });
  // The hours may be over by now: the device was offline when they began, or its clock differs.
  const opensUs = conditions.gate?.hours?.opensAtUs(nowUs) ?? nowUs;
  if (opensUs > nowUs) return unchanged({ ...state, due_ms: Math.ceil(opensUs / 1_000) });
  return raise({ ...state }, ripe, nowMs);
}

/**
 * Whether the readings so far support a raise at `ripeUs` without another one. Readings that are the duration apart have completed it; then it
 * was only the gate that was waited for. Otherwise the last one must be younger than the duration then, so it is not the first; and
 * what is decided must be of the present, not of a past that the device reports.
 */
function isSupported(conditions: LimitConditions, state: LimitState, at: { ripeUs: number; nowMs: number }): boolean {
  const longestUs = durationMs(conditions) * 1_000;
  const lastUs = state.last_us ?? -Infinity;
  const ageUs = at.ripeUs - lastUs;
  if (ageUs > (conditions.longestGapMs ?? Infinity) * 1_000) return false;
  if (lastUs - (state.since_us ?? lastUs) >= longestUs) return true;
  const nowUs = at.nowMs * 1_000;
  const isPresent = nowUs - lastUs < longestUs || nowUs - at.ripeUs <= (conditions.presentMs ?? 0) * 1_000;
  return isPresent && ageUs < longestUs;
}

function durationMs(conditions: LimitConditions): number {
  return Math.round((conditions.duration_seconds ?? 0) * 1_000);
}

/** The first instant, not before `timeUs`, at which duration and gate are satisfied if nothing says otherwise. */
function ripeUs(conditions: LimitConditions, state: LimitState, timeUs: number): number {
  const completeUs = (state.since_us ?? timeUs) + durationMs(conditions) * 1_000;
  return firstAllowedUs(conditions.gate, state.cleared_us, Math.max(completeUs, timeUs));
}

/** The event time at which the timer would complete what is pending, epoch microseconds; Infinity when nothing is. */
export function waitsUntilUs(conditions: LimitConditions, state: LimitState): number {
  return state.phase === 'pending' && state.due_ms !== null && state.last_us !== null ? ripeUs(conditions, state, state.last_us) : Infinity;
}

function completes(conditions: LimitConditions, state: LimitState, timeUs: number): boolean {
  return state.since_us !== null && ripeUs(conditions, state, timeUs) === timeUs;
}

/** When that instant comes by the platform's clock if the device goes on as at this reading. */
function nextDueMs(conditions: LimitConditions, state: LimitState, event: LimitPoint): number {
  const nextUs = ripeUs(conditions, state, event.timeUs);
  const dueMs = event.arrivedAtMs + Math.ceil((nextUs - event.timeUs) / 1_000);
  if (state.due_ms === null || dueMs <= state.due_ms - TIMER_SLACK_MS) return dueMs;
  // Hours that were waited for have passed without a decision: the next ones are waited for.
  const isPostponed = conditions.gate !== undefined && state.last_us !== null && nextUs > ripeUs(conditions, state, state.last_us);
  return isPostponed ? dueMs : state.due_ms;
}

function reportIsDue(state: LimitState, event: LimitPoint): boolean {
  return event.timeUs - state.reported_us >= REPORT_INTERVAL_MS * 1_000 && event.arrivedAtMs - state.reported_ms >= REPORT_INTERVAL_MS;
}

function wait(next: LimitState, dueMs: number): Step {
  next.due_ms = dueMs;
  next.phase = 'pending';
  return unchanged(next);
}

function raise(next: LimitState, atUs: number, knownAtMs: number): Step {
  next.phase = 'active';
  next.raised_us = atUs;
  next.due_ms = null;
  next.unreported = 0;
  next.repeat_us = null;
  next.repeat_value = null;
  next.reported_us = atUs;
  next.reported_ms = knownAtMs;
  return decided(next, { kind: 'raised', atUs, sinceUs: next.since_us ?? atUs, value: next.last_value, occurrences: 1 });
}

function count(next: LimitState, event: LimitPoint): Step {
  const occurrences = next.unreported + 1;
  const counted = { ...next, unreported: occurrences, repeat_us: event.timeUs, repeat_value: event.value };
  if (reportIsDue(next, event)) return reported(counted, event.arrivedAtMs);
  return unchanged({ ...counted, due_ms: next.due_ms ?? reportDueMs(next) });
}

/** The timer of an active rule: a burst that is followed by silence is reported too, whether or not the device is still there. */
function report(state: LimitState, nowMs: number): Step {
  if (state.due_ms === null || nowMs < state.due_ms) return unchanged(state);
  return state.unreported === 0 ? unchanged({ ...state, due_ms: null }) : reported(state, nowMs);
}

/** Tells of the violating readings since the last report, with the last of them. */
function reported(state: LimitState, nowMs: number): Step {
  const atUs = state.repeat_us ?? state.last_us ?? state.reported_us;
  const value = state.repeat_us === null ? state.last_value : state.repeat_value;
  const { unreported: occurrences } = state;
  const sinceUs = state.since_us ?? atUs;
  const next = { ...state, due_ms: null, unreported: 0, repeat_us: null, repeat_value: null, reported_us: atUs, reported_ms: nowMs };
  return decided(next, { kind: 'repeated', atUs, sinceUs, value, occurrences });
}

/** When violating readings that wait to be reported are, by the platform's clock. */
export function reportDueMs({ reported_ms: reportedMs }: LimitState): number {
  return reportedMs + REPORT_INTERVAL_MS;
}

function clear(next: LimitState, event: LimitPoint): Step {
  const occurrences = next.unreported;
  return decided(
    { ...toNormal(next), cleared_us: event.timeUs },
    { kind: 'cleared', atUs: event.timeUs, sinceUs: event.timeUs, value: event.value, occurrences },
  );
}

function toNormal(state: LimitState): LimitState {
  return { ...state, phase: 'normal', since_us: null, raised_us: null, due_ms: null, unreported: 0, repeat_us: null, repeat_value: null };
}

function unchanged(state: LimitState): Step {
  return { state, transitions: [], dueAtMs: state.due_ms };
}

function decided(state: LimitState, decision: RuleDecision): Step {
  return { state, transitions: [decision], dueAtMs: state.due_ms };
}
