import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { ALERT_STATUSES, alertActionSchema, alertSchema } from '../../../contracts/alerts.ts';
import type { AlertStatus } from '../../../contracts/alerts.ts';
import { pageOf } from '../../../contracts/common.ts';
import { alertExplanationSchema } from '../../../contracts/explanations.ts';
import { SEVERITIES } from '../../../contracts/rules.ts';
import { actorOf } from '../../../core/principal.ts';
import type { AlertExplainer } from '../../../rulebook/alert-explainer.ts';
import { limitOf } from '../../cursor.ts';
import type { AlertActions } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { pageQuery, recordDone, uuidParam } from '../shared.ts';

/** What the routes of alerts use. */
export interface AlertRoutesDeps {
  alerts: AlertActions;
  alertExplainer: AlertExplainer;
  audit: AuditLog;
}

const TAG = 'alerts';
const params = z.object({ id: uuidParam });

function isStatus(word: string): word is AlertStatus {
  return ALERT_STATUSES.some((status) => status === word);
}

const listQuery = pageQuery.extend({
  status: z
    .string()
    .transform((text) => text.split(','))
    .refine((words) => words.every(isStatus), 'Send active, acknowledged, resolved, or several with commas between.')
    .transform((words) => words.filter(isStatus))
    .optional()
    .meta({ description: 'One or several: active,acknowledged' }),
  severity: z.enum(SEVERITIES).optional(),
  device_id: z.string().min(1).max(200).optional(),
  rule_id: z.uuid().optional(),
});

const historySchema = z
  .object({ at: z.string(), change: z.string(), actor: z.string(), note: z.string().nullable() })
  .meta({ id: 'AlertHistory' });
const detailSchema = alertSchema.extend({ history: z.array(historySchema) }).meta({ id: 'AlertDetail' });

/** Alerts: the list, one with its history, and what people do about them. */
export function alertRoutes(deps: AlertRoutesDeps): Route[] {
  return [listAlerts(deps), getAlert(deps), explainAlert(deps), act(deps, 'acknowledge'), act(deps, 'resolve')];
}

function listAlerts({ alerts }: AlertRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/alerts',
    permission: 'alerts:read',
    tag: TAG,
    summary: 'List alerts',
    query: listQuery,
    responses: { 200: { description: 'Alerts, newest first', schema: pageOf(alertSchema) } },
    handler: async ({ caller, query }) => {
      const { status: statuses, severity, device_id: deviceId, rule_id: ruleId, cursor } = query;
      return ok(await alerts.list(caller.principal.tenantId, { statuses, severity, deviceId, ruleId }, { limit: limitOf(query), cursor }));
    },
  });
}

function getAlert({ alerts }: AlertRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/alerts/{id}',
    permission: 'alerts:read',
    tag: TAG,
    summary: 'One alert with its history',
    params,
    responses: { 200: { description: 'The alert', schema: detailSchema } },
    handler: async ({ caller, params: { id } }) => {
      const alert = await alerts.get(caller.principal.tenantId, id);
      const history = await alerts.history(caller.principal.tenantId, id);
      return ok({ ...alert, history: history.map(({ at, change, actor, note }) => ({ at, change, actor, note })) });
    },
  });
}

function explainAlert({ alertExplainer }: AlertRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/alerts/{id}/explanation',
    permission: 'alerts:read',
    tag: TAG,
    summary: 'Why there is this alert',
    description:
      'What was compared, by which version of the rule, for how long it had held, and what was held back or counted instead of told.',
    params,
    responses: { 200: { description: 'The explanation', schema: alertExplanationSchema } },
    handler: async ({ caller, params: { id } }) => ok(await alertExplainer.explain(caller.principal.tenantId, id)),
  });
}

function act({ alerts, audit }: AlertRoutesDeps, action: 'acknowledge' | 'resolve'): Route {
  return defineRoute({
    method: 'post',
    path: `/alerts/{id}/${action}`,
    permission: 'alerts:write',
    tag: TAG,
    summary: action === 'acknowledge' ? 'Acknowledge an alert' : 'Resolve an alert',
    params,
    body: alertActionSchema,
    bodyMode: 'optional',
    responses: { 200: { description: 'The alert after it', schema: alertSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { principal } = request.caller;
      const { id } = request.params;
      const alert = await alerts[action](principal.tenantId, id, actorOf(principal), request.body.note);
      await recordDone(audit, request, { action: `alert.${action}`, target: id });
      return ok(alert);
    },
  });
}
