/*
 * The words and the arithmetic of rules that the editor's forms need too: kept free of zod, which would be 450 KB in every form.
 */

/** How urgent an alert is, the least urgent first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How a value is compared with its limit; the value stands on the left. */
export const OPERATORS = ['>', '<', '>=', '<=', '==', '!='] as const;
export type Operator = (typeof OPERATORS)[number];

/** Why a clear value is on the wrong side of its limit, or undefined when it is not. */
export function clearValueProblem(conditions: { operator: Operator; value: number; clear_value?: number | undefined }): string | undefined {
  const { operator, value, clear_value: clearValue } = conditions;
  if (clearValue === undefined) return undefined;
  if ((operator === '>' || operator === '>=') && clearValue > value) {
    return `The clear value ${String(clearValue)} is above the limit ${String(value)}; with "${operator}" it must be at or below it.`;
  }
  if ((operator === '<' || operator === '<=') && clearValue < value) {
    return `The clear value ${String(clearValue)} is below the limit ${String(value)}; with "${operator}" it must be at or above it.`;
  }
  if (operator === '==' || operator === '!=') return `A clear value has no meaning with "${operator}"; leave it blank.`;
  return undefined;
}

/** What can happen to the condition of a rule on a device: it begins, it is seen again, it ends. */
export const TRANSITION_KINDS = ['raised', 'repeated', 'cleared'] as const;
export type TransitionKind = (typeof TRANSITION_KINDS)[number];
