import { z } from 'zod';
import {
  activeHoursProblem,
  clearValueProblem,
  fewestSamples,
  LONGEST_COOLDOWN_SECONDS,
  MOST_SAMPLES,
  OPERATORS,
  SEVERITIES,
  STATISTICS,
  TIME_OF_DAY,
  TRANSITION_KINDS,
  WEEKDAYS,
  windowProblem,
} from './rule-terms.ts';

export { clearValueProblem, OPERATORS, SEVERITIES, TRANSITION_KINDS } from './rule-terms.ts';
export type { Operator, Severity, Statistic, TransitionKind, Weekday } from './rule-terms.ts';

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

/** When does a statistical rule hold: `function` of the readings of `key` within the last `window`, compared with `value`. */
export const statisticalConditionsSchema = z
  .object({
    key: z.string().min(1).max(100),
    function: z.enum(STATISTICS),
    window: z
      .union([z.number(), z.string().max(20)])
      .meta({ description: 'Seconds, or text such as "5m" or "1h"; at most seven days', examples: ['1h'] }),
    operator: z.enum(OPERATORS),
    value: z.number(),
    clear_value: z.number().optional(),
    min_samples: z.int().min(1).max(MOST_SAMPLES).optional(),
  })
  .superRefine((conditions, context) => {
    const { window, min_samples: minSamples } = conditions;
    const add = (field: string, message: string | undefined): void => {
      if (message !== undefined) context.addIssue({ code: 'custom', path: [field], message });
    };
    add('clear_value', clearValueProblem(conditions));
    add('window', windowProblem(window));
    const fewest = fewestSamples(conditions.function);
    if (minSamples !== undefined && minSamples < fewest) {
      add('min_samples', `"${conditions.function}" needs at least ${String(fewest)} readings; enter ${String(fewest)} or more.`);
    }
  })
  .meta({ id: 'StatisticalConditions' });
export type StatisticalConditions = z.infer<typeof statisticalConditionsSchema>;

/** When a rule may raise, by the clock on the wall of a place: on these days (blank: every day), from and to these times of day. */
export const activeHoursSchema = z
  .object({
    timezone: z.string().min(1).max(100),
    days: z.array(z.enum(WEEKDAYS)).min(1).optional(),
    from: z.string().regex(TIME_OF_DAY).optional(),
    to: z.string().regex(TIME_OF_DAY).optional(),
  })
  .superRefine((hours, context) => {
    const problem = activeHoursProblem(hours);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message });
  })
  .meta({ id: 'ActiveHours' });
export type ActiveHours = z.infer<typeof activeHoursSchema>;

/** What every type of rule has. */
const commonRule = {
  rule_id: z.string(),
  version: z.int().min(1),
  name: z.string().min(1).max(200),
  scope: ruleScopeSchema,
  severity: z.enum(SEVERITIES),
  message: z.string().max(2_000),
  /** After a clear, no new alert of this rule for the device for so long, in event time. */
  cooldown_seconds: z.number().min(0).max(LONGEST_COOLDOWN_SECONDS).optional(),
  /** When the rule may raise; absent: always. */
  active: activeHoursSchema.optional(),
  /** Readings of a lower quality (0-100) are passed over. */
  min_quality: z.int().min(0).max(100).optional(),
};

/** A rule as the engine runs it, whether wired on a canvas or (later) stored through the API. */
export const ruleDefinitionSchema = z
  .discriminatedUnion('rule_type', [
    z.object({ ...commonRule, rule_type: z.literal('threshold'), conditions: thresholdConditionsSchema }),
    z.object({ ...commonRule, rule_type: z.literal('statistical'), conditions: statisticalConditionsSchema }),
  ])
  .meta({ id: 'RuleDefinition' });
export type RuleDefinition = z.infer<typeof ruleDefinitionSchema>;

/** The definition of a rule of one type. */
export type RuleOf<Type extends RuleDefinition['rule_type']> = Extract<RuleDefinition, { rule_type: Type }>;

type WithoutIdentity<Rule> = Rule extends RuleDefinition ? Omit<Rule, 'rule_id' | 'version'> : never;
/** A rule as its author gives it: everything but identity and version, which follow from where it is kept. */
export type AuthoredRule = WithoutIdentity<RuleDefinition>;

/** What every type of rule has beside its conditions and who it is for. */
export type RuleOptions = Pick<RuleDefinition, 'cooldown_seconds' | 'active' | 'min_quality'>;

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
