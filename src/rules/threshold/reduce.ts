import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { PointEvent, RuleDecision, RuleEvent, RuleStep, TimerEvent } from '../types.ts';
import { comparable, holds, staysActive } from './compare.ts';
import type { ThresholdState } from './state.ts';

/** Violating readings of an active rule are counted and reported together, at most this often, by event time and by arrival. */
export const REPORT_INTERVAL_MS = 10_000;

/** A later reading that came faster than the first shows that the duration ends sooner; below this gain the timer stays as it is. */
const TIMER_SLACK_MS = 250;

type Step = RuleStep<ThresholdState>;

/**
 * `key operator value`, for `duration_seconds`, until `clear_value` is crossed back.
 *
 * The duration runs from the first violating reading, in event time; any reading that does not violate ends it (the clear value matters
 * only once the rule is active). It completes
 * - by a violating reading that is at least the duration newer than the first, however long the silence between the two was: both say
 *   the same and nothing in between said otherwise; or
 * - by the timer, due at the arrival of the first violating reading plus what remains (sooner, if later readings arrive with less delay),
 *   provided that the last reading is younger than the duration and the device is not known to be offline. A single reading, or a
 *   device that went silent, therefore never completes a duration by waiting.
 */
export function reduceThreshold(conditions: ThresholdConditions, state: ThresholdState, event: RuleEvent, nowMs: number): Step {
  switch (event.kind) {
    case 'point':
      return onPoint(conditions, state, event);
    case 'timer':
      return onTimer(conditions, state, event, nowMs);
  }
}

/** `reduceThreshold` for points that only move the last reading and the count, in place (see `RuleEvaluator.absorb`). */
export function absorbThreshold(conditions: ThresholdConditions, state: ThresholdState, event: PointEvent): boolean {
  const value = comparable(conditions.operator, event.value);
  if (value === undefined || (state.last_us !== null && event.timeUs <= state.last_us)) return true;
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
        if (reportIsDue(state, event)) return false;
        state.unreported += 1;
      } else if (!staysActive(conditions, value)) return false;
  }
  state.last_us = event.timeUs;
  state.last_value = event.value;
  return true;
}

function onPoint(conditions: ThresholdConditions, state: ThresholdState, event: PointEvent): Step {
  const value = comparable(conditions.operator, event.value);
  if (value === undefined || (state.last_us !== null && event.timeUs <= state.last_us)) return unchanged(state);
  const violates = holds(conditions.operator, value, conditions.value);
  const next: ThresholdState = { ...state, last_us: event.timeUs, last_value: event.value };
  switch (state.phase) {
    case 'normal':
      if (!violates) return unchanged(next);
      next.since_us = event.timeUs;
      return durationMs(conditions) === 0 ? raise(next, event.timeUs, event.arrivedAtMs) : wait(conditions, next, event);
    case 'pending':
      if (!violates) return unchanged(toNormal(next));
      return completes(conditions, state, event.timeUs) ? raise(next, event.timeUs, event.arrivedAtMs) : wait(conditions, next, event);
    case 'active':
      if (violates) return count(next, event);
      return staysActive(conditions, value) ? unchanged(next) : clear(next, event);
  }
}

function onTimer(conditions: ThresholdConditions, state: ThresholdState, event: TimerEvent, nowMs: number): Step {
  if (state.phase !== 'pending' || state.since_us === null || state.due_ms === null || nowMs < state.due_ms) return unchanged(state);
  // The time that has passed stays in `due_ms`: the engine asks again when the device is back.
  if (!event.online) return unchanged(state);
  const lastAgeMs = nowMs - (state.last_us ?? 0) / 1_000;
  if (lastAgeMs >= durationMs(conditions)) return unchanged({ ...state, due_ms: null });
  return raise({ ...state }, state.since_us + durationMs(conditions) * 1_000, nowMs);
}

function durationMs(conditions: ThresholdConditions): number {
  return Math.round((conditions.duration_seconds ?? 0) * 1_000);
}

function completes(conditions: ThresholdConditions, state: ThresholdState, timeUs: number): boolean {
  return state.since_us !== null && timeUs - state.since_us >= durationMs(conditions) * 1_000;
}

/** When the duration would complete by the platform's clock if the device went on as at this reading. */
function nextDueMs(conditions: ThresholdConditions, state: ThresholdState, event: PointEvent): number {
  const elapsedMs = Math.floor((event.timeUs - (state.since_us ?? event.timeUs)) / 1_000);
  const dueMs = event.arrivedAtMs + durationMs(conditions) - elapsedMs;
  return state.due_ms !== null && dueMs > state.due_ms - TIMER_SLACK_MS ? state.due_ms : dueMs;
}

function reportIsDue(state: ThresholdState, event: PointEvent): boolean {
  return event.timeUs - state.reported_us >= REPORT_INTERVAL_MS * 1_000 && event.arrivedAtMs - state.reported_ms >= REPORT_INTERVAL_MS;
}

function wait(conditions: ThresholdConditions, next: ThresholdState, event: PointEvent): Step {
  next.due_ms = nextDueMs(conditions, next, event);
  next.phase = 'pending';
  return unchanged(next);
}

function raise(next: ThresholdState, atUs: number, knownAtMs: number): Step {
  next.phase = 'active';
  next.due_ms = null;
  next.unreported = 0;
  next.reported_us = atUs;
  next.reported_ms = knownAtMs;
  return decided(next, { kind: 'raised', atUs, sinceUs: next.since_us ?? atUs, value: next.last_value, occurrences: 1 });
}

function count(next: ThresholdState, event: PointEvent): Step {
  const occurrences = next.unreported + 1;
  if (!reportIsDue(next, event)) return unchanged({ ...next, unreported: occurrences });
  const reported = { ...next, unreported: 0, reported_us: event.timeUs, reported_ms: event.arrivedAtMs };
  const sinceUs = next.since_us ?? event.timeUs;
  return decided(reported, { kind: 'repeated', atUs: event.timeUs, sinceUs, value: event.value, occurrences });
}

function clear(next: ThresholdState, event: PointEvent): Step {
  const occurrences = next.unreported;
  return decided(toNormal(next), { kind: 'cleared', atUs: event.timeUs, sinceUs: event.timeUs, value: event.value, occurrences });
}

function toNormal(state: ThresholdState): ThresholdState {
  return { ...state, phase: 'normal', since_us: null, due_ms: null, unreported: 0 };
}

function unchanged(state: ThresholdState): Step {
  return { state, transitions: [], dueAtMs: state.due_ms };
}

function decided(state: ThresholdState, decision: RuleDecision): Step {
  return { state, transitions: [decision], dueAtMs: state.due_ms };
}
