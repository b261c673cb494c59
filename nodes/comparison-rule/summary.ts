import { DEFAULT_TOLERANCE_SECONDS } from '../../src/contracts/rule-terms.ts';
import { readConfig } from '../shared/node-config.ts';
import type { StoredFields } from '../shared/node-config.ts';
import {
  alertInWords,
  CLEARED,
  durationInWords,
  forInWords,
  OPERATOR_WORDS,
  scopeInWords,
  sharedInWords,
  withUnit,
} from '../shared/rule-words.ts';
import { comparisonRuleConfig } from './comparison-rule.config.ts';
import type { ComparisonRuleConfig } from './comparison-rule.config.ts';

/** The rule as a sentence: what raises an alert, and what clears it. A rule that is not finished says so. */
export function summaryOf(fields: StoredFields): string {
  const read = readConfig(comparisonRuleConfig, fields);
  if (!read.ok) return 'The rule is not complete yet: look at the fields marked below.';
  const rule = read.config;
  const left = `${rule.key} of ${scopeInWords(rule)}`;
  const condition = `${left} is ${OPERATOR_WORDS[rule.operator]} ${otherSide(rule)}${forInWords(rule.durationSeconds)}`;
  const tolerance = durationInWords(rule.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS);
  const readings = ` It compares readings that are at most ${tolerance} apart.`;
  return `Raises ${alertInWords(rule)} alert when ${condition}. ${clearing(rule)}${readings}${sharedInWords(rule)}`;
}

function otherSide({ rightKey, rightDeviceId, offset = 0, unit }: ComparisonRuleConfig): string {
  const device = rightDeviceId === '' ? 'of the same device' : `of ${rightDeviceId}`;
  return `${rightKey} ${device}${plusInWords(offset, unit)}`;
}

function clearing({ operator, rightKey, clearOffset, unit }: ComparisonRuleConfig): string {
  if (clearOffset === undefined) return 'It clears as soon as that is no longer so.';
  return `It clears ${CLEARED[operator]} ${rightKey}${plusInWords(clearOffset, unit)}.`;
}

function plusInWords(offset: number, unit: string): string {
  if (offset === 0) return '';
  return ` ${offset < 0 ? 'minus' : 'plus'} ${withUnit(Math.abs(offset), unit)}`;
}
