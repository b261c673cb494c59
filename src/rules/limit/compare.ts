import type { Operator } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import type { LimitConditions } from './conditions.ts';

/**
 * The number to compare, or undefined when the value cannot be judged: text never; a boolean counts as 0 or 1 for `==` and `!=` only,
 * because "greater than true" is more likely a mistake than a wish.
 */
export function comparable(operator: Operator, value: PointValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' && (operator === '==' || operator === '!=')) return value ? 1 : 0;
  return undefined;
}

/** Whether `value operator limit` holds. */
export function holds(operator: Operator, value: number, limit: number): boolean {
  switch (operator) {
    case '>':
      return value > limit;
    case '<':
      return value < limit;
    case '>=':
      return value >= limit;
    case '<=':
      return value <= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

/** Whether an active rule stays active at `value`: with a clear value until `value operator clear_value` no longer holds. */
export function staysActive(conditions: LimitConditions, value: number): boolean {
  return holds(conditions.operator, value, conditions.clear_value ?? conditions.value);
}
