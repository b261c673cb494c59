import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics } from 'prom-client';
import { readCounter } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** Gauges whose names end in `_total`, which is for counters alone: `promtool check metrics` refuses them. Each has a sister with a good name. */
const BADLY_NAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Of the process and its event loop, under the names that ready-made dashboards of Node.js know. */
export function processMetrics(bench: MetricBench): void {
  const { registry } = bench;
  collectDefaultMetrics({ register: registry });
  for (const name of BADLY_NAMED) registry.removeSingleMetric(name);
  readCounter(bench, {
    name: 'insa_event_loop_seconds_total',
    help: 'Time of the event loop since the start, by state (active: running JavaScript, idle: waiting); the rate of active is its utilization, 1 is all of it.',
    labelNames: ['state'],
    read: () => {
      const { active, idle } = performance.eventLoopUtilization();
      return [
        { labels: { state: 'active' }, value: active / 1_000 },
        { labels: { state: 'idle' }, value: idle / 1_000 },
      ];
    },
  });
}
