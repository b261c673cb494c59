import { DEVICE_STATUSES } from '../../contracts/devices.ts';
import { askedGauge } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** The registry of devices. */
export function deviceMetrics(bench: MetricBench): void {
  const { devices } = bench.sources;
  if (devices === undefined) return;
  askedGauge(bench, {
    name: 'insa_devices',
    help: 'Registered devices by status (unknown: has never said anything about itself).',
    labelNames: ['status'],
    ask: async () => {
      const counts = await devices.byStatus();
      return DEVICE_STATUSES.map((status) => ({ labels: { status }, value: counts.get(status) ?? 0 }));
    },
  });
}
