import type { PlatformEvents } from '../contracts/events.ts';
import type { Severity } from '../contracts/rules.ts';
import type { EventBus } from '../core/events.ts';

/** Alerts that were raised and resolved since the start, by severity: listens to what is told after the commit. */
export class AlertCounts {
  readonly raised: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };
  readonly resolved: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };

  constructor(events: Pick<EventBus<PlatformEvents>, 'on'>) {
    events.on('alert.raised', ({ alert }) => (this.raised[alert.severity] += 1));
    events.on('alert.updated', ({ update }) => {
      if (update.status === 'resolved') this.resolved[update.alert.severity] += 1;
    });
  }
}
