import { z } from 'zod';

/** How something ended that stands in the audit log: done, not allowed, or not possible. */
export const AUDIT_OUTCOMES = ['ok', 'refused', 'failed'] as const;

/** A line of the audit log. */
export const auditLineSchema = z
  .object({
    id: z.string().meta({ description: 'Its number; later lines have higher ones' }),
    at: z.string(),
    actor: z
      .string()
      .meta({ description: 'A user name, `device:<id>`, `gateway:<name>`, `program:<name>`, or `unknown`', examples: ['admin'] }),
    action: z.string().meta({ description: 'A stable word', examples: ['device.create'] }),
    target: z.string().nullable().meta({ description: 'On what: an id, a name, or the address of a request' }),
    outcome: z.enum(AUDIT_OUTCOMES),
    address: z.string().nullable().meta({ description: 'Where it came from' }),
    details: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What else is known; of changes `before` and `after` with the fields that differ, secrets masked' }),
  })
  .meta({ id: 'AuditLine' });
export type AuditLine = z.infer<typeof auditLineSchema>;
