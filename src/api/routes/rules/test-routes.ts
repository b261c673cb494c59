import { ruleTestRequestSchema, ruleTestSchema, unsavedRuleTestRequestSchema } from '../../../contracts/explanations.ts';
import type { RuleTester } from '../../../rulebook/rule-tester.ts';
import { listenerOf, listenerQuery } from '../../listener.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { ruleParams, RULES_TAG } from './shared.ts';

/** What the routes that try rules use. */
export interface RuleTestRoutesDeps {
  ruleTester: RuleTester;
}

const ANSWER = { 200: { description: 'What it would decide, step by step', schema: ruleTestSchema } };
const NOTHING = 'Changes nothing and tells nobody.';

/** Trying a rule once. */
export function ruleTestRoutes(deps: RuleTestRoutesDeps): Route[] {
  return [testUnsaved(deps), testRule(deps)];
}

function testUnsaved({ ruleTester }: RuleTestRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules/test',
    permission: 'rules:try',
    tag: RULES_TAG,
    summary: 'Try a rule that is not stored',
    description: NOTHING,
    query: listenerQuery,
    isSpoken: true,
    body: unsavedRuleTestRequestSchema,
    responses: ANSWER,
    handler: async (request) => {
      const { rule, ...asked } = request.body;
      return ok(await ruleTester.testInput(request.caller.principal.tenantId, rule, asked, listenerOf(request)));
    },
  });
}

function testRule({ ruleTester }: RuleTestRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules/{id}/test',
    permission: 'rules:try',
    tag: RULES_TAG,
    summary: 'Try a rule on given or current values',
    description: `From where it is with the device now; with "at" by the stored readings before that instant alone. ${NOTHING}`,
    params: ruleParams,
    query: listenerQuery,
    isSpoken: true,
    body: ruleTestRequestSchema,
    bodyMode: 'optional',
    responses: ANSWER,
    handler: async (request) => {
      const { caller, params, body } = request;
      return ok(await ruleTester.testRule(caller.principal.tenantId, params.id, body, listenerOf(request)));
    },
  });
}
