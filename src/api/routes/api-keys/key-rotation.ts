import type { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import type { CredentialService, RotatedKey } from '../../../auth/credential-service.ts';
import type { rotatedKeySchema, rotateKeySchema } from '../../../contracts/keys.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Caller } from '../../route.ts';
import { orRecordRefusal, recordDone } from '../shared.ts';

/** What rotating a key uses. */
export interface RotationDeps {
  credentials: CredentialService;
  audit: AuditLog;
  clock: Clock;
}

interface RotationRequest {
  caller: Caller;
  address: string;
  body: z.output<typeof rotateKeySchema>;
}

/** Fails with INVALID_REQUEST when a key would be dead at its birth. */
export function checkExpiry(expiresAt: string | undefined, clock: Clock): void {
  if (expiresAt === undefined || Date.parse(expiresAt) > clock.nowMs()) return;
  const message = `"expires_at" is ${expiresAt}, which is past; give a time to come, or leave it out.`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'expires_at', message }] });
}

/** Rotates a key of a device (or of none) and writes it down; undefined when there is none such. */
export async function rotateKey(
  { credentials, audit, clock }: RotationDeps,
  request: RotationRequest,
  { id, deviceId, action }: { id: string; deviceId: string | undefined; action: string },
): Promise<z.input<typeof rotatedKeySchema> | undefined> {
  const { overlap_seconds: overlapSeconds, expires_at: expiresAt } = request.body;
  checkExpiry(expiresAt, clock);
  const { principal: maker } = request.caller;
  const target = { tenantId: maker.tenantId, credentialId: id, deviceId };
  const work = credentials.rotate(target, { overlapSeconds, expiresAt, maker });
  const refusedDeed = { action, target: deviceId ?? id, details: { credential_id: id } };
  const rotated = await orRecordRefusal(work, audit, request, refusedDeed);
  if (rotated === undefined) return undefined;
  await recordDone(audit, request, { action, target: deviceId ?? rotated.old.name, details: detailsOf(rotated, overlapSeconds) });
  const { key, prefix, oldEndsAt } = rotated;
  return { id: rotated.id, key, prefix, expires_at: rotated.expiresAt ?? null, replaces: id, replaced_expires_at: oldEndsAt };
}

function detailsOf({ id, prefix, old, oldEndsAt }: RotatedKey, overlapSeconds: number): Readonly<Record<string, unknown>> {
  const change = changesOf({ expires_at: old.expiresAt }, { expires_at: oldEndsAt, replaced_by: id });
  return { credential_id: old.credentialId, new_credential_id: id, prefix, overlap_seconds: overlapSeconds, ...change };
}
