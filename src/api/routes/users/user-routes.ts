import { z } from 'zod';
import { changesOf } from '../../../auth/audit-changes.ts';
import type { AuditLog } from '../../../auth/audit.ts';
import type { ChangedUser, UserService } from '../../../auth/user-service.ts';
import { pageOf } from '../../../contracts/common.ts';
import {
  assignRolesSchema,
  createdUserSchema,
  createUserSchema,
  passwordResetSchema,
  patchUserSchema,
  replaceUserSchema,
  resetPasswordSchema,
  userSchema,
} from '../../../contracts/users.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Caller, Route } from '../../route.ts';
import { pageQuery, recordDone, uuidParam } from '../shared.ts';
import { auditingRefusals } from './refusals.ts';

/** What the routes of people use. */
export interface UserRoutesDeps {
  users: UserService;
  audit: AuditLog;
}

interface CalledBy {
  caller: Caller;
  address: string;
}

const TAG = 'users';
const ONE = { 200: { description: 'The user', schema: userSchema } };
const byId = z.object({ id: uuidParam });
const listCursor = z.object({ name: z.string().max(200), id: z.uuid() });
const listQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: 'Found in user name, e-mail address or display name' }),
  role: z.string().min(1).max(100).optional().meta({ description: 'Who holds this role, by its name' }),
  disabled: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
});

/** People: list, make, change, remove, roles, password. */
export function userRoutes(deps: UserRoutesDeps): Route[] {
  return [
    listUsers(deps),
    createUser(deps, '/users', TAG),
    createUser(deps, '/auth/register', 'auth'),
    getUser(deps),
    replaceUser(deps),
    patchUser(deps),
    removeUser(deps),
    assignRoles(deps),
    resetPassword(deps),
  ];
}

function listUsers({ users }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/users',
    permission: 'users:read',
    tag: TAG,
    summary: 'List users',
    query: listQuery,
    responses: { 200: { description: 'Users by name', schema: pageOf(userSchema) } },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const { search, role, disabled } = query;
      const after = readCursor(query.cursor, listCursor);
      const rows = await users.list({ tenantId: caller.principal.tenantId, search, role, disabled, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: ({ user }) => user, key: ({ user, sortName }) => ({ name: sortName, id: user.id }) }));
    },
  });
}

function createUser({ users, audit }: UserRoutesDeps, path: string, tag: string): Route {
  return defineRoute({
    method: 'post',
    path,
    permission: 'users:write',
    tag,
    summary: path === '/users' ? 'Make a user' : 'Make a user (the same as POST /users)',
    description:
      'Without a password one is generated and shown this once. Nobody gives a role with permissions that he does not have himself.',
    body: createUserSchema,
    responses: { 201: { description: 'Made', schema: createdUserSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const deed = { action: 'user.create', target: request.body.username };
      const { user, password } = await auditingRefusals(audit, request, deed, users.create(request.caller.principal, request.body));
      await recordDone(audit, request, { action: 'user.create', target: user.username, details: { ...changesOf(undefined, user) } });
      request.setHeader('Location', `/api/v1/users/${user.id}`);
      return created(password === undefined ? user : { ...user, password });
    },
  });
}

function getUser({ users }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/users/{id}',
    permission: 'users:read',
    tag: TAG,
    summary: 'One user',
    params: byId,
    responses: ONE,
    handler: async ({ caller, params }) => ok(await users.get(caller.principal.tenantId, params.id)),
  });
}

function replaceUser({ users, audit }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/users/{id}',
    permission: 'users:write',
    tag: TAG,
    summary: 'Replace the record of a user',
    description: 'An address or display name that is not sent becomes null, and the account is enabled unless `disabled` is true.',
    params: byId,
    body: replaceUserSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params, body } = request;
      const work = users.replace(caller.principal, params.id, body);
      return ok(await changed(audit, request, params.id, work));
    },
  });
}

function patchUser({ users, audit }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/users/{id}',
    permission: 'users:write',
    tag: TAG,
    summary: 'Change fields of a user',
    description: 'Disabling ends every login at once; changed roles count at once.',
    params: byId,
    body: patchUserSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params, body } = request;
      const work = users.change(caller.principal, params.id, body);
      return ok(await changed(audit, request, params.id, work));
    },
  });
}

function removeUser({ users, audit }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/users/{id}',
    permission: 'users:write',
    tag: TAG,
    summary: 'Remove a user',
    description:
      'Every login ends at once. What the user did stays in the audit log, under the name. Nobody removes himself or the last administrator.',
    params: byId,
    responses: { 204: { description: 'Removed' } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params } = request;
      const work = users.remove(caller.principal, params.id);
      const user = await auditingRefusals(audit, request, { action: 'user.remove', target: params.id }, work);
      await recordDone(audit, request, { action: 'user.remove', target: user.username, details: { ...changesOf(user, undefined) } });
      return noContent;
    },
  });
}

function assignRoles({ users, audit }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/users/{id}/roles',
    permission: 'users:write',
    tag: TAG,
    summary: 'Give a user roles',
    description: 'These and no others; they count at once.',
    params: byId,
    body: assignRolesSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params, body } = request;
      const work = users.change(caller.principal, params.id, { roles: body.roles });
      return ok(await changed(audit, request, params.id, work));
    },
  });
}

function resetPassword({ users, audit }: UserRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/users/{id}/password',
    permission: 'users:write',
    tag: TAG,
    summary: 'Give a user a new password',
    description: 'Generated and shown this once, or the one that is sent. It must be changed at the next login; every login ends at once.',
    params: byId,
    body: resetPasswordSchema,
    bodyMode: 'optional',
    responses: { 200: { description: 'Reset', schema: passwordResetSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { caller, params, body } = request;
      const work = users.resetPassword(caller.principal, params.id, body.password);
      const { user, password } = await auditingRefusals(audit, request, { action: 'password.reset', target: params.id }, work);
      await recordDone(audit, request, { action: 'password.reset', target: user.username, details: { generated: password !== undefined } });
      return ok({ must_change_password: true, ...(password === undefined ? {} : { password }) });
    },
  });
}

/** Writes down what a change did: an entry for the roles, one for the account's being open or not, one for everything else. */
async function changed(audit: AuditLog, request: CalledBy, userId: string, work: Promise<ChangedUser>) {
  const { before, after } = await auditingRefusals(audit, request, { action: 'user.change', target: userId }, work);
  const target = before.username;
  const { updated_at: _then, roles: rolesBefore, disabled: wasDisabled, ...restBefore } = before;
  const { updated_at: _now, roles: rolesAfter, disabled: isDisabled, ...restAfter } = after;
  const parts = [
    { action: 'user.roles', ...changesOf({ roles: rolesBefore }, { roles: rolesAfter }) },
    { action: isDisabled ? 'user.disable' : 'user.enable', ...changesOf({ disabled: wasDisabled }, { disabled: isDisabled }) },
    { action: 'user.change', ...changesOf(restBefore, restAfter) },
  ];
  for (const { action, ...details } of parts) {
    if (Object.keys(details.after).length > 0) await recordDone(audit, request, { action, target, details });
  }
  return after;
}
