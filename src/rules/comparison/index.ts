import { DEFAULT_TOLERANCE_SECONDS } from '../../contracts/rule-terms.ts';
import type { ComparisonConditions, Operator } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import type { JudgeFactory } from '../judge.ts';
import { comparable } from '../limit/compare.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import type { Derivation, Derived } from '../limit/derivation.ts';
import { limitFactory } from '../limit/factory.ts';
import type { RuleFrame } from '../limit/factory.ts';
import type { Readings } from '../readings.ts';
import type { DecidedOn, PointEvent, RuleDecision } from '../types.ts';

const MESSAGE = '{{device.name}}: {{key}} is {{value}} {{unit}} (compared with {{threshold}})';

/**
 * The rule type `comparison` (REQUIREMENTS, section 7): one quantity against another, of the same device or of two. The difference of the
 * two is what the limit, `offset`, is for: `left operator right + offset`.
 */
export function comparisonFactory(conditions: ComparisonConditions, frame: RuleFrame): JudgeFactory {
  const { left, operator, right, offset = 0, clear_offset, duration_seconds, tolerance_seconds: tolerance } = conditions;
  const toleranceMs = (tolerance ?? DEFAULT_TOLERANCE_SECONDS) * 1_000;
  const limit: LimitConditions = {
    operator,
    value: offset,
    gate: frame.gate,
    ...(clear_offset === undefined ? {} : { clear_value: clear_offset }),
    ...(duration_seconds === undefined ? {} : { duration_seconds }),
    longestGapMs: toleranceMs,
  };
  return limitFactory(frame, {
    limit,
    inputs: [
      { key: left.key, deviceId: undefined },
      { key: right.key, deviceId: given(right.device_id) },
    ],
    // A timer decides on a comparison that is as old as the tolerance, and that on a reading as old again.
    windowMs: 2 * toleranceMs,
    threshold: null,
    subject: left.key,
    onlyDevice: given(left.device_id),
    notDevice: left.key === right.key ? given(right.device_id) : undefined,
    defaultMessage: MESSAGE,
    unitOf: (unit) => unit,
    derivation: (sides) => new Difference({ operator, offset, toleranceUs: toleranceMs * 1_000 }, sides),
  });
}

/** A form leaves an empty text where nothing was chosen. */
function given(deviceId: string | undefined): string | undefined {
  return deviceId === '' ? undefined : deviceId;
}

/**
 * Left minus right, at each reading of either side, with the newest reading of the other side up to then; nothing while that is missing or
 * older than the tolerance.
 */
class Difference implements Derivation {
  private readonly rule: { operator: Operator; offset: number; toleranceUs: number };
  private readonly sides: readonly [Readings, Readings];
  private readonly derived: Derived = { timeUs: 0, value: 0 };
  /** The instant of the newest comparison, and which sides had a reading of that instant. */
  private comparedUs = -Infinity;
  private readonly present: [boolean, boolean] = [false, false];

  constructor(rule: { operator: Operator; offset: number; toleranceUs: number }, sides: readonly [Readings, Readings]) {
    this.rule = rule;
    this.sides = sides;
  }

  takes(value: PointValue): boolean {
    return comparable(this.rule.operator, value) !== undefined;
  }

  next(_input: number, event: PointEvent): Derived | undefined {
    const { sides, present } = this;
    const { timeUs } = event;
    this.comparedUs = timeUs;
    present[0] = newestUs(sides[0], timeUs) === timeUs;
    present[1] = newestUs(sides[1], timeUs) === timeUs;
    return this.differenceAt(timeUs);
  }

  covers(input: number, timeUs: number): boolean {
    return this.comparedUs === timeUs && this.present[input === 0 ? 0 : 1];
  }

  again(afterUs: number, throughUs: number, each: (derived: Derived) => void): void {
    for (const timeUs of instants(this.sides, afterUs, throughUs)) {
      const derived = this.differenceAt(timeUs);
      if (derived !== undefined) each(derived);
    }
  }

  /** The value of the left side, and what it was compared with: the right side with its offset. */
  describe(decision: RuleDecision, comparedUs: number): RuleDecision {
    const [left, right] = this.sides.map((side, input): DecidedOn => {
      const place = side.placeAfter(comparedUs) - 1;
      return place < 0 ? { input, value: null, atUs: comparedUs } : { input, value: side.valueAt(place), atUs: side.timeAt(place) };
    });
    if (left === undefined || right === undefined) return decision;
    const threshold = right.value === null ? null : Number(right.value) + this.rule.offset;
    return { ...decision, value: left.value, threshold, inputs: [left, right] };
  }

  private differenceAt(timeUs: number): Derived | undefined {
    const [left, right] = this.sides;
    const leftPlace = left.placeAfter(timeUs) - 1;
    const rightPlace = right.placeAfter(timeUs) - 1;
    if (leftPlace < 0 || rightPlace < 0) return undefined;
    if (timeUs - Math.min(left.timeAt(leftPlace), right.timeAt(rightPlace)) > this.rule.toleranceUs) return undefined;
    const { operator } = this.rule;
    const leftNumber = comparable(operator, left.valueAt(leftPlace));
    const rightNumber = comparable(operator, right.valueAt(rightPlace));
    if (leftNumber === undefined || rightNumber === undefined) return undefined;
    this.derived.timeUs = timeUs;
    this.derived.value = leftNumber - rightNumber;
    return this.derived;
  }
}

function newestUs(side: Readings, throughUs: number): number {
  return side.timeAt(side.placeAfter(throughUs) - 1);
}

/** The times of both sides in order, each once. */
function* instants([left, right]: readonly [Readings, Readings], afterUs: number, throughUs: number): Generator<number> {
  let leftPlace = left.placeAfter(afterUs);
  let rightPlace = right.placeAfter(afterUs);
  for (;;) {
    const leftUs = leftPlace < left.size ? left.timeAt(leftPlace) : Infinity;
    const rightUs = rightPlace < right.size ? right.timeAt(rightPlace) : Infinity;
    const timeUs = Math.min(leftUs, rightUs);
    if (timeUs > throughUs || timeUs === Infinity) return;
    if (leftUs === timeUs) leftPlace += 1;
    if (rightUs === timeUs) rightPlace += 1;
    yield timeUs;
  }
}
