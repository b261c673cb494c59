import type { MetricsReport } from '../api/ports.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../core/logger.ts';
import { MetricsAccess } from '../metrics/access.ts';
import { PlatformMetrics } from '../metrics/platform-metrics.ts';
import type { MetricSources } from '../metrics/types.ts';

/** What metrics are made of, and who may read them. */
export interface MetricsOptions {
  config: Pick<Config, 'metrics'>;
  /** What there is to show; a subject without its source is not shown. */
  sources: Partial<MetricSources>;
  logger: Logger;
}

/** Metrics over the running platform. */
export function createMetrics({ config, sources, logger }: MetricsOptions): MetricsReport {
  const access = new MetricsAccess(config.metrics);
  const metrics = new PlatformMetrics({ logger, sources });
  return { refusal: (caller) => access.refusal(caller), contentType: metrics.contentType, text: () => metrics.text() };
}
