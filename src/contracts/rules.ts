import { z } from 'zod';
import { clearValueProblem, OPERATORS, SEVERITIES, TRANSITION_KINDS } from './rule-terms.ts';

export { clearValueProblem, OPERATORS, SEVERITIES, TRANSITION_KINDS } from './rule-terms.ts';
export type { Operator, Severity, TransitionKind } from './rule-terms.ts';

/** When does a threshold rule hold: `key operator value`, for `duration_seconds`, until `clear_value` is crossed back. */
export const thresholdConditionsSchema = z
  .object({
    key: z.string().min(1).max(100),
    operator: z.enum(OPERATORS),
    value: z.number(),
    duration_seconds: z
      .number()
      .min(0)
      .max(86_400 * 31)
      .optional(),
    clear_value: z.number().optional(),
  })
  .superRefine((conditions, context) => {
    const problem = clearValueProblem(conditions);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['clear_value'], message: problem });
  })
  .meta({ id: 'ThresholdConditions' });
export type ThresholdConditions = z.infer<typeof thresholdConditionsSchema>;

/** Which devices a rule is for: one, or all of a type and/or location, or (blank) all. */
export const ruleScopeSchema = z
  .object({ device_id: z.string().optional(), device_type: z.string().optional(), location: z.string().optional() })
  .meta({ id: 'RuleScope' });
export type RuleScope = z.infer<typeof ruleScopeSchema>;

/** A rule as the engine runs it, whether wired on a canvas or (later) stored through the API. */
export const ruleDefinitionSchema = z
  .object({
    rule_id: z.string(),
    version: z.int().min(1),
    name: z.string().min(1).max(200),
    rule_type: z.literal('threshold'),
    scope: ruleScopeSchema,
    conditions: thresholdConditionsSchema,
    severity: z.enum(SEVERITIES),
    message: z.string().max(2_000),
  })
  .meta({ id: 'RuleDefinition' });
export type RuleDefinition = z.infer<typeof ruleDefinitionSchema>;

/**
 * `msg.alert` on the wires behind a rule node: what a rule decided for one device. Recorded with the rule's state in one
 * transaction before it is sent; the alert node applies it once, however often it arrives (by `id`).
 */
export const ruleTransitionSchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    kind: z.enum(TRANSITION_KINDS),
    rule_id: z.string(),
    rule_version: z.int(),
    rule_name: z.string(),
    device_id: z.string(),
    key: z.string(),
    severity: z.enum(SEVERITIES),
    message: z.string(),
    value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    threshold: z.number().nullable(),
    unit: z.string().nullable(),
    /** How many violating readings this transition stands for (1 for `raised`, the count since the last one for `repeated`). */
    occurrences: z.int().min(0),
    /** Event time of the decision, ISO 8601 UTC. */
    at: z.string(),
    /** Event time since which the condition holds (raised, repeated) or no longer holds (cleared). */
    since: z.string(),
    /** When the platform knew, ISO 8601 UTC. */
    known_at: z.string(),
  })
  .meta({ id: 'RuleTransition' });
export type RuleTransition = z.infer<typeof ruleTransitionSchema>;
