import type { Alert } from '../contracts/alerts.ts';
import { SEVERITIES } from '../contracts/rules.ts';
import type { RuleTransition, Severity } from '../contracts/rules.ts';
import { AppError } from '../core/errors.ts';

/**
 * The life of an alert: `active` -> `acknowledged` -> `resolved`. Pure.
 *
 * - A rule has one open alert per device. `raised` opens it; when it is open already, it counts as a repeat.
 * - `repeated` adds to the count of the open alert; without an open one it changes nothing.
 * - A raise or repeat that is more severe than the open alert makes the alert so; it grows worse in place and never milder by itself.
 * - `cleared` resolves the open alert, acknowledged or not.
 * - A person may resolve an alert while its condition still holds. It stays resolved: repeats change nothing, and only when the
 *   condition has cleared and is violated again does the rule raise, and so open, another alert.
 */
export type LiveKind = Exclude<RuleTransition['kind'], 'corrected'>;
/** What became of the open alert; `roseFrom`: it is more severe than it was. */
export type Outcome =
  | { kind: 'raised' | 'cleared'; alert: Alert }
  | { kind: 'repeated'; alert: Alert; roseFrom?: Severity }
  | { kind: 'none'; alert: Alert | undefined };

/** Who resolved an alert whose condition no longer holds. */
export const CONDITION_CLEARED = 'condition cleared';

/** What a rule's transition makes of the open alert of that rule and device. `newId` is the id of an alert that it may open. */
export function applyTransition(open: Alert | undefined, transition: RuleTransition & { kind: LiveKind }, newId: string): Outcome {
  switch (transition.kind) {
    case 'raised':
      return open === undefined ? { kind: 'raised', alert: opened(transition, newId) } : repeated(open, transition);
    case 'repeated':
      return open === undefined ? { kind: 'none', alert: undefined } : repeated(open, transition);
    case 'cleared':
      if (open === undefined) return { kind: 'none', alert: undefined };
      return { kind: 'cleared', alert: cleared(open, transition) };
  }
}

/** A person takes notice. Doing so twice is no error; an alert that somebody else acknowledged, or that is resolved, is a conflict. */
export function acknowledge(alert: Alert, actor: string, at: string): Alert {
  if (alert.status === 'active') return { ...alert, status: 'acknowledged', acknowledged_by: actor, acknowledged_at: at };
  if (alert.status === 'acknowledged' && alert.acknowledged_by === actor) return alert;
  throw conflict(alert, 'acknowledge');
}

/** A person, or the removal of what the alert is about, ends it. An alert that is resolved already is a conflict. */
export function resolve(alert: Alert, actor: string, at: string): Alert {
  if (alert.status === 'resolved') throw conflict(alert, 'resolve');
  return resolved(alert, actor, at);
}

function opened(transition: RuleTransition, id: string): Alert {
  return {
    id,
    rule_id: transition.rule_id,
    rule_version: transition.rule_version,
    rule_name: transition.rule_name,
    device_id: transition.device_id,
    key: transition.key,
    severity: transition.severity,
    status: 'active',
    message: transition.message,
    value: transition.value,
    threshold: transition.threshold,
    unit: transition.unit,
    occurrences: Math.max(1, transition.occurrences),
    raised_at: transition.at,
    known_at: transition.known_at,
    last_value: transition.value,
    last_at: transition.at,
    acknowledged_by: null,
    acknowledged_at: null,
    resolved_by: null,
    resolved_at: null,
    request_id: transition.request_id ?? null,
  };
}

function repeated(open: Alert, transition: RuleTransition): Outcome {
  const alert = counted(open, transition);
  const isWorse = SEVERITIES.indexOf(transition.severity) > SEVERITIES.indexOf(open.severity);
  return isWorse
    ? { kind: 'repeated', alert: { ...alert, severity: transition.severity }, roseFrom: open.severity }
    : { kind: 'repeated', alert };
}

function counted(alert: Alert, transition: RuleTransition): Alert {
  return { ...alert, occurrences: alert.occurrences + transition.occurrences, last_value: transition.value, last_at: transition.at };
}

/** A reading that was under way when the timer completed a duration may be older than the raise; an alert never ends before it began. */
function cleared(open: Alert, transition: RuleTransition): Alert {
  const at = transition.at < open.raised_at ? open.raised_at : transition.at;
  return resolved(counted(open, transition), CONDITION_CLEARED, at);
}

function resolved(alert: Alert, actor: string, at: string): Alert {
  return { ...alert, status: 'resolved', resolved_by: actor, resolved_at: at };
}

function conflict(alert: Alert, action: 'acknowledge' | 'resolve'): AppError {
  const by = alert.status === 'resolved' ? alert.resolved_by : alert.acknowledged_by;
  const next = alert.status === 'resolved' ? 'It is over; nothing is left to do.' : 'It may still be resolved.';
  return new AppError(
    'CONFLICT',
    `You cannot ${action} alert ${alert.id}: its status is "${alert.status}" already (by ${by ?? 'the rule'}). ${next}`,
    { details: { id: alert.id, alert_status: alert.status, by } },
  );
}
