import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import type { CredentialService } from '../../../auth/credential-service.ts';
import { pageOf } from '../../../contracts/common.ts';
import { credentialSchema, issuedCredentialSchema } from '../../../contracts/devices.ts';
import { hourlyLimitSchema, rotatedKeySchema, rotateKeySchema } from '../../../contracts/keys.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import { cursorUs, limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { checkExpiry, rotateKey } from '../api-keys/key-rotation.ts';
import { deviceParams, orRecordRefusal, pageQuery, recordDone, uuidParam } from '../shared.ts';

/** What the routes of devices' keys use. */
export interface CredentialRoutesDeps {
  credentials: CredentialService;
  devices: DeviceService;
  audit: AuditLog;
  clock: Clock;
}

const TAG = 'devices';
const PATH = '/devices/{device_id}/credentials';

const createSchema = z
  .object({
    name: z.string().min(1).max(100).optional(),
    expires_at: z.iso.datetime({ offset: true }).optional(),
    hourly_limit: hourlyLimitSchema.optional(),
  })
  .strict()
  .meta({ id: 'CreateCredential' });

/** The place in a list of keys: newest first. */
export const credentialCursor = z.object({ createdUs: cursorUs, credentialId: z.uuid() });

/** The keys of one device. */
export function credentialRoutes(deps: CredentialRoutesDeps): Route[] {
  return [listCredentials(deps), issueCredential(deps), rotateCredential(deps), revokeCredential(deps)];
}

function listCredentials({ credentials, devices }: CredentialRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    permission: 'devices:read',
    tag: TAG,
    summary: 'The keys of a device',
    description: 'Never the secrets: the first characters of each.',
    params: deviceParams,
    query: pageQuery,
    responses: { 200: { description: 'Keys, newest first', schema: pageOf(credentialSchema) } },
    handler: async ({ caller, params, query }) => {
      const { tenantId } = caller.principal;
      const limit = limitOf(query);
      const after = readCursor(query.cursor, credentialCursor);
      await devices.get(tenantId, params.device_id);
      const rows = await credentials.list({ tenantId, deviceId: params.device_id, limit: limit + 1, after });
      const page = pageOfRows(rows, limit, {
        item: (row) => ({
          id: row.credentialId,
          name: row.name,
          prefix: row.prefix,
          created_at: row.createdAt,
          expires_at: row.expiresAt,
          last_used_at: row.lastUsedAt,
          hourly_limit: row.hourlyLimit,
          created_by: row.createdBy,
          replaced_by: row.replacedBy,
        }),
        key: ({ createdUs, credentialId }) => ({ createdUs, credentialId }),
      });
      return ok(page);
    },
  });
}

function issueCredential({ credentials, audit, clock }: CredentialRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Issue a key for a device',
    description: 'The key is shown this once. The device uses it as MQTT password (user name: its id) or as X-API-Key.',
    params: deviceParams,
    body: createSchema,
    bodyMode: 'optional',
    responses: { 201: { description: 'The key', schema: issuedCredentialSchema } },
    handler: async (request) => {
      const { expires_at: expiresAt, hourly_limit: hourlyLimit } = request.body;
      checkExpiry(expiresAt, clock);
      const { principal: maker } = request.caller;
      const { tenantId } = maker;
      const deviceId = request.params.device_id;
      const name = request.body.name ?? deviceId;
      const deed = { action: 'credential.issue', target: deviceId };
      const work = credentials.issue({ tenantId, kind: 'device', deviceId, name, expiresAt, hourlyLimit: hourlyLimit ?? undefined, maker });
      const issued = await orRecordRefusal(work, audit, request, deed);
      const { id, prefix } = issued;
      const change = changesOf(undefined, { name, expires_at: expiresAt, hourly_limit: hourlyLimit });
      await recordDone(audit, request, { ...deed, details: { credential_id: id, prefix, ...change } });
      return created(issued);
    },
  });
}

function rotateCredential(deps: CredentialRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${PATH}/{id}/rotate`,
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Give a device a new key in place of one',
    description:
      'The new key is shown this once and has the properties of the old one. Both work until the overlap is over; then connections of the old one end.',
    params: deviceParams.extend({ id: uuidParam }),
    body: rotateKeySchema,
    bodyMode: 'optional',
    responses: { 201: { description: 'The new key', schema: rotatedKeySchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { device_id: deviceId, id } = request.params;
      const rotated = await rotateKey(deps, request, { id, deviceId, action: 'credential.rotate' });
      if (rotated === undefined) throw noKey(deviceId, id);
      return created(rotated);
    },
  });
}

function revokeCredential({ credentials, audit }: CredentialRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: `${PATH}/{id}`,
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Revoke a key of a device',
    description: 'Connections that used it end at once.',
    params: deviceParams.extend({ id: uuidParam }),
    responses: { 204: { description: 'Revoked' } },
    handler: async (request) => {
      const { device_id: deviceId, id } = request.params;
      const revoked = await credentials.revoke(request.caller.principal.tenantId, id, deviceId);
      if (revoked === undefined) throw noKey(deviceId, id);
      const { name, prefix, expiresAt, hourlyLimit } = revoked;
      const change = changesOf({ name, expires_at: expiresAt, hourly_limit: hourlyLimit }, undefined);
      await recordDone(audit, request, {
        action: 'credential.revoke',
        target: deviceId,
        details: { credential_id: id, prefix, ...change },
      });
      return noContent;
    },
  });
}

function noKey(deviceId: string, id: string): AppError {
  return new AppError('NOT_FOUND', `The device "${deviceId}" has no key with the id ${id}, or it is revoked already.`);
}
