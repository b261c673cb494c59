import { z } from 'zod';
import {
  activeHoursProblem,
  clearValueProblem,
  comparisonProblems,
  fewestSamples,
  LONGEST_COOLDOWN_SECONDS,
  LONGEST_DURATION_SECONDS,
  LONGEST_LATENESS_SECONDS,
  MOST_SAMPLES,
  OPERATORS,
  SCHEDULE_CHECKS,
  SEVERITIES,
  STATISTICS,
  TIME_OF_DAY,
  TRANSITION_KINDS,
  WEEKDAYS,
  windowProblem,
} from './rule-terms.ts';
import { scheduleProblems } from './schedule-terms.ts';
import { templateProblem } from './template-terms.ts';

export { clearValueProblem, OPERATORS, SEVERITIES, TRANSITION_KINDS } from './rule-terms.ts';
export type { Operator, ScheduleCheck, Severity, Statistic, TransitionKind, Weekday } from './rule-terms.ts';

/** When does a threshold rule hold: `key operator value`, for `duration_seconds`, until `clear_value` is crossed back. */
export const thresholdConditionsSchema = z
  .object({
    key: z.string().min(1).max(100),
    operator: z.enum(OPERATORS),
    value: z.number(),
    duration_seconds: z.number().min(0).max(LONGEST_DURATION_SECONDS).optional(),
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
    from: z.string().regex(TIME_OF_DAY, 'Enter hours and minutes such as "06:00".').optional(),
    to: z.string().regex(TIME_OF_DAY, 'Enter hours and minutes such as "06:00".').optional(),
  })
  .superRefine((hours, context) => {
    const problem = activeHoursProblem(hours);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message });
  })
  .meta({ id: 'ActiveHours' });
export type ActiveHours = z.infer<typeof activeHoursSchema>;

/** One side of a comparison: a quantity of the device that is judged or (`device_id`) of another one. */
const comparisonSideSchema = z.object({ device_id: z.string().max(128).optional(), key: z.string().min(1).max(100) });

/**
 * When does a comparison rule hold: `left operator right + offset`, for `duration_seconds`. Judged for the device of the left side whenever
 * either side has a new reading, while the other side's is not older than `tolerance_seconds`.
 */
export const comparisonConditionsSchema = z
  .object({
    left: comparisonSideSchema,
    operator: z.enum(OPERATORS),
    right: comparisonSideSchema,
    /** Added to the right side; 0 when absent. */
    offset: z.number().optional(),
    /** An active rule clears only when `left operator right + clear_offset` no longer holds. */
    clear_offset: z.number().optional(),
    duration_seconds: z.number().min(0).max(LONGEST_DURATION_SECONDS).optional(),
    tolerance_seconds: z
      .number()
      .gt(0)
      .max(86_400 * 7)
      .optional(),
  })
  .superRefine((conditions, context) => {
    for (const { field, message } of comparisonProblems(conditions)) context.addIssue({ code: 'custom', path: [field], message });
  })
  .meta({ id: 'ComparisonConditions' });
export type ComparisonConditions = z.infer<typeof comparisonConditionsSchema>;

/** When does a schedule rule hold: at each time of `schedule`, for each device of its scope, if `check` finds what it looks for. */
export const scheduleConditionsSchema = z
  .object({
    schedule: z
      .string()
      .min(1)
      .max(100)
      .meta({ description: 'Five fields of cron', examples: ['0 6 * * mon-fri'] }),
    timezone: z.string().min(1).max(100),
    check: z.enum(SCHEDULE_CHECKS),
    offline_seconds: z.number().min(0).max(LONGEST_DURATION_SECONDS).optional(),
    key: z.string().min(1).max(100).optional(),
    seconds: z.number().gt(0).max(LONGEST_DURATION_SECONDS).optional(),
  })
  .superRefine((conditions, context) => {
    for (const { field, message } of scheduleProblems(conditions)) context.addIssue({ code: 'custom', path: [field], message });
  })
  .meta({ id: 'ScheduleConditions' });
export type ScheduleConditions = z.infer<typeof scheduleConditionsSchema>;

