import { collectDefaultMetrics } from 'prom-client';
import type { MetricBench } from '../types.ts';

/** Gauges whose names end in `_total`, which is for counters alone: `promtool check metrics` refuses them. Each has a sister with a good name. */
const BADLY_NAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Of the process and its event loop, under the names that ready-made dashboards of Node.js know. */
export function processMetrics({ registry }: MetricBench): void {
  collectDefaultMetrics({ register: registry });
  for (const name of BADLY_NAMED) registry.removeSingleMetric(name);
}
