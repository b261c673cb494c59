import type { ExplanationStep } from '../../contracts/backtest.ts';
import { DEFAULT_TOLERANCE_SECONDS, fewestSamples, windowSecondsOf } from '../../contracts/rule-terms.ts';
import type { ComparisonConditions, StatisticalConditions, ThresholdConditions } from '../../contracts/rules.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import { Readings } from '../readings.ts';
import { SlidingWindow } from '../statistical/window.ts';
import type { LimitCase, LookedAt } from './limit-rehearsal.ts';
import type { Reading } from './rehearsal.ts';
import type { ReadingFacts } from './words/facts.ts';
import { step } from './words/words.ts';
import type { Words } from './words/words.ts';

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

function reading(conditions: ThresholdConditions, { lookedAt, words }: LimitCase): Compared {
  const [input] = lookedAt;
  const value = input?.reading?.value ?? null;
  const { operator, value: limit } = conditions;
  const sentence = words.say.compared.limit({ figure: value, operator, limit, unit: input?.unit ?? null });
  return { steps: [], limit: conditions, figure: value === null ? undefined : Number(value), sentence };
}

function difference(conditions: ComparisonConditions, { lookedAt, judgedUs, words }: LimitCase): Compared {
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
  const sides = [factsOf(left, left.reading), factsOf(right, right.reading)] as const;
  const steps = sides.map((side) => toleranceStep(side, judgedUs - side.atUs, toleranceSeconds, words));
  const sentence = words.say.compared.difference(sides[0], operator, sides[1], offset);
  return { steps, limit, figure: Number(sides[0].value) - Number(sides[1].value), sentence };
}

function factsOf({ key, deviceId, unit }: LookedAt, { value, timeUs }: Reading): ReadingFacts {
  return { key, deviceId, unit, value: Number(value), atUs: timeUs };
}

function toleranceStep(side: ReadingFacts, ageUs: number, toleranceSeconds: number, { say }: Words): ExplanationStep {
  const isWithin = ageUs <= toleranceSeconds * 1_000_000;
  return step('tolerance', isWithin ? 'passed' : 'stopped', say.compared.apart(side, ageUs, { seconds: toleranceSeconds, isWithin }));
}

function windowFigure(conditions: StatisticalConditions, found: LimitCase): Compared {
  const { function: statistic, window, operator, value: limitValue } = conditions;
  const { rehearsal, rule, judgedUs, words } = found;
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
  const facts = { size: sliding.size, seconds, untilUs: judgedUs };
  if (sliding.size < wanted) {
    return {
      steps: [step('window', 'stopped', words.say.compared.tooFew(facts, wanted))],
      limit: conditions,
      figure: undefined,
      sentence: '',
    };
  }
  const figure = sliding.value();
  const unit = statistic === 'count' ? null : statistic === 'rate' && input?.unit ? `${input.unit}/s` : (input?.unit ?? null);
  const steps = [step('window', 'passed', words.say.compared.figure(facts, statistic, figure, unit))];
  const sentence = words.say.compared.limit({ figure, operator, limit: limitValue, unit });
  return { steps, limit: conditions, figure, sentence };
}
