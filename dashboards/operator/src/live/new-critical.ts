import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Alerts } from './open-alerts.ts';

/**
 * Which alerts a person should be woken for: critical, not acknowledged, and neither there when the page was loaded nor told before.
 * One that grew critical counts as new.
 */
export class NewCritical {
  private readonly known = new Set<string>();

  /** What is there already: nobody is woken for it. */
  adopt(alerts: Alerts): void {
    for (const alert of alerts.values()) if (isAlarming(alert)) this.known.add(alert.id);
  }

  /** Those of `alerts` that were not there before; each is answered once. */
  take(alerts: Alerts): Alert[] {
    const fresh = [...alerts.values()].filter((alert) => isAlarming(alert) && !this.known.has(alert.id));
    for (const { id } of fresh) this.known.add(id);
    return fresh;
  }

  /** Forgets everything: somebody else may sign in. */
  clear(): void {
    this.known.clear();
  }
}

function isAlarming({ severity, status }: Alert): boolean {
  return severity === 'critical' && status === 'active';
}
