import express from 'express';
import type { Request, Router } from 'express';
import type { AuditLog } from '../auth/audit.ts';
import { AppError } from '../core/errors.ts';
import { addressOf } from './middleware/context.ts';
import { countAs } from './middleware/request-tally.ts';
import type { MetricsReport } from './ports.ts';

/** `/metrics` for Prometheus, outside `/api/v1`: by token or network list, as `metrics` judges. Refusals are in the audit log. */
export function metricsRouter({ metrics, audit, tenantId }: { metrics: MetricsReport; audit: AuditLog; tenantId: string }): Router {
  const router = express.Router();
  router.get('/metrics', async (request, response) => {
    countAs(response, '/metrics');
    const address = addressOf(request);
    const refusal = metrics.refusal({
      authorization: request.get('authorization'),
      address,
      isBehindUnknownProxy: isForwarded(request) && !isFromProxy(request),
    });
    if (refusal !== undefined) {
      await audit.record({ tenantId, actor: 'unknown', action: 'metrics.read', target: 'GET /metrics', outcome: 'refused', address });
      throw new AppError('FORBIDDEN', refusal);
    }
    const text = await metrics.text();
    response.setHeader('Content-Type', metrics.contentType).setHeader('Cache-Control', 'no-store').end(text);
  });
  return router;
}

function isForwarded(request: Request): boolean {
  return ['x-forwarded-for', 'forwarded', 'x-real-ip'].some((name) => request.get(name) !== undefined);
}

/** A configured proxy that names its client: then the address is the client's. */
function isFromProxy(request: Request): boolean {
  const trust = request.app.get('trust proxy fn') as (address: string, hops: number) => boolean;
  return trust(request.socket.remoteAddress ?? '', 0) && request.get('x-forwarded-for') !== undefined;
}
