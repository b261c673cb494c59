import { DEFAULT_LATENESS_SECONDS } from '../contracts/rule-terms.ts';
import type { AuthoredRule } from '../contracts/rules.ts';
import { comparisonFactory } from './comparison/index.ts';
import type { JudgeFactory } from './judge.ts';
import { raiseGateOf } from './raise-gate.ts';
import { scheduleFactory } from './schedule/index.ts';
import { statisticalFactory } from './statistical/index.ts';
import { thresholdFactory } from './threshold/index.ts';

/** What judges the devices of a rule. Every rule type, one line each. */
export function judgeFactoryOf(rule: AuthoredRule): JudgeFactory {
  const latenessMs = (rule.lateness_seconds ?? DEFAULT_LATENESS_SECONDS) * 1_000;
  const frame = { gate: raiseGateOf(rule), latenessMs, minQuality: rule.min_quality ?? 0 };
  switch (rule.rule_type) {
    case 'threshold':
      return thresholdFactory(rule.conditions, frame);
    case 'comparison':
      return comparisonFactory(rule.conditions, frame);
    case 'schedule':
      return scheduleFactory(rule.conditions, frame);
    case 'statistical':
      return statisticalFactory(rule.conditions, frame);
  }
}
