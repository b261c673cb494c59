import { AppError } from '../../../core/errors.ts';
import type { Permission } from '../../../core/permissions.ts';
import { actorOf, remedyOfLack } from '../../../core/principal.ts';
import { noDevice } from '../../../devices/device-service.ts';
import type { Caller } from '../../route.ts';

/** The key of a device sees its own device alone: any other answers like one that does not exist (NOT_FOUND). */
export function assertOwnDevice({ principal }: Caller, deviceId: string): void {
  if (principal.kind === 'device' && principal.deviceId !== deviceId) throw noDevice(deviceId);
}

/** Fails with FORBIDDEN when a caller lacks what a part of the request needs beyond the route's own permission; `why` begins the sentence. */
export function assertPermission({ principal }: Caller, permission: Permission, why: string): void {
  if (principal.permissions.has(permission)) return;
  const message = `${why}, which needs the permission "${permission}"; ${actorOf(principal)} does not have it. ${remedyOfLack(principal)}`;
  throw new AppError('FORBIDDEN', message, { details: { permission } });
}

/** Fails with FORBIDDEN when the caller may not say which commands others may send. */
export function assertMayAllowCommands(caller: Caller): void {
  assertPermission(caller, 'commands:write', '"allowed_commands" says which commands others may send');
}
