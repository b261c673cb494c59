import express from 'express';
import type { Router } from 'express';
import { countAs } from './middleware/request-tally.ts';
import type { HealthReport } from './ports.ts';

/** `/health` and `/health/ready`, for people, load balancers and service managers: open to everybody, outside `/api/v1`. */
export function healthRouter(health: HealthReport): Router {
  const router = express.Router();
  router.get('/health', async (_request, response) => {
    countAs(response, '/health');
    const report = await health.report();
    response
      .status(report.status === 'unhealthy' ? 503 : 200)
      .setHeader('Cache-Control', 'no-store')
      .json(report);
  });
  router.get('/health/ready', async (_request, response) => {
    countAs(response, '/health/ready');
    const ready = await health.isReady();
    const { warnings } = await health.report();
    response
      .status(ready ? 200 : 503)
      .setHeader('Cache-Control', 'no-store')
      .json({ ready, warnings });
  });
  return router;
}
