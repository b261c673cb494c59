import { z } from 'zod';

/** POST /notifications/test/email. */
export const emailTestSchema = z
  .strictObject({
    recipient: z
      .email('Enter an address such as ops@example.com.')
      .max(254)
      .meta({ examples: ['ops@example.com'] }),
  })
  .meta({ id: 'EmailTest' });

/** What came of a test by hand. */
export const emailTestResultSchema = z
  .object({
    delivered: z.boolean(),
    reason: z.string().meta({ description: 'What the mail server answered at the end, or what failed and what to do' }),
    server: z.string().nullable().meta({ description: 'host:port of SMTP_URL; null when it is not set' }),
    message_id: z.string().nullable(),
    duration_ms: z.int(),
    conversation: z
      .array(z.object({ from: z.enum(['client', 'server', 'connection']), text: z.string() }))
      .meta({ description: 'Every command and answer in their order, without passwords; "connection" tells of TCP and TLS' }),
  })
  .meta({ id: 'EmailTestResult' });
export type EmailTestResult = z.infer<typeof emailTestResultSchema>;
