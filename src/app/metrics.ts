import type { MetricsReport } from '../api/ports.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../core/logger.ts';
import { MetricsAccess } from '../metrics/access.ts';
import { PlatformMetrics } from '../metrics/platform-metrics.ts';
import type { Notify } from './notify.ts';

/** What metrics are made of, and who may read them. */
export interface MetricsOptions {
  config: Pick<Config, 'metrics'>;
  notify: { dispatcher: Pick<Notify['dispatcher'], 'counts'>; ledger: Pick<Notify['ledger'], 'waiting'> };
  logger: Logger;
}

/** Metrics over the running platform. */
export function createMetrics({ config, notify, logger }: MetricsOptions): MetricsReport {
  const access = new MetricsAccess(config.metrics);
  const metrics = new PlatformMetrics({
    logger,
    sources: { notifications: { attempts: () => notify.dispatcher.counts(), waiting: () => notify.ledger.waiting() } },
  });
  return { refusal: (caller) => access.refusal(caller), contentType: metrics.contentType, text: () => metrics.text() };
}
