import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import type { CredentialRecord, CredentialService } from '../../../auth/credential-service.ts';
import { apiKeySchema, createApiKeySchema } from '../../../contracts/auth.ts';
import type { CreateApiKey } from '../../../contracts/auth.ts';
import { pageOf } from '../../../contracts/common.ts';
import { issuedCredentialSchema } from '../../../contracts/devices.ts';
import { rotatedKeySchema, rotateKeySchema } from '../../../contracts/keys.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { PERMISSIONS } from '../../../core/permissions.ts';
import type { Permission } from '../../../core/permissions.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { credentialCursor } from '../devices/credential-routes.ts';
import { orRecordRefusal, pageQuery, recordDone, uuidParam } from '../shared.ts';
import { checkExpiry, rotateKey } from './key-rotation.ts';

/** What the routes of API keys use. */
export interface ApiKeyRoutesDeps {
  credentials: CredentialService;
  audit: AuditLog;
  clock: Clock;
}

const TAG = 'api-keys';

/** Keys of gateways and programs. */
export function apiKeyRoutes(deps: ApiKeyRoutesDeps): Route[] {
  return [listKeys(deps), issueKey(deps), getKey(deps), rotate(deps), revokeKey(deps)];
}

function listKeys({ credentials }: ApiKeyRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api-keys',
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Keys of gateways and programs',
    query: pageQuery,
    responses: { 200: { description: 'Keys, newest first', schema: pageOf(apiKeySchema) } },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const after = readCursor(query.cursor, credentialCursor);
      const rows = await credentials.list({ tenantId: caller.principal.tenantId, deviceId: undefined, limit: limit + 1, after });
      const page = pageOfRows(rows, limit, {
        item: viewOf,
        key: ({ createdUs, credentialId }) => ({ createdUs, credentialId }),
      });
      return ok(page);
    },
  });
}

function issueKey({ credentials, audit, clock }: ApiKeyRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api-keys',
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Issue a key for a gateway or a program',
    description:
      'The key is shown this once. A gateway may publish for every device of the tenant; a program may do what its permissions say, at most what its maker may.',
    body: createApiKeySchema,
    responses: { 201: { description: 'The key', schema: issuedCredentialSchema } },
    handler: async (request) => {
      const { name, kind, auto_register: autoRegister, expires_at: expiresAt, hourly_limit: hourlyLimit } = request.body;
      checkExpiry(expiresAt, clock);
      checkKind(request.body);
      const permissions = knownPermissions(request.body.permissions);
      const { principal: maker } = request.caller;
      const key = { tenantId: maker.tenantId, kind, name, permissions, autoRegister, expiresAt, hourlyLimit: hourlyLimit ?? undefined };
      const deed = { action: 'api_key.issue', target: name };
      const issued = await orRecordRefusal(credentials.issue({ ...key, maker }), audit, request, deed);
      const { id, prefix } = issued;
      const change = changesOf(undefined, request.body);
      await recordDone(audit, request, { ...deed, details: { credential_id: id, prefix, ...change } });
      return created(issued);
    },
  });
}

function getKey({ credentials }: ApiKeyRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api-keys/{id}',
    permission: 'credentials:write',
    tag: TAG,
    summary: 'One key of a gateway or a program',
    description: 'Never the secret.',
    params: z.object({ id: uuidParam }),
    responses: { 200: { description: 'The key', schema: apiKeySchema } },
    handler: async ({ caller, params: { id } }) => {
      const row = await credentials.find({ tenantId: caller.principal.tenantId, credentialId: id, deviceId: undefined });
      if (row === undefined) throw noKey(id);
      return ok(viewOf(row));
    },
  });
}

function rotate(deps: ApiKeyRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api-keys/{id}/rotate',
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Issue a new key in place of one',
    description:
      'The new key is shown this once and has the properties of the old one. Both work until the overlap is over; then connections of the old one end.',
    params: z.object({ id: uuidParam }),
    body: rotateKeySchema,
    bodyMode: 'optional',
    responses: { 201: { description: 'The new key', schema: rotatedKeySchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { id } = request.params;
      const rotated = await rotateKey(deps, request, { id, deviceId: undefined, action: 'api_key.rotate' });
      if (rotated === undefined) throw noKey(id);
      return created(rotated);
    },
  });
}

function revokeKey({ credentials, audit }: ApiKeyRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/api-keys/{id}',
    permission: 'credentials:write',
    tag: TAG,
    summary: 'Revoke a key of a gateway or a program',
    params: z.object({ id: uuidParam }),
    responses: { 204: { description: 'Revoked' } },
    handler: async (request) => {
      const { id } = request.params;
      const revoked = await credentials.revoke(request.caller.principal.tenantId, id, undefined);
      if (revoked === undefined) throw noKey(id);
      const { name, kind, permissions, auto_register, expires_at, hourly_limit } = viewOf(revoked);
      const change = changesOf({ name, kind, permissions, auto_register, expires_at, hourly_limit }, undefined);
      await recordDone(audit, request, {
        action: 'api_key.revoke',
        target: name,
        details: { credential_id: id, prefix: revoked.prefix, ...change },
      });
      return noContent;
    },
  });
}

function viewOf(row: CredentialRecord) {
  return {
    id: row.credentialId,
    name: row.name,
    kind: row.kind,
    prefix: row.prefix,
    permissions: row.permissions,
    auto_register: row.autoRegister,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    last_used_at: row.lastUsedAt,
    hourly_limit: row.hourlyLimit,
    created_by: row.createdBy,
    replaced_by: row.replacedBy,
  };
}

function noKey(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no key with the id ${id}, or it is revoked already. GET /api/v1/api-keys lists them.`);
}

/** Fails when a field is given that the other kind of key has. */
function checkKind({ kind, permissions, auto_register: autoRegister }: CreateApiKey): void {
  if (kind === 'gateway' && permissions !== undefined)
    throw invalid('permissions', 'is for keys of programs; a gateway may send telemetry and nothing else. Leave it out.');
  if (kind === 'program' && autoRegister !== undefined) throw invalid('auto_register', 'is for keys of gateways; leave it out.');
}

/** The permissions as such; fails for unknown ones. */
function knownPermissions(words: readonly string[] | undefined): readonly Permission[] | undefined {
  return words?.map((word, i) => {
    const permission = Object.keys(PERMISSIONS).find((known): known is Permission => known === word);
    if (permission === undefined)
      throw invalid(`permissions.${String(i)}`, `is ${JSON.stringify(word)}; send one of ${Object.keys(PERMISSIONS).join(', ')}.`);
    return permission;
  });
}

function invalid(field: string, rest: string): AppError {
  const message = `"${field}" ${rest}`;
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
