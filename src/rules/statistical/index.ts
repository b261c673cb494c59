import { fewestSamples, windowSecondsOf } from '../../contracts/rule-terms.ts';
import type { StatisticalConditions } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import type { JudgeFactory } from '../judge.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import type { Derivation, Derived } from '../limit/derivation.ts';
import { limitFactory } from '../limit/factory.ts';
import type { RuleFrame } from '../limit/factory.ts';
import type { Readings } from '../readings.ts';
import type { PointEvent, RuleDecision } from '../types.ts';
import { SlidingWindow } from './window.ts';

/** The rule type `statistical` (REQUIREMENTS, section 7): a figure over the last readings against a limit. */
export function statisticalFactory(conditions: StatisticalConditions, frame: RuleFrame): JudgeFactory {
  const { operator, value, clear_value } = conditions;
  const windowMs = (windowSecondsOf(conditions.window) ?? 0) * 1_000;
  // A window without readings has no figure, so a timer cannot say that it still holds.
  const common = { operator, value, gate: frame.gate, longestGapMs: windowMs };
  const limit: LimitConditions = { ...common, ...(clear_value === undefined ? {} : { clear_value }) };
  return limitFactory(frame, {
    limit,
    inputs: [{ key: conditions.key, deviceId: undefined }],
    windowMs,
    threshold: value,
    subject: conditions.key,
    unitOf: (unit) => unitOf(conditions, unit),
    derivation: ([readings]) => new WindowFigure(conditions, readings),
  });
}

function unitOf({ function: statistic }: StatisticalConditions, unit: string | null): string | null {
  if (statistic === 'count') return null;
  return statistic === 'rate' && unit !== null ? `${unit}/s` : unit;
}

/**
 * The figure of the window at each reading, once the window has enough of them. A late reading counts in every figure from its own time
 * on; the windows of what was judged after it are computed anew.
 */
class WindowFigure implements Derivation {
  private readonly conditions: StatisticalConditions;
  private readonly readings: Readings;
  private readonly window: SlidingWindow;
  private readonly minSamples: number;
  private readonly derived: Derived = { timeUs: 0, value: 0 };

  constructor(conditions: StatisticalConditions, readings: Readings) {
    this.conditions = conditions;
    this.readings = readings;
    this.minSamples = Math.max(conditions.min_samples ?? 1, fewestSamples(conditions.function));
    const windowUs = Math.round((windowSecondsOf(conditions.window) ?? 0) * 1_000_000);
    this.window = new SlidingWindow(conditions.function, windowUs, readings);
  }

  /** A boolean counts as 0 or 1, so that an average is the share of true ones; text has no figure. */
  takes(value: PointValue): boolean {
    return typeof value !== 'string';
  }

  next(_input: number, event: PointEvent): Derived | undefined {
    return this.figureAt(event.timeUs);
  }

  covers(): boolean {
    return false;
  }

  again(afterUs: number, throughUs: number, each: (derived: Derived) => void): void {
    for (let place = this.readings.placeAfter(afterUs); place < this.readings.size; place += 1) {
      const timeUs = this.readings.timeAt(place);
      if (timeUs > throughUs) return;
      const derived = this.figureAt(timeUs);
      if (derived !== undefined) each(derived);
    }
  }

  /** The newest reading of the window stands for all of them. */
  describe(decision: RuleDecision, comparedUs: number): RuleDecision {
    const place = this.readings.placeAfter(comparedUs) - 1;
    const value = place < 0 ? null : this.readings.valueAt(place);
    return { ...decision, inputs: [{ input: 0, value, atUs: comparedUs }] };
  }

  private figureAt(timeUs: number): Derived | undefined {
    const { window } = this;
    window.moveTo(timeUs);
    const figure = window.size < this.minSamples ? Number.NaN : window.value();
    if (!Number.isFinite(figure)) return undefined;
    this.derived.timeUs = timeUs;
    this.derived.value = figure;
    return this.derived;
  }
}
