import type { Alert, AlertStatus } from '../../../../src/contracts/alerts.ts';
import type { Severity } from '../../../../src/contracts/rules.ts';

/** Alerts by id. */
export type Alerts = ReadonlyMap<string, Alert>;

const STATUS_RANK: Record<AlertStatus, number> = { active: 0, acknowledged: 1, resolved: 2 };
const SEVERITY_RANK: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };

/**
 * True when `candidate` is a later state of the same alert than `current`. An alert only ever moves forward
 * (active, acknowledged, resolved) and its count only grows, so that states can be ordered without a clock.
 */
export function isLaterState(candidate: Alert, current: Alert | undefined): boolean {
  if (current === undefined) return true;
  const forward = STATUS_RANK[candidate.status] - STATUS_RANK[current.status];
  if (forward !== 0) return forward > 0;
  return candidate.occurrences >= current.occurrences;
}

/** The open alerts after one event. The input is not changed. */
export function withAlert(alerts: Alerts, incoming: Alert): Alerts {
  if (!isLaterState(incoming, alerts.get(incoming.id))) return alerts;
  const next = new Map(alerts);
  if (incoming.status === 'resolved') next.delete(incoming.id);
  else next.set(incoming.id, incoming);
  return next;
}

/**
 * The open alerts after a list was loaded: what the list says, corrected by the events that came while it was under way.
 * An alert the list does not name and no event mentioned has been resolved unseen, and goes.
 */
export function fromSnapshot(snapshot: readonly Alert[], meanwhile: readonly Alert[]): Alerts {
  const latest = new Map<string, Alert>();
  for (const alert of [...snapshot, ...meanwhile]) {
    if (isLaterState(alert, latest.get(alert.id))) latest.set(alert.id, alert);
  }
  return new Map([...latest].filter(([, alert]) => alert.status !== 'resolved'));
}

/** In the order a person should look at them: unacknowledged first, then by severity, then the newest. */
export function inOrderOfUrgency(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].sort(
    (left, right) =>
      STATUS_RANK[left.status] - STATUS_RANK[right.status] ||
      SEVERITY_RANK[left.severity] - SEVERITY_RANK[right.severity] ||
      right.raised_at.localeCompare(left.raised_at, 'en') ||
      left.id.localeCompare(right.id, 'en'),
  );
}

/** How many open alerts there are of each severity. */
export function countBySeverity(alerts: Iterable<Alert>): Record<Severity, number> {
  const counts: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };
  for (const alert of alerts) counts[alert.severity] += 1;
  return counts;
}

/** The worst severity among `alerts`, or undefined when there are none. */
export function worstSeverity(alerts: Iterable<Alert>): Severity | undefined {
  let worst: Severity | undefined;
  for (const { severity } of alerts) {
    if (worst === undefined || SEVERITY_RANK[severity] < SEVERITY_RANK[worst]) worst = severity;
  }
  return worst;
}
