import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { ALERT_STATUSES, alertActionSchema, alertHistorySchema, alertNoteSchema, alertSchema } from '../../../contracts/alerts.ts';
import type { AlertStatus } from '../../../contracts/alerts.ts';
import { pageOf } from '../../../contracts/common.ts';
import { alertExplanationSchema } from '../../../contracts/explanations.ts';
import { SEVERITIES } from '../../../contracts/rules.ts';
import { actorOf } from '../../../core/principal.ts';
import type { AlertExplainer } from '../../../rulebook/alert-explainer.ts';
import type { AlertRecords } from '../../../rulebook/alert-records.ts';
import { sayAge } from '../../answer.ts';
import { limitOf } from '../../cursor.ts';
import { listenerOf, listenerQuery } from '../../listener.ts';
import type { AlertActions, AlertHistoryItem } from '../../ports.ts';
import { created, defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { pageQuery, recordDone, uuidParam } from '../shared.ts';
import { ALERTS_TAG, instantMs } from './shared.ts';
import { alertStatsRoute } from './stats-routes.ts';
import type { AlertStatsRouteDeps } from './stats-routes.ts';

/** What the routes of alerts use. */
export interface AlertRoutesDeps extends AlertStatsRouteDeps {
  alerts: AlertActions;
  alertRecords: AlertRecords;
  alertExplainer: AlertExplainer;
  audit: AuditLog;
}

const TAG = ALERTS_TAG;
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
  search: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Found in message, name of the rule, device or key, whatever the case' }),
  start: instantMs.optional().meta({ description: 'Known from this instant on; ISO 8601 with zone' }),
  end: instantMs.optional().meta({ description: 'Known before this instant' }),
});

const detailSchema = alertSchema.extend({ history: z.array(alertHistorySchema) }).meta({ id: 'AlertDetail' });

/** Alerts: the list, statistics, one with its history, and what people do about them. */
export function alertRoutes(deps: AlertRoutesDeps): Route[] {
  return [
    listAlerts(deps),
    alertStatsRoute(deps),
    getAlert(deps),
    explainAlert(deps),
    act(deps, 'acknowledge'),
    act(deps, 'resolve'),
    addNote(deps),
  ];
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
    cached: { region: 'alerts', reads: ['alerts'] },
    handler: async ({ caller, query }) => {
      const { status: statuses, severity, device_id: deviceId, rule_id: ruleId, search, start: startMs, end: endMs, cursor } = query;
      const filters = { statuses, severity, deviceId, ruleId, search, startMs, endMs };
      const { tenantId } = caller.principal;
      return ok(await alerts.list(tenantId, filters, { limit: limitOf(query), cursor }));
    },
  });
}

function getAlert({ alertRecords }: AlertRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/alerts/{id}',
    permission: 'alerts:read',
    tag: TAG,
    summary: 'One alert with its history',
    params,
    responses: { 200: { description: 'The alert', schema: detailSchema } },
    handler: async (request) => {
      const { content: told, ageMs } = await alertRecords.told(request.caller.principal.tenantId, request.params.id);
      sayAge(request, ageMs);
      return ok({ ...told.alert, history: told.history.map(shownEntry) });
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
    query: listenerQuery,
    isSpoken: true,
    responses: { 200: { description: 'The explanation', schema: alertExplanationSchema } },
    handler: async (request) => {
      const { caller, params: alert } = request;
      const { content: explanation, ageMs } = await alertExplainer.explain(caller.principal.tenantId, alert.id, listenerOf(request));
      sayAge(request, ageMs);
      return ok(explanation);
    },
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

function addNote({ alerts, audit }: AlertRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/alerts/{id}/notes',
    permission: 'alerts:write',
    tag: TAG,
    summary: 'Add a note to an alert',
    description: 'It stands in the history of the alert, also when the alert is over. An alert has at most 500 notes.',
    params,
    body: alertNoteSchema,
    responses: { 201: { description: 'The note as the history has it', schema: alertHistorySchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { principal } = request.caller;
      const { id } = request.params;
      const entry = await alerts.note(principal.tenantId, id, actorOf(principal), request.body.note);
      await recordDone(audit, request, { action: 'alert.note', target: id });
      return created(shownEntry(entry));
    },
  });
}

function shownEntry({ at, change, actor, note, occurrences }: AlertHistoryItem) {
  return { at, change, actor, note, ...(typeof occurrences === 'number' ? { occurrences } : {}) };
}
