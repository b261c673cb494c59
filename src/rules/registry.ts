import type { AuthoredRule } from '../contracts/rules.ts';
import type { JudgeFactory } from './judge.ts';
import { judgeFactory } from './judge.ts';
import { raiseGateOf } from './raise-gate.ts';
import { statisticalFactory } from './statistical/index.ts';
import { thresholdEvaluator } from './threshold/index.ts';
import { withQuality } from './with-quality.ts';

/** What judges the devices of a rule. */
export function judgeFactoryOf(rule: AuthoredRule): JudgeFactory {
  return withQuality(factoryOf(rule), rule.min_quality);
}

/** Every rule type, one line each. */
function factoryOf(rule: AuthoredRule): JudgeFactory {
  const gate = raiseGateOf(rule);
  switch (rule.rule_type) {
    case 'threshold':
      return judgeFactory(thresholdEvaluator, { ...rule.conditions, gate });
    case 'statistical':
      return statisticalFactory(rule.conditions, gate);
  }
}

/** The limit of a rule as alerts and messages show it; null for rule types that have none. */
export function thresholdOf(rule: AuthoredRule): number | null {
  return rule.conditions.value;
}
