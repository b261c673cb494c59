import { z } from 'zod';
import { ACTION_WORDS } from './action-terms.ts';
import { emailActionSchema, recipientsSchema } from './actions.ts';

/** POST /notifications/test/email: the plain test to one address, or an example alert as an action with these fields would tell it. */
export const emailTestSchema = emailActionSchema
  .omit({ type: true, on: true })
  .partial({ recipients: true })
  .extend({
    recipient: z
      .email(ACTION_WORDS.address)
      .max(254)
      .optional()
      .meta({ description: 'One address: a plain e-mail that says that e-mail works', examples: ['ops@example.com'] }),
    recipients: recipientsSchema.optional().meta({
      description: 'All of them get an example alert, with the subject, text and time zone given here, as from an action of a rule',
    }),
  })
  .superRefine(({ recipient, recipients, subject, text, timezone }, context) => {
    const problem = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (recipient === undefined && recipients === undefined) {
      problem('recipient', 'There is no address to send to; give "recipient" (a plain test) or "recipients" (an example alert).');
    }
    if (recipient === undefined) return;
    for (const [field, value] of Object.entries({ recipients, subject, text, timezone })) {
      if (value !== undefined) problem(field, 'It goes with "recipients"; the plain test to one "recipient" has words of its own.');
    }
  })
  .meta({ id: 'EmailTest' });
export type EmailTest = z.infer<typeof emailTestSchema>;

/** What came of a test by hand. */
export const emailTestResultSchema = z
  .object({
    delivered: z.boolean().meta({ description: 'To all recipients but those in `refused`' }),
    reason: z.string().meta({ description: 'What the mail server answered at the end, or what failed and what to do' }),
    refused: z.array(z.string()).meta({ description: 'Recipients that the mail server refused; why is in the reason' }),
    server: z.string().nullable().meta({ description: 'host:port of SMTP_URL; null when it is not set' }),
    message_id: z.string().nullable(),
    duration_ms: z.int(),
    conversation: z
      .array(z.object({ from: z.enum(['client', 'server', 'connection']), text: z.string() }))
      .meta({ description: 'Every command and answer in their order, without passwords; "connection" tells of TCP and TLS' }),
  })
  .meta({ id: 'EmailTestResult' });
export type EmailTestResult = z.infer<typeof emailTestResultSchema>;
