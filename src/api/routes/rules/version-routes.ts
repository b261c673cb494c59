import { z } from 'zod';
import { pageOf } from '../../../contracts/common.ts';
import { ruleInputSchema, ruleVersionSchema, ruleViewSchema } from '../../../contracts/stored-rules.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { validate } from '../../validation.ts';
import { pageQuery } from '../shared.ts';
import type { RuleRoutesDeps } from './rule-routes.ts';
import { authorOf, editOptions, editQuery, ruleParams, RULES_TAG, versionText } from './shared.ts';

const versionParams = ruleParams.extend({ version: versionText });
const versionCursor = z.int().min(1);

/** What rules said before. */
export function ruleVersionRoutes(deps: RuleRoutesDeps): Route[] {
  return [listVersions(deps), getVersion(deps), restoreVersion(deps)];
}

function listVersions({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/rules/{id}/versions',
    permission: 'rules:read',
    tag: RULES_TAG,
    summary: 'The versions of a rule',
    description: 'Of a deleted rule too.',
    params: ruleParams,
    query: pageQuery,
    responses: { 200: { description: 'Versions, newest first', schema: pageOf(ruleVersionSchema) } },
    cached: { region: 'rules', reads: ['rules', 'rule_versions'] },
    handler: async ({ caller, params, query }) => {
      const limit = limitOf(query);
      const beforeVersion = readCursor(query.cursor, versionCursor);
      const rows = await rules.versions({ tenantId: caller.principal.tenantId, ruleId: params.id, beforeVersion, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (version) => version, key: ({ version }) => version }));
    },
  });
}

function getVersion({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/rules/{id}/versions/{version}',
    permission: 'rules:read',
    tag: RULES_TAG,
    summary: 'One version of a rule',
    params: versionParams,
    responses: { 200: { description: 'The version', schema: ruleVersionSchema } },
    cached: { region: 'rules', reads: ['rules', 'rule_versions'] },
    handler: async ({ caller, params }) => {
      return ok(await rules.version({ tenantId: caller.principal.tenantId, ruleId: params.id, version: params.version }));
    },
  });
}

function restoreVersion({ rules }: RuleRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules/{id}/versions/{version}/restore',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Make an earlier version the newest one',
    description: 'It becomes another version with the same words; the rule stays switched as it is.',
    params: versionParams,
    query: editQuery,
    responses: { 200: { description: 'The rule', schema: ruleViewSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { id: ruleId, version } = request.params;
      const check = (rule: unknown) => validate(ruleInputSchema, rule, 'body');
      return ok(await rules.restore(authorOf(request), { ruleId, version }, editOptions(request), check));
    },
  });
}
