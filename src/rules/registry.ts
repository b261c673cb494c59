import type { RuleDefinition } from '../contracts/rules.ts';
import type { JudgeFactory } from './judge.ts';
import { judgeFactory } from './judge.ts';
import { thresholdEvaluator } from './threshold/index.ts';

interface RuleType {
  /** Binds the evaluator to the conditions of a rule. */
  factory: (rule: Pick<RuleDefinition, 'conditions'>) => JudgeFactory;
  /** The limit as alerts and messages show it; null for types that have none. */
  threshold: (rule: Pick<RuleDefinition, 'conditions'>) => number | null;
}

/** Every rule type, one line each. */
const RULE_TYPES: Record<RuleDefinition['rule_type'], RuleType> = {
  threshold: { factory: (rule) => judgeFactory(thresholdEvaluator, rule.conditions), threshold: (rule) => rule.conditions.value },
};

/** What judges the devices of a rule. */
export function judgeFactoryOf(rule: Pick<RuleDefinition, 'rule_type' | 'conditions'>): JudgeFactory {
  return RULE_TYPES[rule.rule_type].factory(rule);
}

/** The limit of a rule as alerts and messages show it; null for rule types that have none. */
export function thresholdOf(rule: Pick<RuleDefinition, 'rule_type' | 'conditions'>): number | null {
  return RULE_TYPES[rule.rule_type].threshold(rule);
}
