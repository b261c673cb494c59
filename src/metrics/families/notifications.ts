import { Counter, Gauge } from 'prom-client';
import { CHANNELS } from '../../contracts/actions.ts';
import { ATTEMPT_OUTCOMES } from '../../contracts/notifications.ts';
import type { MetricBench } from '../types.ts';

/** Deliveries, and what waits for one. Every channel is shown from the start, so that a first failure is a step from 0 and no new series. */
export function notificationMetrics({ registry, sources, asked }: MetricBench): void {
  const { notifications } = sources;
  if (notifications === undefined) return;
  new Counter({
    name: 'insa_notification_attempts_total',
    help: 'Recorded attempts to deliver notifications since the start, by channel and outcome (delivered, retry: tried again later, failed: given up).',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      const counts = notifications.attempts();
      for (const channel of CHANNELS) {
        for (const outcome of ATTEMPT_OUTCOMES) this.inc({ channel, outcome }, counts.get(channel)?.[outcome] ?? 0);
      }
    },
  });
  const name = 'insa_notifications_waiting';
  const waiting = new Gauge({
    name,
    help: 'Notifications that are neither delivered nor given up, by channel.',
    labelNames: ['channel'],
    registers: [registry],
    collect: () => collect(),
  });
  const collect = asked({
    name,
    ask: () => notifications.waiting(),
    show: (counts) => CHANNELS.forEach((channel) => waiting.set({ channel }, counts.get(channel) ?? 0)),
    hide: () => waiting.reset(),
  });
}
