import { z } from 'zod';
import { explanationStepSchema } from './backtest.ts';
import { decisionInputSchema } from './rules.ts';
import { ruleInputSchema } from './stored-rules.ts';

const valueSchema = z.union([z.number(), z.boolean(), z.string().max(1_000)]);
const givenValueSchema = z.union([
  valueSchema,
  z.strictObject({
    value: valueSchema,
    timestamp: z.iso.datetime({ offset: true, error: 'Enter ISO 8601 with a zone, such as 2026-01-31T12:00:00Z.' }).optional(),
    quality: z.int().min(0).max(100).optional(),
  }),
]);

const tested = {
  device_id: z.string().min(1).max(128).optional().meta({ description: 'The first device of the scope unless given' }),
  values: z
    .record(z.string().max(300), givenValueSchema)
    .optional()
    .meta({
      description:
        'What is to be judged, by key, or by "device/key" for another device. Quantities that are not given have their newest stored reading',
      examples: [{ temperature: 81 }, { temperature: { value: 81, timestamp: '2026-01-31T12:00:00Z' } }],
    }),
  at: z.iso
    .datetime({ offset: true, error: 'Enter ISO 8601 with a zone, such as 2026-01-31T12:00:00Z.' })
    .optional()
    .meta({ description: 'The instant as of which is judged; now unless given' }),
};

/** What POST /rules/{id}/test takes. */
export const ruleTestRequestSchema = z.strictObject(tested).meta({ id: 'RuleTestRequest' });
export type RuleTestRequest = z.infer<typeof ruleTestRequestSchema>;

/** What POST /rules/test takes: the same for a rule that is not stored. */
export const unsavedRuleTestRequestSchema = z.strictObject({ rule: ruleInputSchema, ...tested }).meta({ id: 'UnsavedRuleTestRequest' });

/** What a rule would decide now, or would have decided then. */
export const TEST_DECISIONS = ['raises', 'stays_active', 'clears', 'waits', 'nothing', 'not_judged', 'out_of_scope'] as const;
export type TestDecision = (typeof TEST_DECISIONS)[number];

/** A reading that a test was decided on. */
export const testInputSchema = z
  .object({
    device_id: z.string(),
    key: z.string(),
    value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    unit: z.string().nullable(),
    /** Null when there is no reading. */
    at: z.string().nullable(),
    quality: z.int().nullable(),
    given: z.boolean().meta({ description: 'Given with the request; otherwise read from what is stored' }),
  })
  .meta({ id: 'RuleTestInput' });
export type TestInput = z.infer<typeof testInputSchema>;

/** What a test of a rule answers. */
export const ruleTestSchema = z
  .object({
    decision: z.enum(TEST_DECISIONS).meta({
      description:
        'waits: the condition holds, but duration, cooldown or hours hold the alert back; not_judged: there is nothing that could be judged',
    }),
    would_raise: z.boolean(),
    device_id: z.string(),
    at: z.string(),
    /** The message of the alert; null when none would be raised. */
    message: z.string().nullable(),
    steps: z.array(explanationStepSchema),
    inputs: z.array(testInputSchema),
  })
  .meta({ id: 'RuleTest' });
export type RuleTest = z.infer<typeof ruleTestSchema>;

/** Why there is an alert. */
export const alertExplanationSchema = z
  .object({
    alert_id: z.uuid(),
    rule: z.object({
      id: z.uuid(),
      name: z.string(),
      version: z.int().meta({ description: 'The version that raised the alert' }),
      origin: z.enum(['stored', 'flow']).nullable(),
      definition: z.record(z.string(), z.unknown()).nullable(),
      current_version: z.int().nullable(),
      state: z.enum(['unchanged', 'changed', 'disabled', 'removed', 'built_in']).meta({
        description: 'What became of the rule since; built_in: it is one of the platform itself, which is not in the list of rules',
      }),
    }),
    decided: z.object({ at: z.string(), since: z.string(), known_at: z.string() }),
    compared: z.array(decisionInputSchema.extend({ unit: z.string().nullable() })),
    sentence: z.string(),
    steps: z.array(explanationStepSchema),
    suppressed: z.array(z.object({ what: z.string(), why: z.string() })),
  })
  .meta({ id: 'AlertExplanation' });
export type AlertExplanation = z.infer<typeof alertExplanationSchema>;
