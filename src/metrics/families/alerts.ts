import { SEVERITIES } from '../../contracts/rules.ts';
import { askedGauge, readCounter } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** Alerts by severity. */
export function alertMetrics(bench: MetricBench): void {
  const { alerts } = bench.sources;
  if (alerts === undefined) return;
  askedGauge(bench, {
    name: 'insa_alerts_open',
    help: 'Alerts that are not resolved, acknowledged ones included, by severity.',
    labelNames: ['severity'],
    ask: async () => {
      const open = await alerts.open();
      return SEVERITIES.map((severity) => ({ labels: { severity }, value: open.get(severity) ?? 0 }));
    },
  });
  readCounter(bench, {
    name: 'insa_alerts_raised_total',
    help: 'Alerts raised since the start, by severity.',
    labelNames: ['severity'],
    read: () => SEVERITIES.map((severity) => ({ labels: { severity }, value: alerts.raised()[severity] })),
  });
  readCounter(bench, {
    name: 'insa_alerts_resolved_total',
    help: 'Alerts resolved since the start, by whomever, by severity; one that late readings correct after its end counts once more.',
    labelNames: ['severity'],
    read: () => SEVERITIES.map((severity) => ({ labels: { severity }, value: alerts.resolved()[severity] })),
  });
}