/** What every type of rule has. */
export const commonRuleFields = {
  rule_id: z.string(),
  version: z.int().min(1),
  name: z.string().min(1).max(200),
  scope: ruleScopeSchema,
  severity: z.enum(SEVERITIES),
  message: z
    .string()
    .max(2_000)
    .superRefine((template, context) => {
      const problem = templateProblem(template);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
  /** After a clear, no new alert of this rule for the device for so long, in event time. */
  cooldown_seconds: z.number().min(0).max(LONGEST_COOLDOWN_SECONDS).optional(),
  /** When the rule may raise; absent: always. */
  active: activeHoursSchema.optional(),
  /** Readings of a lower quality (0-100) are passed over. */
  min_quality: z.int().min(0).max(100).optional(),
  /** How much older than the newest reading judged a reading may be and still take its place; 60 when absent. */
  lateness_seconds: z.number().min(0).max(LONGEST_LATENESS_SECONDS).optional(),
};

/** A rule as the engine runs it, whether wired on a canvas or stored through the API. */
export const ruleDefinitionSchema = z
  .discriminatedUnion('rule_type', [
    z.object({ ...commonRuleFields, rule_type: z.literal('threshold'), conditions: thresholdConditionsSchema }),
    z.object({ ...commonRuleFields, rule_type: z.literal('comparison'), conditions: comparisonConditionsSchema }),
    z.object({ ...commonRuleFields, rule_type: z.literal('schedule'), conditions: scheduleConditionsSchema }),
    z.object({ ...commonRuleFields, rule_type: z.literal('statistical'), conditions: statisticalConditionsSchema }),
  ])
  .meta({ id: 'RuleDefinition' });
export type RuleDefinition = z.infer<typeof ruleDefinitionSchema>;

/** The types of rules. */
export const RULE_TYPES = ['threshold', 'comparison', 'schedule', 'statistical'] as const satisfies readonly RuleDefinition['rule_type'][];
export type RuleType = (typeof RULE_TYPES)[number];

/** The definition of a rule of one type. */
export type RuleOf<Type extends RuleDefinition['rule_type']> = Extract<RuleDefinition, { rule_type: Type }>;

type WithoutIdentity<Rule> = Rule extends RuleDefinition ? Omit<Rule, 'rule_id' | 'version'> : never;
/** A rule as its author gives it: everything but identity and version, which follow from where it is kept. */
export type AuthoredRule = WithoutIdentity<RuleDefinition>;

/** What every type of rule has beside its conditions and who it is for. */
export type RuleOptions = Pick<RuleDefinition, 'cooldown_seconds' | 'active' | 'min_quality' | 'lateness_seconds'>;

/** A reading that took part in a decision. */
export const decisionInputSchema = z
  .object({ device_id: z.string(), key: z.string(), value: z.union([z.number(), z.boolean(), z.string()]).nullable(), at: z.string() })
  .meta({ id: 'DecisionInput' });
export type DecisionInput = z.infer<typeof decisionInputSchema>;

/**
 * What late readings changed in the past of one rule and device. `added`: the rule held from `raised_at` to `cleared_at`, which nobody knew.
 * `withdrawn`: it never held then. `changed`: it held from and to other instants than known; `was_raised_at` names the one that is meant.
 */
export const correctionSchema = z
  .object({
    op: z.enum(['added', 'withdrawn', 'changed']),
    /** The instant under which the alert is known, ISO 8601 UTC; for `added` the same as `raised_at`. */
    was_raised_at: z.string(),
    raised_at: z.string(),
    /** Null while it still holds. */
    cleared_at: z.string().nullable(),
    since: z.string(),
    value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    /** The message with that value; absent in what older programs recorded. */
    message: z.string().optional(),
    /** Violating readings in it; absent when they were not counted. */
    occurrences: z.int().min(1).optional(),
  })
  .meta({ id: 'Correction' });
export type Correction = z.infer<typeof correctionSchema>;

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
    /** What was compared, each with its own time; absent in what older programs recorded. */
    inputs: z.array(decisionInputSchema).optional(),
    /** Why the decision was held back until `known_at`, in words; absent when it was not. */
    held: z.array(z.string()).optional(),
    /** With `corrected`: what has to be put right. */
    corrections: z.array(correctionSchema).optional(),
    /** Of the message by which it was decided, or that began the duration that a timer ended; absent when no message of this run did. */
    request_id: z.string().optional(),
  })
  .meta({ id: 'RuleTransition' });
export type RuleTransition = z.infer<typeof ruleTransitionSchema>;
