import { z } from 'zod';
import type { AuditLog } from '../../auth/audit.ts';
import { pageQuerySchema } from '../../contracts/common.ts';
import { isTimezone } from '../../contracts/rule-terms.ts';
import { AppError } from '../../core/errors.ts';
import { actorOf } from '../../core/principal.ts';
import type { Caller } from '../route.ts';

/** `limit` and `cursor`, and nothing that nobody knows. */
export const pageQuery = pageQuerySchema.strict();

/** The id of something other than a device, in the address. */
export const uuidParam = z.uuid('An id is a UUID, as lists show it.');

/** A time zone by its name. */
export const timezoneParam = z
  .string()
  .max(100)
  .refine((name) => /^[A-Za-z]/.test(name) && isTimezone(name), 'Send an IANA name such as "America/Bogota" or "UTC".');

/** A device in the address. Whether there is one is for the handler to see. */
export const deviceParams = z.object({ device_id: z.string().min(1).max(200) });

/** What a caller did, for the audit log. */
export interface Deed {
  action: string;
  target: string;
  details?: Readonly<Record<string, unknown>>;
}

/**
 * Waits for what a caller asked for; when that is refused because the caller may not do it, writes the refusal down and passes it on.
 */
export async function orRecordRefusal<Result>(
  work: Promise<Result>,
  audit: AuditLog,
  request: { caller: Caller; address: string },
  { action, target, details }: Deed,
): Promise<Result> {
  const { principal } = request.caller;
  return work.catch(async (error: unknown) => {
    if (error instanceof AppError && error.code === 'FORBIDDEN') {
      const who = { tenantId: principal.tenantId, actor: actorOf(principal), address: request.address };
      await audit.record({ ...who, action, target, outcome: 'refused', details: { ...error.details, ...details } });
    }
    throw error;
  });
}

/** Writes down that a caller did something that matters. */
export function recordDone(
  audit: AuditLog,
  request: { caller: Caller; address: string },
  { action, target, details }: Deed,
): Promise<void> {
  const { principal } = request.caller;
  const { address } = request;
  return audit.record({ tenantId: principal.tenantId, actor: actorOf(principal), action, target, outcome: 'ok', address, details });
}
