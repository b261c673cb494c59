import type { IncomingMessage } from 'node:http';
import compression from 'compression';
import express from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import { AppError } from '../core/errors.ts';
import type { ApiDeps } from './deps.ts';
import { documentRouter } from './documents.ts';
import { healthRouter } from './health.ts';
import { metricsRouter } from './metrics.ts';
import { accessLog } from './middleware/access-log.ts';
import { clientAddress, requestContext, requestIdOf } from './middleware/context.ts';
import { countAs, countRequests } from './middleware/request-tally.ts';
import { RequestLimiter } from './middleware/request-limits.ts';
import { securityHeaders } from './middleware/security.ts';
import { buildOpenApi } from './openapi.ts';
import { operatorApp } from './operator-app.ts';
import { asAppError, sendProblem } from './problem.ts';
import type { Route } from './route.ts';
import { buildRouter } from './router.ts';
import { analyticsRoutes } from './routes/analytics/analytics-routes.ts';
import { alertRoutes } from './routes/alerts/alert-routes.ts';
import { apiKeyRoutes } from './routes/api-keys/api-key-routes.ts';
import { auditRoutes } from './routes/audit/audit-routes.ts';
import { authRoutes } from './routes/auth/auth-routes.ts';
import { backtestRoutes } from './routes/backtests/backtest-routes.ts';
import { connectionRoutes } from './routes/connection/connection-routes.ts';
import { dashboardRoutes } from './routes/dashboards/dashboard-routes.ts';
import { demoRoutes } from './routes/demo/demo-routes.ts';
import { commandRoutes } from './routes/devices/command-routes.ts';
import { configRoutes } from './routes/devices/config-routes.ts';
import { credentialRoutes } from './routes/devices/credential-routes.ts';
import { deviceRoutes } from './routes/devices/device-routes.ts';
import { testEmailRoute } from './routes/notifications/test-email.ts';
import { roleRoutes } from './routes/roles/role-routes.ts';
import { importRoutes } from './routes/devices/import-routes.ts';
import { seriesRoutes } from './routes/devices/series-routes.ts';
import { flowRoutes } from './routes/flows/flow-routes.ts';
import { openEndpointRoutes } from './routes/flows/open-endpoint-routes.ts';
import { flowVersionRoutes } from './routes/flows/version-routes.ts';
import { notificationRoutes } from './routes/notifications/notification-routes.ts';
import { testWebhookRoute } from './routes/notifications/test-webhook.ts';
import { ruleRoutes } from './routes/rules/rule-routes.ts';
import { ruleTestRoutes } from './routes/rules/test-routes.ts';
import { ruleTransferRoutes } from './routes/rules/transfer-routes.ts';
import { ruleVersionRoutes } from './routes/rules/version-routes.ts';
import { systemRoutes } from './routes/system/system-routes.ts';
import { accountRoutes } from './routes/telemetry/account-routes.ts';
import { aggregateRoute } from './routes/telemetry/aggregate-route.ts';
import { exportRoute } from './routes/telemetry/export-route.ts';
import { sendTelemetry } from './routes/telemetry/send-telemetry.ts';
import { telemetryRoutes } from './routes/telemetry/telemetry-routes.ts';
import { userRoutes } from './routes/users/user-routes.ts';
import { webhookRoutes } from './routes/webhooks/webhook-routes.ts';

export type { ApiDeps } from './deps.ts';

/** The API as an Express application, with what it was built from. */
export interface Api {
  app: Express;
  routes: readonly Route[];
  /** The OpenAPI 3.1 document. */
  openApi: object;
  /** Counts every request; also those that others answer. */
  limits: RequestLimiter;
  /** The client's address, as far as configured proxies are believed. */
  addressOf(request: IncomingMessage): string;
}

/** Of zlib: a day of readings takes half the time of the usual 6 and is no larger. */
const COMPRESSION_LEVEL = 4;

