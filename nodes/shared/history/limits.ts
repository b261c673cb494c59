import type { BacktestSeries } from '../../../src/contracts/backtest.ts';
import type { AuthoredRule } from '../../../src/contracts/rules.ts';

/** Where a rule raises and (when it has hysteresis) where it clears; both are levels or, over another quantity, distances from it. */
export interface Limit {
  value: number;
  clear: number | undefined;
}

/** The limit of a rule as a chart shows it, and what it is measured from; undefined for rules that compare nothing. */
export function limitOf(rule: AuthoredRule): { limit: Limit; base: 'zero' | 'other quantity' } | undefined {
  switch (rule.rule_type) {
    case 'threshold':
    case 'statistical': {
      const { value, clear_value: clear } = rule.conditions;
      return { limit: { value, clear: otherThan(value, clear) }, base: 'zero' };
    }
    case 'comparison': {
      const { offset = 0, clear_offset: clear } = rule.conditions;
      return { limit: { value: offset, clear: otherThan(offset, clear) }, base: 'other quantity' };
    }
    case 'schedule':
      return undefined;
  }
}

/** The quantity that a rule judges, which a device must have; undefined for a schedule that looks at none. */
export function keyOf(rule: AuthoredRule): string | undefined {
  switch (rule.rule_type) {
    case 'threshold':
    case 'statistical':
      return rule.conditions.key;
    case 'comparison':
      return rule.conditions.left.key;
    case 'schedule':
      return rule.conditions.key;
  }
}

/** What a curve is in the picture of its rule. */
export type CurveRole =
  /** What is compared with the limit. */
  | 'main'
  /** The readings behind a figure. */
  | 'behind'
  /** The other side of a comparison. */
  | 'other'
  /** The figure of the rule compared with. */
  | 'former'
  /** Told at the pointer, not drawn. */
  | 'told';

/** What a curve is in the picture of a rule. */
export function roleOf(rule: AuthoredRule, series: BacktestSeries): CurveRole {
  if (rule.rule_type === 'statistical') {
    return series.of === 'figure' ? 'main' : series.of === 'compared_figure' ? 'former' : 'behind';
  }
  // The difference of two quantities has a scale of its own; the two themselves and the limit between them show the same.
  if (series.of !== 'reading') return 'told';
  if (rule.rule_type !== 'comparison') return 'main';
  const { left, right } = rule.conditions;
  const isLeft = series.key === left.key && (right.key !== left.key || series.device_id !== right.device_id);
  return isLeft ? 'main' : 'other';
}

/** Whether two rules may decide differently. Name, message and severity say how an alert is told, not when there is one. */
export function judgesAlike(one: AuthoredRule, other: AuthoredRule): boolean {
  return JSON.stringify(decisive(one)) === JSON.stringify(decisive(other));
}

function decisive(rule: AuthoredRule): unknown {
  return sorted({ ...rule, name: '', message: '', severity: '' });
}

/** The same with its fields in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, sorted(each)]));
}

/** A clear value that is the limit itself leaves no band between them. */
function otherThan(value: number, clear: number | undefined): number | undefined {
  return clear === value ? undefined : clear;
}
