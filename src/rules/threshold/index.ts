import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { JudgeFactory } from '../judge.ts';
import { comparable } from '../limit/compare.ts';
import { PlainReadings } from '../limit/derivation.ts';
import { limitFactory } from '../limit/factory.ts';
import type { RuleFrame } from '../limit/factory.ts';

/** The rule type `threshold` (REQUIREMENTS, section 7): readings against a limit. */
export function thresholdFactory(conditions: ThresholdConditions, frame: RuleFrame): JudgeFactory {
  const { key, operator, value } = conditions;
  return limitFactory(frame, {
    limit: { ...conditions, gate: frame.gate },
    inputs: [{ key, deviceId: undefined }],
    windowMs: 0,
    threshold: value,
    subject: key,
    unitOf: (unit) => unit,
    derivation: ([readings]) => new PlainReadings(readings, (reading) => comparable(operator, reading) !== undefined),
  });
}