/** Everything that HTTP clients reach except the editor, flows and sockets: `/api/v1`, `/health`, `/metrics`, and the operator app at `/`. */
export function createApi(deps: ApiDeps): Api {
  const routes = allRoutes(deps);
  const openApi = buildOpenApi(routes, deps.version);
  const limits = limiterOf(deps);
  const app = express();
  app.disable('x-powered-by');
  // Answers are never kept (no-store), so nobody could ask whether one has changed; hashing a day of readings takes 9 ms.
  app.disable('etag');
  if (deps.trustProxy !== undefined) app.set('trust proxy', trustOf(deps.trustProxy));
  if (deps.requests !== undefined) app.use(countRequests(deps.requests));
  app.use(requestContext(deps.newId), accessLog(deps), securityHeaders(deps), compression({ level: COMPRESSION_LEVEL }));
  const authentication = { sessions: deps.sessions, keys: deps.credentials };
  app.use(
    '/api/v1',
    documentRouter(openApi, routes),
    buildRouter(routes, { ...authentication, audit: deps.audit, cache: deps.cache, limits, defaultTenantId: deps.tenantId }),
  );
  app.use(healthRouter(deps.health), metricsRouter(deps));
  app.use((_request: Request, response: Response, next: NextFunction) => {
    countAs(response, 'web app');
    next();
  });
  app.use(operatorApp(deps.operatorDir));
  app.use((request: Request, response: Response) => {
    countAs(response, 'other');
    throw new AppError(
      'NOT_FOUND',
      `There is nothing at ${request.method} ${request.path.slice(0, 200)}. GET /api/v1/docs shows what there is.`,
    );
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      // Too late for a problem: Express ends the connection, so that the client sees that the answer is not whole.
      next(error);
      return;
    }
    const context = {
      logger: deps.logger,
      requestId: requestIdOf(response),
      path: request.path,
      isPassing: (thrown: unknown) => deps.isPassing(thrown),
    };
    sendProblem(response, asAppError(error, context));
  });
  const trust = app.get('trust proxy fn') as (address: string, hops: number) => boolean;
  return { app, routes, openApi, limits, addressOf: (request) => clientAddress(request, trust) };
}

/** Every route, in the order in which they are tried. */
export function allRoutes(deps: ApiDeps): readonly Route[] {
  return [
    ...authRoutes(deps),
    ...userRoutes(deps),
    ...roleRoutes(deps),
    ...deviceRoutes(deps),
    ...importRoutes(deps),
    ...configRoutes(deps),
    ...commandRoutes(deps),
    ...seriesRoutes(deps),
    ...credentialRoutes(deps),
    ...apiKeyRoutes(deps),
    ...auditRoutes(deps),
    sendTelemetry(deps),
    aggregateRoute(deps),
    exportRoute(deps),
    ...accountRoutes(deps),
    ...telemetryRoutes(deps),
    ...analyticsRoutes(deps),
    // The fixed words under /rules stand before `{id}`.
    ...backtestRoutes(deps),
    ...ruleTransferRoutes(deps),
    ...ruleTestRoutes(deps),
    ...ruleRoutes(deps),
    ...ruleVersionRoutes(deps),
    ...alertRoutes(deps),
    ...notificationRoutes(deps),
    ...webhookRoutes(deps),
    testWebhookRoute(deps),
    ...dashboardRoutes(deps),
    testEmailRoute(deps),
    ...connectionRoutes(deps),
    ...systemRoutes(deps),
    ...demoRoutes(deps),
    ...flowRoutes(deps),
    ...flowVersionRoutes(deps),
    ...openEndpointRoutes(deps),
  ];
}

function limiterOf({ limiters, audit, clock, tenantId, credentials, requestLimits }: ApiDeps): RequestLimiter {
  const isRemembered = (key: string) => credentials.isRemembered(key);
  return new RequestLimiter({ limiters, audit, clock, defaultTenantId: tenantId, isRemembered, limits: requestLimits });
}

/** A count of proxies, or their addresses with commas between, as Express takes it. */
function trustOf(value: string): number | string {
  return /^\d+$/.test(value) ? Number(value) : value;
}
