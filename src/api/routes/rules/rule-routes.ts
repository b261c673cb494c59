import { z } from 'zod';
import { pageOf } from '../../../contracts/common.ts';
import { RULE_TYPES, SEVERITIES } from '../../../contracts/rules.ts';
import { ruleInputSchema, rulePatchSchema, ruleToggleSchema, ruleViewSchema } from '../../../contracts/stored-rules.ts';
import { patchRule } from '../../../rulebook/definition.ts';
import type { RuleBook } from '../../../rulebook/rule-book.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { validate } from '../../validation.ts';
import { pageQuery } from '../shared.ts';
import { authorOf, editOptions, editQuery, expectedVersion, ruleParams, RULES_TAG, versionQuery } from './shared.ts';

/** What the routes of rules use. */
export interface RuleRoutesDeps {
  rules: RuleBook;
}

const ONE = { 200: { description: 'The rule', schema: ruleViewSchema } };
const WIRED = 'A rule that is a node on the canvas (`origin: "flow"`) is changed in the editor: 409 with `editor_url`.';

const listQuery = pageQuery.extend({
  rule_type: z.enum(RULE_TYPES).optional(),
  severity: z.enum(SEVERITIES).optional(),
  enabled: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  origin: z.enum(['stored', 'flow']).optional(),
  device_id: z.string().min(1).max(200).optional().meta({ description: 'Rules that judge this device' }),
  search: z.string().min(1).max(200).optional().meta({ description: 'Found in the name' }),
});

const placeSchema = z.object({ priority: z.int(), name: z.string(), ruleId: z.uuid() });

/** CRUD of stored rules; wired ones can be read. */
export function ruleRoutes(deps: RuleRoutesDeps): Route[] {
  return [listRules(deps), createRule(deps), getRule(deps), replaceRule(deps), patchRoute(deps), removeRule(deps), toggleRule(deps)];
}

function listRules({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/rules',
    permission: 'rules:read',
    tag: RULES_TAG,
    summary: 'List rules, stored and wired',
    query: listQuery,
    responses: { 200: { description: 'Rules by priority and name', schema: pageOf(ruleViewSchema) } },
    cached: { region: 'rules', reads: ['rules', 'rules.trigger_count', 'rule_versions', 'devices'] },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const { rule_type: ruleType, severity, enabled, origin, device_id: deviceId, search } = query;
      const after = readCursor(query.cursor, placeSchema);
      const { tenantId } = caller.principal;
      const rows = await rules.list({ tenantId, ruleType, severity, enabled, origin, deviceId, search, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: ({ view }) => view, key: ({ place }) => place }));
    },
  });
}

function createRule({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Store a rule',
    description: 'It judges from now on, where a flow has the node `iiot-stored-rules`.',
    body: ruleInputSchema,
    responses: { 201: { description: 'Stored', schema: ruleViewSchema } },
    handler: async (request) => {
      const rule = await rules.create(authorOf(request), request.body);
      request.setHeader('Location', `/api/v1/rules/${rule.id}`);
      return created(rule);
    },
  });
}

function getRule({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/rules/{id}',
    permission: 'rules:read',
    tag: RULES_TAG,
    summary: 'One rule',
    params: ruleParams,
    responses: ONE,
    cached: { region: 'rules', reads: ['rules', 'rules.trigger_count', 'rule_versions'] },
    handler: async ({ caller, params }) => ok(await rules.get(caller.principal.tenantId, params.id)),
  });
}

function replaceRule({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/rules/{id}',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Replace a stored rule',
    description: `What is not sent gets its default; without "enabled" it stays switched as it is. ${WIRED}`,
    params: ruleParams,
    query: editQuery,
    body: ruleInputSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const author = { ...authorOf(request), action: 'rule.replace' as const };
      return ok(await rules.edit(author, request.params.id, editOptions(request), () => request.body));
    },
  });
}

function patchRoute({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/rules/{id}',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Change fields of a stored rule',
    description: WIRED,
    params: ruleParams,
    query: editQuery,
    body: rulePatchSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const author = { ...authorOf(request), action: 'rule.change' as const };
      const change = (rule: z.output<typeof ruleInputSchema>) => validate(ruleInputSchema, patchRule(rule, request.body), 'body');
      return ok(await rules.edit(author, request.params.id, editOptions(request), change));
    },
  });
}

function removeRule({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/rules/{id}',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Delete a stored rule',
    description: `Its open alerts are resolved by \`rule removed\`; its versions stay. ${WIRED}`,
    params: ruleParams,
    query: versionQuery,
    responses: { 204: { description: 'Deleted' } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      await rules.remove(authorOf(request), request.params.id, expectedVersion(request));
      return noContent;
    },
  });
}

function toggleRule({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/rules/{id}/toggle',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Switch a stored rule on or off',
    description: `Without a body it is switched over. Switched off, its open alerts are resolved by \`rule disabled\`. ${WIRED}`,
    params: ruleParams,
    query: versionQuery,
    body: ruleToggleSchema,
    bodyMode: 'optional',
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      return ok(await rules.toggle(authorOf(request), request.params.id, request.body.enabled, expectedVersion(request)));
    },
  });
}
