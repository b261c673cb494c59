import type { RuleDefinition } from '../contracts/rules.ts';
import type { JudgeFactory } from './judge.ts';
import { judgeFactory } from './judge.ts';
import { thresholdEvaluator } from './threshold/index.ts';

/** Every rule type: the judge factory of a rule, by its `rule_type`. */
export function judgeFactoryOf(rule: Pick<RuleDefinition, 'rule_type' | 'conditions'>): JudgeFactory {
  switch (rule.rule_type) {
    case 'threshold':
      return judgeFactory(thresholdEvaluator, rule.conditions);
  }
}

/** The limit of a rule as alerts and messages show it; null for rule types that have none. */
export function thresholdOf(rule: Pick<RuleDefinition, 'rule_type' | 'conditions'>): number | null {
  switch (rule.rule_type) {
    case 'threshold':
      return rule.conditions.value;
  }
}
