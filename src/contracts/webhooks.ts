import { z } from 'zod';
import { MASKED_HEADER } from './action-terms.ts';
import { webhookHeadersSchema, webhookUrlSchema } from './actions.ts';

const nameSchema = z.string().min(1).max(200).regex(/\S/, 'A name has at least one character that is not a space.');

/** A URL to be signed for with a secret of its own. */
export const newWebhookSchema = z.strictObject({ url: webhookUrlSchema, name: nameSchema }).meta({ id: 'NewWebhook' });
export type NewWebhook = z.infer<typeof newWebhookSchema>;

/** PATCH changes the fields sent. */
export const patchWebhookSchema = z
  .strictObject({
    name: nameSchema.optional(),
    enabled: z.boolean().optional().meta({ description: 'false: nothing is sent to the URL; true: it is sent to again' }),
  })
  .refine(({ name, enabled }) => name !== undefined || enabled !== undefined, 'Send "name", "enabled" or both.')
  .meta({ id: 'PatchWebhook' });
export type PatchWebhook = z.infer<typeof patchWebhookSchema>;

/** How a secret is rotated. */
export const rotateWebhookSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(86_400)
      .meta({ description: 'How long the old secret goes on signing beside the new one; 0 ends it at once' }),
  })
  .meta({ id: 'RotateWebhook' });

/** A URL that webhooks go to, without its secret. */
export const webhookSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    disabled_at: z.string().nullable(),
    disabled_reason: z.string().nullable(),
    has_own_secret: z.boolean().meta({ description: 'false: signed with the secret of the installation' }),
    previous_secret_until: z.string().nullable().meta({ description: 'Until when the secret before the last rotation signs as well' }),
    created_at: z.string(),
    updated_at: z.string(),
    updated_by: z.string(),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhookSchema>;

/** The same with its secret, shown this once. */
export const webhookWithSecretSchema = webhookSchema
  .extend({ secret: z.string().meta({ description: '`whsec_` and base64; shown this once' }) })
  .meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.infer<typeof webhookWithSecretSchema>;

/** Where a test is sent. */
export const testWebhookSchema = z
  .strictObject({
    url: webhookUrlSchema,
    headers: webhookHeadersSchema
      .refine(
        (headers) => !Object.values(headers).includes(MASKED_HEADER),
        'It has "********" in the place of a value; enter the value itself.',
      )
      .optional(),
  })
  .meta({ id: 'TestWebhook' });
export type TestWebhook = z.infer<typeof testWebhookSchema>;

/** What was said by both sides. */
export const testWebhookResultSchema = z
  .object({
    delivered: z.boolean(),
    reason: z.string().meta({ description: 'What the ledger would say of such an attempt' }),
    would_retry: z.boolean().meta({ description: 'Whether a real delivery would be tried again after this' }),
    duration_ms: z.int(),
    addresses: z.array(z.string()).meta({ description: 'What the host of the URL resolved to' }),
    connected_to: z.string().nullable(),
    request: z.object({
      line: z.string(),
      headers: z.record(z.string(), z.string()).meta({ description: 'With the values of the headers that you sent masked' }),
      body: z.string(),
    }),
    response: z
      .object({
        status: z.int(),
        headers: z.record(z.string(), z.string()),
        body: z.string().meta({ description: 'At most 4,000 characters' }),
        cut: z.boolean().meta({ description: 'Whether there was more' }),
      })
      .nullable()
      .meta({ description: 'null: there was no answer' }),
  })
  .meta({ id: 'TestWebhookResult' });
export type TestWebhookResult = z.infer<typeof testWebhookResultSchema>;
