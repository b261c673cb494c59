import { setTimeout as delay } from 'node:timers/promises';
import type { Alert } from '../contracts/alerts.ts';
import type { RuleTransition } from '../contracts/rules.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { isPassing } from '../storage/database.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { NewId } from '../core/ids.ts';
import {
  endResending,
  keepEnding,
  keepForResending,
  rememberTeller,
  tellerOf,
  transitionsToResend,
} from '../storage/repositories/alert-resends.ts';
import { findAlerts } from '../storage/repositories/alerts.ts';
import type { AlertChange, AppliedTransition } from './types.ts';

/** So long may a message need from an alert node to the action nodes behind it. */
const RESEND_SECONDS = 60;
const RETRY_MS = 1_000;

/** What resending works with. */
interface ResendsOptions {
  db: Database;
  newId: NewId;
  logger: Logger;
  signal: AbortSignal;
}

/** An alert that ended otherwise than by a decision of its rule, and as what its alert node tells of it. */
export type Ending = PlatformEvents['alert.ended'];

/**
 * What alert nodes have applied lately, kept until it surely has reached the nodes behind them: a message is in memory alone, so a crash between the
 * commit of an alert and the queue of an action node would lose it.
 */
export class Resends {
  private readonly options: ResendsOptions;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ResendsOptions) {
    this.options = options;
  }

  /** Keeps a change that an alert node is about to send on, in the transaction that makes it. */
  async keep(tx: Queryable, nodeId: string | undefined, transition: RuleTransition, change: AlertChange): Promise<void> {
    if (nodeId === undefined || change.kind === 'none') return;
    if (change.kind === 'raised' || change.kind === 'repeated') await rememberTeller(tx, change.alert.id, nodeId);
    if (change.kind === 'repeated') return;
    if (change.kind === 'corrected' && !change.ended) return;
    await keepForResending(tx, { transitionId: transition.id, outcome: change.kind, alertId: change.alert.id, nodeId });
    this.endSoon();
  }

  /**
   * Keeps that an alert ended by a person, or with its rule or device, in the transaction that ends it; answers what its alert node is to tell, or undefined
   * when none told of the alert.
   */
  async keepEnding(tx: Queryable, tenantId: string, alert: Alert): Promise<Ending | undefined> {
    const nodeId = await tellerOf(tx, alert.id);
    if (nodeId === undefined) return undefined;
    const transition = endingTransition(tenantId, alert, this.options.newId());
    await keepEnding(tx, { tenantId, alertId: alert.id, nodeId, transition });
    this.endSoon();
    return { tenantId, nodeId, alert, transition };
  }

  /** See `AlertTransitions.toSendAgain`. */
  async of(nodeId: string): Promise<AppliedTransition[]> {
    const { db, signal } = this.options;
    for (;;) {
      try {
        const applied = await read(db.system, nodeId);
        if (applied.length > 0) this.endSoon();
        return applied;
      } catch (error) {
        if (!isPassing(error)) throw error;
        await delay(RETRY_MS, undefined, { signal, ref: false });
      }
    }
  }

  /** Ends the timer. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private endSoon(): void {
    if (this.timer !== undefined || this.options.signal.aborted) return;
    this.timer = setTimeout(() => void this.end(), RESEND_SECONDS * 1_000);
    this.timer.unref();
  }

  private async end(): Promise<void> {
    this.timer = undefined;
    try {
      if (await endResending(this.options.db.system, RESEND_SECONDS)) this.endSoon();
    } catch (error) {
      this.options.logger.warn(
        { part: 'alerts', error: messageOf(error) },
        'What alert nodes would send again could not be tidied; it is tried again.',
      );
      this.endSoon();
    }
  }
}

async function read(db: Queryable, nodeId: string): Promise<AppliedTransition[]> {
  const kept = await transitionsToResend(db, nodeId);
  if (kept.length === 0) return [];
  const found = await findAlerts(
    db,
    kept.map(({ alertId }) => alertId),
  );
  const alerts = new Map(found.map((alert) => [alert.id, alert]));
  return kept.flatMap(({ outcome, alertId, transition }) => {
    const alert = alerts.get(alertId);
    if (alert === undefined) return [];
    // A flow may have rewritten what was raised; what was told is what the alert says.
    const told = outcome === 'raised' ? { ...transition, severity: alert.severity, message: alert.message } : transition;
    return [{ transition: told, change: changeOf(outcome, alert, transition) }];
  });
}

function changeOf(outcome: 'raised' | 'cleared' | 'corrected', alert: Alert, transition: RuleTransition): AppliedTransition['change'] {
  switch (outcome) {
    case 'raised':
      return { kind: 'raised', alert: asRaised(alert, transition) };
    case 'cleared':
      return { kind: 'cleared', alert };
    case 'corrected':
      return { kind: 'corrected', alert, ended: true };
  }
}

/** As if the rule had cleared, so that nodes need not know the difference; `resolved_by` of the alert says who or what ended it. */
function endingTransition(tenantId: string, alert: Alert, id: string): RuleTransition {
  const { rule_id, rule_version, rule_name, device_id, key, severity, message, threshold, unit, last_value: value } = alert;
  const at = alert.resolved_at ?? alert.last_at;
  return {
    ...{ id, tenant_id: tenantId, kind: 'cleared', rule_id, rule_version, rule_name, device_id, key, severity, message },
    ...{ value, threshold, unit, occurrences: 0, at, since: at, known_at: at },
  };
}

/** The alert as it was then: it may be over by now, and is told as raised all the same, before it is told as over. */
function asRaised(alert: Alert, { at, value, occurrences }: RuleTransition): Alert {
  const seen = { acknowledged_by: null, acknowledged_at: null, resolved_by: null, resolved_at: null };
  return { ...alert, ...seen, status: 'active', occurrences: Math.max(1, occurrences), last_value: value, last_at: at };
}
