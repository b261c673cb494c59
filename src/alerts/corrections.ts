import type { Alert } from '../contracts/alerts.ts';
import { correctionNote } from '../contracts/correction-notes.ts';
import type { Correction, RuleTransition } from '../contracts/rules.ts';
import { CONDITION_CLEARED } from './life-cycle.ts';

/*
 * Late readings put the past of a rule right (docs/decisions/0008). Pure: what a correction makes of the alert that it is about. Nobody is
 * woken by any of it; what a person has done to an alert stays.
 */

/** Who ended an alert that late readings show never to have been. */
export const WITHDRAWN = 'withdrawn by late readings';

/** Whether the readings themselves ended an alert, and not a person or the end of its rule or device. */
export function isEndedByReadings({ resolved_by: by }: Alert): boolean {
  return by === CONDITION_CLEARED || by === WITHDRAWN;
}

/** An alert after a correction, and what is written into its history. */
export interface CorrectedAlert {
  alert: Alert;
  isNew: boolean;
  note: string;
}

/**
 * What a correction makes of the alert that was raised at `was_raised_at` (undefined when nobody has recorded one); undefined when there is
 * nothing to change. `newId` is the id of an alert that it may add.
 */
export function applyCorrection(
  known: Alert | undefined,
  correction: Correction,
  transition: RuleTransition,
  newId: string,
): CorrectedAlert | undefined {
  switch (correction.op) {
    case 'added':
      return known === undefined ? added(correction, transition, newId) : changed(known, correction);
    case 'withdrawn':
      return known === undefined ? undefined : withdrawn(known, transition.at);
    case 'changed':
      return known === undefined ? undefined : changed(known, correction);
  }
}

function added(
  { raised_at, cleared_at, value, occurrences = 1, ...correction }: Correction,
  transition: RuleTransition,
  id: string,
): CorrectedAlert | undefined {
  // One that still lasts is raised, not added.
  if (cleared_at === null) return undefined;
  const { rule_id, rule_version, rule_name, device_id, key, severity, threshold, unit, known_at } = transition;
  const message = correction.message ?? transition.message;
  const identity = { id, rule_id, rule_version, rule_name, device_id, key, severity, message, threshold, unit, known_at };
  const readings = { value, last_value: transition.value, occurrences, raised_at, last_at: cleared_at };
  const people = { acknowledged_by: null, acknowledged_at: null, resolved_by: CONDITION_CLEARED, resolved_at: cleared_at };
  const note = correctionNote({ op: 'added', from: raised_at, to: cleared_at });
  const request_id = transition.request_id ?? null;
  return { alert: { ...identity, ...readings, ...people, status: 'resolved', request_id }, isNew: true, note };
}

function withdrawn(known: Alert, at: string): CorrectedAlert | undefined {
  const note = correctionNote({ op: 'withdrawn', at: known.raised_at });
  const resolvedAt = at < known.raised_at ? known.raised_at : at;
  const over: Alert = known.status === 'resolved' ? known : { ...known, status: 'resolved', resolved_at: resolvedAt };
  if (known.status === 'resolved' && known.resolved_by !== CONDITION_CLEARED) return undefined;
  return { alert: { ...over, resolved_by: WITHDRAWN }, isNew: false, note };
}

function changed(known: Alert, { raised_at, cleared_at }: Correction): CorrectedAlert {
  const note = correctionNote({
    op: 'changed',
    now: { from: raised_at, to: cleared_at },
    known: { from: known.raised_at, to: known.resolved_at },
  });
  const moved = { ...known, raised_at };
  if (known.status === 'resolved' && !isEndedByReadings(known)) return { alert: moved, isNew: false, note };
  if (cleared_at !== null) {
    return { alert: { ...moved, status: 'resolved', resolved_by: CONDITION_CLEARED, resolved_at: cleared_at }, isNew: false, note };
  }
  const status = known.acknowledged_by === null ? 'active' : 'acknowledged';
  return { alert: { ...moved, status, resolved_by: null, resolved_at: null }, isNew: false, note };
}
