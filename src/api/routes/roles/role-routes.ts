import { z } from 'zod';
import { changesOf } from '../../../auth/audit-changes.ts';
import type { AuditLog } from '../../../auth/audit.ts';
import type { ChangedRole, RoleService } from '../../../auth/role-service.ts';
import { pageOf } from '../../../contracts/common.ts';
import { patchRoleSchema, roleSchema, writeRoleSchema } from '../../../contracts/users.ts';
import type { Role } from '../../../contracts/users.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Caller, Route } from '../../route.ts';
import { pageQuery, recordDone, uuidParam } from '../shared.ts';
import { auditingRefusals } from '../users/refusals.ts';

/** What the routes of roles use. */
export interface RoleRoutesDeps {
  roles: RoleService;
  audit: AuditLog;
}

interface CalledBy {
  caller: Caller;
  address: string;
}

const TAG = 'roles';
const ONE = { 200: { description: 'The role', schema: roleSchema } };
const byId = z.object({ id: uuidParam });
const listCursor = z.object({ after: z.uuid() });

/** Roles: list, make, change, remove. */
export function roleRoutes(deps: RoleRoutesDeps): Route[] {
  return [listRoles(deps), createRole(deps), getRole(deps), replaceRole(deps), patchRole(deps), removeRole(deps)];
}

function listRoles({ roles }: RoleRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/roles',
    permission: 'users:read',
    tag: TAG,
    summary: 'List roles',
    query: pageQuery,
    responses: { 200: { description: 'The built-in roles, then the others by name', schema: pageOf(roleSchema) } },
    cached: { region: 'permissions', reads: ['roles'] },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const after = readCursor(query.cursor, listCursor)?.after;
      const all = await roles.list(caller.principal.tenantId);
      const rest = all.slice(after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1);
      return ok(pageOfRows(rest, limit, { item: (role) => role, key: ({ id }) => ({ after: id }) }));
    },
  });
}

function createRole({ roles, audit }: RoleRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/roles',
    permission: 'users:write',
    tag: TAG,
    summary: 'Make a role of permissions',
    description: 'Only of permissions that its maker has.',
    body: writeRoleSchema,
    responses: { 201: { description: 'Made', schema: roleSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, body } = request;
      const role = await auditingRefusals(
        audit,
        request,
        { action: 'role.create', target: body.name },
        roles.create(caller.principal, body),
      );
      await recordDone(audit, request, { action: 'role.create', target: role.name, details: { ...changesOf(undefined, role) } });
      request.setHeader('Location', `/api/v1/roles/${role.id}`);
      return created(role);
    },
  });
}

function getRole({ roles }: RoleRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/roles/{id}',
    permission: 'users:read',
    tag: TAG,
    summary: 'One role',
    params: byId,
    responses: ONE,
    cached: { region: 'permissions', reads: ['roles'] },
    handler: async ({ caller, params }) => ok(await roles.get(caller.principal.tenantId, params.id)),
  });
}

function replaceRole({ roles, audit }: RoleRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/roles/{id}',
    permission: 'users:write',
    tag: TAG,
    summary: 'Replace a role',
    description: 'Who holds it has the new permissions at once. Built-in roles stay as they are.',
    params: byId,
    body: writeRoleSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params, body } = request;
      return ok(await changed(audit, request, params.id, roles.replace(caller.principal, params.id, body)));
    },
  });
}

function patchRole({ roles, audit }: RoleRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/roles/{id}',
    permission: 'users:write',
    tag: TAG,
    summary: 'Change fields of a role',
    params: byId,
    body: patchRoleSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params, body } = request;
      return ok(await changed(audit, request, params.id, roles.change(caller.principal, params.id, body)));
    },
  });
}

function removeRole({ roles, audit }: RoleRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/roles/{id}',
    permission: 'users:write',
    tag: TAG,
    summary: 'Remove a role that nobody holds',
    params: byId,
    responses: { 204: { description: 'Removed' } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params } = request;
      const deed = { action: 'role.remove', target: params.id };
      const role = await auditingRefusals(audit, request, deed, roles.remove(caller.principal, params.id));
      await recordDone(audit, request, { action: 'role.remove', target: role.name, details: { ...changesOf(role, undefined) } });
      return noContent;
    },
  });
}

async function changed(audit: AuditLog, request: CalledBy, roleId: string, work: Promise<ChangedRole>): Promise<Role> {
  const { before, after } = await auditingRefusals(audit, request, { action: 'role.change', target: roleId }, work);
  const { updated_at: _then, ...old } = before;
  const { updated_at: _now, ...now } = after;
  await recordDone(audit, request, { action: 'role.change', target: before.name, details: { ...changesOf(old, now) } });
  return after;
}
