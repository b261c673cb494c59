import { fewestSamples, windowSecondsOf } from '../../contracts/rule-terms.ts';
import type { StatisticalConditions } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import type { Judge, JudgeFactory } from '../judge.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import { absorbLimit, reduceLimit } from '../limit/reduce.ts';
import { carryOverLimit, initialLimitState, limitView, parseLimitState } from '../limit/state.ts';
import type { LimitState } from '../limit/state.ts';
import type { RaiseGate } from '../raise-gate.ts';
import type { PastReading, PointEvent, RuleDecision, RuleEvent, RuleStateView } from '../types.ts';
import { SlidingWindow } from './window.ts';

/** The rule type `statistical` (REQUIREMENTS, section 7): a figure over the last readings against a limit. */
export function statisticalFactory(conditions: StatisticalConditions, gate: RaiseGate | undefined): JudgeFactory {
  const windowMs = (windowSecondsOf(conditions.window) ?? 0) * 1_000;
  const { operator, value, clear_value } = conditions;
  const limit: LimitConditions = { operator, value, gate, ...(clear_value === undefined ? {} : { clear_value }) };
  const minSamples = Math.max(conditions.min_samples ?? 1, fewestSamples(conditions.function));
  const judge = (state: LimitState): Judge =>
    new StatisticalJudge({ limit, minSamples }, state, new SlidingWindow(conditions.function, Math.round(windowMs * 1_000)));
  return {
    keys: [conditions.key],
    windowMs,
    unitOf: (unit) => unitOf(conditions, unit),
    create: (stored) => judge(stored === undefined ? initialLimitState() : parseLimitState(stored)),
    carryOver: (stored) => judge(carryOverLimit(parseLimitState(stored))),
  };
}

function unitOf({ function: statistic }: StatisticalConditions, unit: string | null): string | null {
  if (statistic === 'count') return null;
  return statistic === 'rate' && unit !== null ? `${unit}/s` : unit;
}

/**
 * Each reading that is newer than the last one judged moves the window and is judged by the figure, once the window has enough readings.
 * A late one only takes its place in the window. The window is no part of the state: it is primed from what is stored.
 */
class StatisticalJudge implements Judge {
  private readonly rule: { limit: LimitConditions; minSamples: number };
  private readonly window: SlidingWindow;
  private readonly derived: PointEvent = { kind: 'point', key: '', value: 0, timeUs: 0, arrivedAtMs: 0, quality: 100 };
  private current: LimitState;

  constructor(rule: { limit: LimitConditions; minSamples: number }, state: LimitState, window: SlidingWindow) {
    this.rule = rule;
    this.current = state;
    this.window = window;
  }

  prime(past: readonly PastReading[]): void {
    this.window.prime(past, this.current.last_us);
  }

  absorb(event: PointEvent): boolean {
    const figure = this.figureAt(event);
    if (figure === undefined) return true;
    return absorbLimit(this.rule.limit, this.current, figure);
  }

  step(event: RuleEvent, nowMs: number): readonly RuleDecision[] {
    const derived = event.kind === 'timer' ? event : this.figureAt(event);
    if (derived === undefined) return [];
    const { state, transitions } = reduceLimit(this.rule.limit, this.current, derived, nowMs);
    this.current = state;
    return transitions;
  }

  view(): RuleStateView {
    return limitView(this.current);
  }

  state(): unknown {
    return this.current;
  }

  /** Takes the reading into the window; the figure to judge, or undefined when there is none. */
  private figureAt(event: PointEvent): PointEvent | undefined {
    const { current, window, derived } = this;
    const value = numberOf(event.value);
    if (value === undefined) return undefined;
    if (current.last_us !== null && event.timeUs <= current.last_us) {
      window.insertLate(event.timeUs, value, current.last_us);
      return undefined;
    }
    window.advance(event.timeUs, value);
    const figure = window.size < this.rule.minSamples ? Number.NaN : window.value();
    if (!Number.isFinite(figure)) {
      current.last_us = event.timeUs;
      return undefined;
    }
    derived.key = event.key;
    derived.value = figure;
    derived.timeUs = event.timeUs;
    derived.arrivedAtMs = event.arrivedAtMs;
    return derived;
  }
}

/** A boolean counts as 0 or 1, so that an average is the share of true ones; text has no figure. */
function numberOf(value: PointValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}
