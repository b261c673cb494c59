import { readConfig } from '../shared/node-config.ts';
import type { StoredFields } from '../shared/node-config.ts';
import { alertInWords, clearingInWords, forInWords, OPERATOR_WORDS, scopeInWords, sharedInWords, withUnit } from '../shared/rule-words.ts';
import { thresholdRuleConfig } from './threshold-rule.config.ts';

/** The rule as a sentence: what raises an alert, and what clears it. A rule that is not finished says so. */
export function summaryOf(fields: StoredFields): string {
  const read = readConfig(thresholdRuleConfig, fields);
  if (!read.ok) return 'The rule is not complete yet: look at the fields marked below.';
  const rule = read.config;
  const condition = `${rule.key} of ${scopeInWords(rule)} is ${OPERATOR_WORDS[rule.operator]} ${withUnit(rule.value, rule.unit)}${forInWords(rule.durationSeconds)}`;
  return `Raises ${alertInWords(rule)} alert when ${condition}. ${clearingInWords(rule)}${sharedInWords(rule)}`;
}
