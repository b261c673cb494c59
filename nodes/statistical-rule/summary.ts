import { windowSecondsOf } from '../../src/contracts/rule-terms.ts';
import type { Statistic } from '../../src/contracts/rule-terms.ts';
import { readConfig } from '../shared/node-config.ts';
import type { StoredFields } from '../shared/node-config.ts';
import {
  alertInWords,
  clearingInWords,
  durationInWords,
  OPERATOR_WORDS,
  scopeInWords,
  sharedInWords,
  withUnit,
} from '../shared/rule-words.ts';
import { figureUnit, statisticalRuleConfig } from './statistical-rule.config.ts';

const WORDS: Readonly<Record<Statistic, string>> = {
  avg: 'the average of',
  min: 'the smallest',
  max: 'the largest',
  stddev: 'the standard deviation of',
  sum: 'the sum of',
  count: 'the number of readings of',
  median: 'the median of',
  p95: 'the 95th percentile of',
  rate: 'the rate of change per second of',
};

/** The rule as a sentence: what raises an alert, and what clears it. A rule that is not finished says so. */
export function summaryOf(fields: StoredFields): string {
  const read = readConfig(statisticalRuleConfig, fields);
  if (!read.ok) return 'The rule is not complete yet: look at the fields marked below.';
  const rule = read.config;
  const unit = figureUnit(rule.statistic, rule.unit);
  const window = durationInWords(windowSecondsOf(rule.window) ?? 0);
  const figure = `${WORDS[rule.statistic]} ${rule.key} of ${scopeInWords(rule)} over the last ${window}`;
  const samples = rule.minSamples === undefined ? '' : ` (from ${String(rule.minSamples)} readings on)`;
  const condition = `${figure}${samples} is ${OPERATOR_WORDS[rule.operator]} ${withUnit(rule.value, unit)}`;
  return `Raises ${alertInWords(rule)} alert when ${condition}. ${clearingInWords({ ...rule, unit })}${sharedInWords(rule)}`;
}
