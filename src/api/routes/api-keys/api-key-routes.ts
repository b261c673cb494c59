import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import type { CredentialService } from '../../../auth/credential-service.ts';
import { apiKeySchema, createApiKeySchema } from '../../../contracts/auth.ts';
import type { CreateApiKey } from '../../../contracts/auth.ts';
import { pageOf } from '../../../contracts/common.ts';
import { issuedCredentialSchema } from '../../../contracts/devices.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { PERMISSIONS } from '../../../core/permissions.ts';
import type { Permission } from '../../../core/permissions.ts';
import type { Principal } from '../../../core/principal.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { checkExpiry, credentialCursor } from '../devices/credential-routes.ts';
import { pageQuery, recordDone, uuidParam } from '../shared.ts';

/** What the routes of API keys use. */
export interface ApiKeyRoutesDeps {
  credentials: CredentialService;
  audit: AuditLog;
  clock: Clock;
}

const TAG = 'api-keys';

/** Keys of gateways and programs. */
export function apiKeyRoutes(deps: ApiKeyRoutesDeps): Route[] {
  return [listKeys(deps), issueKey(deps), revokeKey(deps)];
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
        item: (row) => ({
          id: row.credentialId,
          name: row.name,
          kind: row.kind,
          prefix: row.prefix,
          permissions: row.permissions,
          auto_register: row.autoRegister,
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
      const { name, kind, auto_register: autoRegister, expires_at: expiresAt } = request.body;
      checkExpiry(expiresAt, clock);
      checkKind(request.body);
      const permissions = grantable(request.body.permissions, request.caller.principal);
      const { tenantId } = request.caller.principal;
      const issued = await credentials.issue({ tenantId, kind, name, permissions, autoRegister, expiresAt });
      await recordDone(audit, request, {
        action: 'api_key.issue',
        target: name,
        details: { credential_id: issued.id, kind, permissions: permissions ?? null },
      });
      return created(issued);
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
      if (!(await credentials.revoke(request.caller.principal.tenantId, id, undefined))) {
        throw new AppError('NOT_FOUND', `There is no key with the id ${id}, or it is revoked already. GET /api/v1/api-keys lists them.`);
      }
      await recordDone(audit, request, { action: 'api_key.revoke', target: id });
      return noContent;
    },
  });
}

/** Fails when a field is given that the other kind of key has. */
function checkKind({ kind, permissions, auto_register: autoRegister }: CreateApiKey): void {
  if (kind === 'gateway' && permissions !== undefined)
    throw invalid('permissions', 'is for keys of programs; a gateway may send telemetry and nothing else. Leave it out.');
  if (kind === 'program' && autoRegister !== undefined) throw invalid('auto_register', 'is for keys of gateways; leave it out.');
}

/** The permissions as such; fails for unknown ones and for those that the maker does not have. */
function grantable(words: readonly string[] | undefined, maker: Principal): readonly Permission[] | undefined {
  return words?.map((word, i) => {
    const permission = Object.keys(PERMISSIONS).find((known): known is Permission => known === word);
    if (permission === undefined)
      throw invalid(`permissions.${String(i)}`, `is ${JSON.stringify(word)}; send one of ${Object.keys(PERMISSIONS).join(', ')}.`);
    if (maker.permissions.has(permission)) return permission;
    throw new AppError(
      'FORBIDDEN',
      `You cannot give the permission "${permission}", which you do not have yourself. Ask an administrator.`,
    );
  });
}

function invalid(field: string, rest: string): AppError {
  const message = `"${field}" ${rest}`;
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
