import type { ExplanationStep } from '../../contracts/backtest.ts';
import { DEFAULT_TOLERANCE_SECONDS, fewestSamples, windowSecondsOf } from '../../contracts/rule-terms.ts';
import type { ComparisonConditions, StatisticalConditions, ThresholdConditions } from '../../contracts/rules.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import { Readings } from '../readings.ts';
import { SlidingWindow } from '../statistical/window.ts';
import type { LimitCase, LookedAt } from './limit-rehearsal.ts';
import { instantText, secondsText, step, usText, valueText } from './words.ts';

/** What is compared with which limit, and the steps that lead there. */
export interface Compared {
  steps: ExplanationStep[];
  limit: LimitConditions;
  /** Undefined when there is nothing to compare. */
  figure: number | undefined;
  /** The comparison in words, without whether it holds. */
  sentence: string;
}

/** What the rule compares at the instant that is judged. */
export function comparedWith(found: LimitCase): Compared {
  const { rule } = found;
  switch (rule.rule_type) {
    case 'threshold':
      return reading(rule.conditions, found);
    case 'comparison':
      return difference(rule.conditions, found);
    case 'statistical':
      return windowFigure(rule.conditions, found);
  }
}

function reading(conditions: ThresholdConditions, { lookedAt }: LimitCase): Compared {
  const [input] = lookedAt;
  const value = input?.reading?.value ?? null;
  const { operator, value: limit } = conditions;
  const sentence = `The limit is "${operator} ${valueText(limit)}": ${valueText(value, unitOf(input))} ${operator} ${valueText(limit, unitOf(input))}.`;
  return { steps: [], limit: conditions, figure: value === null ? undefined : Number(value), sentence };
}

function difference(conditions: ComparisonConditions, { lookedAt, judgedUs }: LimitCase): Compared {
  const { operator, offset = 0, clear_offset: clearOffset, duration_seconds: seconds, tolerance_seconds: tolerance } = conditions;
  const toleranceSeconds = tolerance ?? DEFAULT_TOLERANCE_SECONDS;
  const limit: LimitConditions = {
    operator,
    value: offset,
    ...(clearOffset === undefined ? {} : { clear_value: clearOffset }),
    ...(seconds === undefined ? {} : { duration_seconds: seconds }),
  };
  const [left, right] = lookedAt;
  if (left?.reading === undefined || right?.reading === undefined) return { steps: [], limit, figure: undefined, sentence: '' };
  const steps = [left, right].map((side) => toleranceStep(side, judgedUs, toleranceSeconds));
  const [leftValue, rightValue] = [Number(left.reading.value), Number(right.reading.value)];
  const added = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${valueText(Math.abs(offset))}`;
  const sentence = `${valueText(leftValue, unitOf(left))} ${operator} ${valueText(rightValue, unitOf(right))}${added}, that is a difference of ${valueText(leftValue - rightValue, unitOf(left))}.`;
  return { steps, limit, figure: leftValue - rightValue, sentence };
}

function toleranceStep({ key, deviceId, reading: of }: LookedAt, judgedUs: number, toleranceSeconds: number): ExplanationStep {
  const ageUs = judgedUs - (of?.timeUs ?? judgedUs);
  const side = `The reading of "${key}" of "${deviceId}" is ${ageUs <= 0 ? 'of the same time' : `${usText(ageUs)} older than the other side`}`;
  return ageUs > toleranceSeconds * 1_000_000
    ? step('tolerance', 'stopped', `${side}; the rule compares up to ${secondsText(toleranceSeconds)}.`)
    : step('tolerance', 'passed', `${side}, within the ${secondsText(toleranceSeconds)} that the rule allows.`);
}

function windowFigure(conditions: StatisticalConditions, found: LimitCase): Compared {
  const { function: statistic, window, operator, value: limitValue } = conditions;
  const { rehearsal, rule, judgedUs } = found;
  const [input] = rehearsal.inputs;
  const seconds = windowSecondsOf(window) ?? 0;
  const good = [...(input?.past ?? []), ...(input?.given ?? [])].flatMap(({ timeUs, value, quality }) =>
    typeof value === 'string' || quality < (rule.min_quality ?? 0) ? [] : [{ timeUs, value: Number(value), quality }],
  );
  const readings = new Readings(seconds * 1_000);
  readings.prime(good, 'number');
  const sliding = new SlidingWindow(statistic, Math.round(seconds * 1_000_000), readings);
  sliding.moveTo(judgedUs);
  const wanted = Math.max(conditions.min_samples ?? 1, fewestSamples(statistic));
  const count = `${String(sliding.size)} ${sliding.size === 1 ? 'reading' : 'readings'} in the ${secondsText(seconds)} up to ${instantText(judgedUs)}`;
  if (sliding.size < wanted) {
    const text = `There ${sliding.size === 1 ? 'is' : 'are'} ${count}; ${String(wanted)} are needed, so nothing is judged.`;
    return { steps: [step('window', 'stopped', text)], limit: conditions, figure: undefined, sentence: '' };
  }
  const figure = sliding.value();
  const unit = statistic === 'count' ? null : statistic === 'rate' && input?.unit ? `${input.unit}/s` : (input?.unit ?? null);
  const steps = [step('window', 'passed', `Of ${count}, "${statistic}" is ${valueText(figure, unit)}.`)];
  const sentence = `The limit is "${operator} ${valueText(limitValue)}": ${valueText(figure, unit)} ${operator} ${valueText(limitValue, unit)}.`;
  return { steps, limit: conditions, figure, sentence };
}

function unitOf(input: LookedAt | undefined): string | null {
  return input?.unit ?? null;
}
