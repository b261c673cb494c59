import { z } from 'zod';
import { IMPORT_CONFLICTS, ruleExportSchema, ruleImportSchema } from '../../../contracts/stored-rules.ts';
import type { RuleTransfer } from '../../../rulebook/rule-transfer.ts';
import { created, defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { authorOf, RULES_TAG } from './shared.ts';

/** What bringing rules in and out uses. */
export interface RuleTransferRoutesDeps {
  ruleTransfer: RuleTransfer;
}

/** Stored rules as a file, and back. */
export function ruleTransferRoutes(deps: RuleTransferRoutesDeps): Route[] {
  return [exportRules(deps), importRules(deps)];
}

function exportRules({ ruleTransfer }: RuleTransferRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/rules/export',
    permission: 'rules:read',
    tag: RULES_TAG,
    summary: 'All stored rules as JSON',
    responses: { 200: { description: 'The rules, as an import takes them', schema: ruleExportSchema } },
    handler: async (request) => {
      request.setHeader('Content-Disposition', 'attachment; filename="insa-rules.json"');
      return ok(await ruleTransfer.export(request.caller.principal.tenantId));
    },
  });
}

function importRules({ ruleTransfer }: RuleTransferRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules/import',
    permission: 'rules:write',
    tag: RULES_TAG,
    summary: 'Store rules from JSON, all or none',
    query: z.strictObject({
      on_conflict: z.enum(IMPORT_CONFLICTS).optional().meta({
        description:
          'When a stored rule has the same name. error (unless given): nothing is imported; skip: it stays; replace: it is overwritten',
      }),
    }),
    body: ruleExportSchema,
    responses: { 201: { description: 'What was done', schema: ruleImportSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      return created(await ruleTransfer.import(authorOf(request), request.body, request.query.on_conflict ?? 'error'));
    },
  });
}
