import { z } from 'zod';
import { actionSchema } from './actions.ts';
import type { Action } from './actions.ts';
import { comparisonProblems, PRIORITIES, RUNNING_STATES } from './rule-terms.ts';
import {
  activeHoursSchema,
  commonRuleFields,
  comparisonConditionsSchema,
  RULE_TYPES,
  ruleScopeSchema,
  scheduleConditionsSchema,
  statisticalConditionsSchema,
  thresholdConditionsSchema,
} from './rules.ts';

/** One action of a rule: what is to be done when it raises, and when that is over. */
export type RuleAction = Action;

/** An action as it is stored: as `Action`, or what older programs took, which checked little more than its type. That is not carried out. */
const storedActionSchema = z.looseObject({ type: z.string() }).meta({
  id: 'StoredAction',
  description:
    'As Action; rules that older programs stored may have others, which are not carried out until they are put right. Values of headers are shown as ********, which keeps them when it is sent back',
});

/** Which devices a rule is for, as it is sent: blank words would quietly mean "all devices" and are refused. */
const sentScope = z
  .strictObject({
    device_id: z.string().min(1).max(128).optional(),
    device_type: z.string().min(1).max(100).optional(),
    location: z.string().min(1).max(200).optional(),
  })
  .superRefine((scope, context) => {
    if (scope.device_id === undefined || (scope.device_type === undefined && scope.location === undefined)) return;
    const message = 'A scope has "device_id", or "device_type" and/or "location", not both; leave one of them out.';
    context.addIssue({ code: 'custom', path: ['device_id'], message });
  });

const sentSide = z.strictObject({ device_id: z.string().min(1).max(128).optional(), key: z.string().min(1).max(100) });

/** What a person sends of a rule, beside type and conditions (REQUIREMENTS, section 7). */
const sentRule = {
  name: commonRuleFields.name,
  /** Short for `scope: {device_id}`. */
  device_id: z.string().min(1).max(128).optional(),
  scope: sentScope.optional(),
  severity: commonRuleFields.severity,
  message: commonRuleFields.message.optional(),
  actions: z.array(actionSchema).max(20).optional(),
  active: activeHoursSchema.strict().optional(),
  cooldown_seconds: commonRuleFields.cooldown_seconds,
  min_quality: commonRuleFields.min_quality,
  lateness_seconds: commonRuleFields.lateness_seconds,
  priority: z
    .int()
    .min(PRIORITIES.first)
    .max(PRIORITIES.last)
    .optional()
    .meta({ description: '1 is judged first, 10 last; 5 unless given' }),
  enabled: z.boolean().optional(),
};

/** A rule as POST /rules takes it. Fields that nobody knows are refused on every level: a mistyped one would quietly do nothing. */
export const ruleInputSchema = z
  .discriminatedUnion('rule_type', [
    z.strictObject({ ...sentRule, rule_type: z.literal('threshold'), conditions: thresholdConditionsSchema.strict() }),
    z.strictObject({
      ...sentRule,
      rule_type: z.literal('comparison'),
      conditions: comparisonConditionsSchema.safeExtend({ left: sentSide, right: sentSide }).strict(),
    }),
    z.strictObject({ ...sentRule, rule_type: z.literal('schedule'), conditions: scheduleConditionsSchema.strict() }),
    z.strictObject({ ...sentRule, rule_type: z.literal('statistical'), conditions: statisticalConditionsSchema.strict() }),
  ])
  .superRefine((rule, context) => {
    if (rule.device_id !== undefined && rule.scope !== undefined) {
      const message = 'A rule has "device_id" or "scope", not both; put the device into the scope as {"device_id": ...}.';
      context.addIssue({ code: 'custom', path: ['scope'], message });
    }
    const left = rule.rule_type === 'comparison' ? rule.conditions.left.device_id : undefined;
    const own = rule.device_id ?? rule.scope?.device_id;
    if (left !== undefined && own !== undefined && own !== left) {
      const message = `The rule is for the device "${own}", and its left side names "${left}"; a comparison judges the device of its left side, so name the same one or leave one out.`;
      context.addIssue({ code: 'custom', path: ['conditions', 'left', 'device_id'], message });
    }
    if (rule.rule_type === 'comparison' && left === undefined && own !== undefined) {
      const problems = comparisonProblems({ ...rule.conditions, left: { ...rule.conditions.left, device_id: own } });
      for (const { field, message } of problems) context.addIssue({ code: 'custom', path: ['conditions', field], message });
    }
  })
  .meta({ id: 'RuleInput' });
