import { readHistogram } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** Requests to the API. A route appears with its first request. */
export function apiMetrics(bench: MetricBench): void {
  const { api } = bench.sources;
  if (api === undefined) return;
  readHistogram(bench, {
    name: 'insa_http_request_seconds',
    help: 'How long HTTP requests took until their answer was handed over, by route (its template; "web app": files of the web app, "other": no route), method and class of status ("aborted": the client went away).',
    labelNames: ['route', 'method', 'status'],
    read: () => Array.from(api.requests(), ({ route, method, status, took }) => ({ labels: { route, method, status }, buckets: took })),
  });
}
