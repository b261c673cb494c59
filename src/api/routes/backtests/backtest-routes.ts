import { z } from 'zod';
import { backtestSchema, storedBacktestSchema, unsavedBacktestSchema } from '../../../contracts/backtest.ts';
import type { Backtest } from '../../../contracts/backtest.ts';
import { AppError } from '../../../core/errors.ts';
import { actorOf, remedyOfLack } from '../../../core/principal.ts';
import type { Backtests } from '../../ports.ts';
import { defineRoute, noContent, ok } from '../../route.ts';
import type { Caller, Route, RouteReply } from '../../route.ts';
import { uuidParam } from '../shared.ts';

/** What the routes of backtests use. */
export interface BacktestRoutesDeps {
  backtests: Backtests;
}

const TAG = 'rules';
const ruleParams = z.object({ id: uuidParam });
const STARTED = {
  200: { description: 'It has ended', schema: backtestSchema },
  202: { description: 'It runs or waits for its turn; ask for it at `Location`', schema: backtestSchema },
};
const ALSO_NEEDS = 'Needs the permission `telemetry:read` too.';

/** Trying rules on stored telemetry. The fixed words stand before the routes of `/rules/{id}`. */
export function backtestRoutes(deps: BacktestRoutesDeps): Route[] {
  return [startUnsaved(deps), getBacktest(deps), cancelBacktest(deps), startStored(deps)];
}

function startUnsaved({ backtests }: BacktestRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules/backtest',
    permission: 'rules:try',
    tag: TAG,
    summary: 'Try a rule that is not kept on the past',
    description: `Replays stored telemetry through the rule and tells what it would have raised; nothing is stored and nobody is told. ${ALSO_NEEDS}`,
    body: unsavedBacktestSchema,
    responses: STARTED,
    handler: async (request) => {
      refuseWithoutTelemetry(request.caller);
      const { tenantId } = request.caller.principal;
      return started(request, await backtests.start({ tenantId, ruleId: undefined }, request.body));
    },
  });
}

function startStored({ backtests }: BacktestRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/rules/{id}/backtest',
    permission: 'rules:try',
    tag: TAG,
    summary: 'Try a kept rule on the past',
    description: `With \`rule\`, that one is tried and compared with the kept one; with \`compare_with\`, the kept one is compared. ${ALSO_NEEDS}`,
    params: ruleParams,
    body: storedBacktestSchema,
    responses: STARTED,
    handler: async (request) => {
      refuseWithoutTelemetry(request.caller);
      const { tenantId } = request.caller.principal;
      return started(request, await backtests.start({ tenantId, ruleId: request.params.id }, request.body));
    },
  });
}

function getBacktest({ backtests }: BacktestRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/rules/backtests/{id}',
    permission: 'rules:try',
    tag: TAG,
    summary: 'How a backtest goes, and what came of it',
    description: `For ten minutes after its end. ${ALSO_NEEDS}`,
    params: ruleParams,
    responses: { 200: { description: 'The backtest', schema: backtestSchema } },
    handler: ({ caller, params }) => {
      refuseWithoutTelemetry(caller);
      return Promise.resolve(ok(backtests.get(caller.principal.tenantId, params.id)));
    },
  });
}

function cancelBacktest({ backtests }: BacktestRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/rules/backtests/{id}',
    permission: 'rules:try',
    tag: TAG,
    summary: 'Cancel a backtest',
    description: `The answer comes when nothing of it runs any more. One that has ended stays as it is. ${ALSO_NEEDS}`,
    params: ruleParams,
    responses: { 204: { description: 'Nothing of it runs any more' } },
    handler: async ({ caller, params }) => {
      refuseWithoutTelemetry(caller);
      await backtests.cancel(caller.principal.tenantId, params.id);
      return noContent;
    },
  });
}

/** A result shows readings, so who may not read those may not have it. */
function refuseWithoutTelemetry({ principal }: Caller): void {
  if (principal.permissions.has('telemetry:read')) return;
  const message = `This needs the permission "telemetry:read" too, which ${actorOf(principal)} does not have. ${remedyOfLack(principal)}`;
  throw new AppError('FORBIDDEN', message, { details: { permission: 'telemetry:read' } });
}

function started(request: { setHeader(name: string, value: string): void }, backtest: Backtest): RouteReply {
  if (backtest.status !== 'running') return ok(backtest);
  request.setHeader('Location', `/api/v1/rules/backtests/${backtest.id}`);
  return { status: 202, body: backtest };
}