export type RuleInput = z.infer<typeof ruleInputSchema>;

/** Some fields of a rule as PATCH /rules/{id} takes them: JSON Merge Patch (RFC 7396). What comes of it is checked as a whole rule. */
export const rulePatchSchema = z.record(z.string(), z.unknown()).meta({
  id: 'RulePatch',
  description:
    'The fields to change, as in a rule. Objects are merged field by field, `null` removes an optional field, lists are replaced. With another `rule_type` the conditions are replaced as a whole.',
  examples: [{ conditions: { value: 55, clear_value: null }, severity: 'critical' }],
});

/** Whether a rule is to judge; without the field it is switched over. */
export const ruleToggleSchema = z.strictObject({ enabled: z.boolean().optional() }).meta({ id: 'RuleToggle' });

/** What becomes of running state when a rule is edited. */
export const runningStateSchema = z.enum(RUNNING_STATES).meta({
  description:
    'keep: what is active stays active; reset: judging starts anew and open alerts are resolved. Default: keep when the condition is unchanged, reset otherwise',
});
export type RunningState = z.infer<typeof runningStateSchema>;

/** A rule as the API gives it. */
export const ruleViewSchema = z
  .object({
    id: z.uuid(),
    /** `stored`: kept and changed through the API. `flow`: a node on the canvas; read-only here. */
    origin: z.enum(['stored', 'flow']),
    /** The node of a wired rule, and where to change it. */
    node_id: z.string().nullable(),
    editor_url: z.string().nullable(),
    version: z.int(),
    name: z.string(),
    rule_type: z.enum(RULE_TYPES),
    scope: ruleScopeSchema,
    conditions: z.union([thresholdConditionsSchema, comparisonConditionsSchema, scheduleConditionsSchema, statisticalConditionsSchema]),
    severity: commonRuleFields.severity,
    message: z.string(),
    actions: z.array(storedActionSchema),
    active: activeHoursSchema.nullable(),
    cooldown_seconds: z.number(),
    min_quality: z.int(),
    lateness_seconds: z.number(),
    priority: z.int(),
    enabled: z.boolean(),
    trigger_count: z.int().meta({ description: 'How often it has raised' }),
    last_triggered: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
    updated_by: z.string().nullable(),
  })
  .meta({ id: 'Rule' });
export type RuleView = z.infer<typeof ruleViewSchema>;

/** One version of a rule, as it was. */
export const ruleVersionSchema = z
  .object({ version: z.int(), created_at: z.string(), created_by: z.string().nullable(), definition: z.record(z.string(), z.unknown()) })
  .meta({ id: 'RuleVersion' });
export type RuleVersion = z.infer<typeof ruleVersionSchema>;

/** Rules as JSON, to be kept in a file or brought to another installation. */
export const ruleExportSchema = z
  .strictObject({
    format: z.literal('insa-rules'),
    version: z.literal(1),
    exported_at: z.string().max(50).optional(),
    rules: z.array(ruleInputSchema).max(5_000),
  })
  .meta({ id: 'RuleExport' });
export type RuleExport = z.infer<typeof ruleExportSchema>;

/** What an import does with a rule whose name a stored rule has already. */
export const IMPORT_CONFLICTS = ['error', 'skip', 'replace'] as const;
export type ImportConflict = (typeof IMPORT_CONFLICTS)[number];

const importedRuleSchema = z.object({ id: z.uuid(), name: z.string(), version: z.int() });

/** What an import did. */
export const ruleImportSchema = z
  .object({
    created: z.array(importedRuleSchema),
    replaced: z.array(importedRuleSchema),
    skipped: z.array(importedRuleSchema).meta({ description: 'Rules that are there already and stay as they are' }),
  })
  .meta({ id: 'RuleImport' });
export type RuleImport = z.infer<typeof ruleImportSchema>;
