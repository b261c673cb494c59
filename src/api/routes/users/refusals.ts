import type { AuditLog } from '../../../auth/audit.ts';
import { AppError } from '../../../core/errors.ts';
import { actorOf } from '../../../core/principal.ts';
import type { Caller } from '../../route.ts';
import type { Deed } from '../shared.ts';

/** What `work` answers; when it refuses what people or roles do not allow (FORBIDDEN, CONFLICT), that is written down first. */
export async function auditingRefusals<Result>(
  audit: AuditLog,
  request: { caller: Caller; address: string },
  { action, target }: Omit<Deed, 'details'>,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'FORBIDDEN' || error.code === 'CONFLICT')) {
      const { principal } = request.caller;
      const entry = { tenantId: principal.tenantId, actor: actorOf(principal), action, target, address: request.address };
      await audit.record({ ...entry, outcome: 'refused', details: { reason: error.message } });
    }
    throw error;
  }
}
