import { readCounter } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** Flows on the canvas. A node type appears with its first error. */
export function flowMetrics(bench: MetricBench): void {
  const { flows } = bench.sources;
  if (flows === undefined) return;
  readCounter(bench, {
    name: 'insa_flow_node_errors_total',
    help: 'Errors of nodes since the start that no catch node took, by type of the node.',
    labelNames: ['node_type'],
    read: () => Array.from(flows.nodeErrors(), ([node_type, value]) => ({ labels: { node_type }, value })),
  });
}
