import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import type { CredentialService } from '../../../auth/credential-service.ts';
import { pageOf } from '../../../contracts/common.ts';
import { credentialSchema, issuedCredentialSchema } from '../../../contracts/devices.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import { cursorUs, limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, pageQuery, recordDone, uuidParam } from '../shared.ts';

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
  .object({ name: z.string().min(1).max(100).optional(), expires_at: z.iso.datetime({ offset: true }).optional() })
  .strict()
  .meta({ id: 'CreateCredential' });

/** The place in a list of keys: newest first. */
export const credentialCursor = z.object({ createdUs: cursorUs, credentialId: z.uuid() });

/** Fails with INVALID_REQUEST when a key would be dead at its birth. */
export function checkExpiry(expiresAt: string | undefined, clock: Clock): void {
  if (expiresAt === undefined || Date.parse(expiresAt) > clock.nowMs()) return;
  const message = `"expires_at" is ${expiresAt}, which is past; give a time to come, or leave it out.`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'expires_at', message }] });
}

/** The keys of one device. */
export function credentialRoutes(deps: CredentialRoutesDeps): Route[] {
  return [listCredentials(deps), issueCredential(deps), revokeCredential(deps)];
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
      const { name, expires_at: expiresAt } = request.body;
      checkExpiry(expiresAt, clock);
      const { tenantId } = request.caller.principal;
      const deviceId = request.params.device_id;
      const issued = await credentials.issue({ tenantId, kind: 'device', deviceId, name: name ?? deviceId, expiresAt });
      await recordDone(audit, request, {
        action: 'credential.issue',
        target: deviceId,
        details: { credential_id: issued.id, prefix: issued.prefix },
      });
      return created(issued);
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
      if (!(await credentials.revoke(request.caller.principal.tenantId, id, deviceId))) {
        throw new AppError('NOT_FOUND', `The device "${deviceId}" has no key with the id ${id}, or it is revoked already.`);
      }
      await recordDone(audit, request, { action: 'credential.revoke', target: deviceId, details: { credential_id: id } });
      return noContent;
    },
  });
}
