import { setTimeout as delay } from 'node:timers/promises';
import type { Alert } from '../contracts/alerts.ts';
import type { RuleTransition } from '../contracts/rules.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { isPassing } from '../storage/database.ts';
import { endResending, keepForResending, transitionsToResend } from '../storage/repositories/alert-resends.ts';
import { findAlerts } from '../storage/repositories/alerts.ts';
import type { AlertChange, AppliedTransition } from './types.ts';

/** So long may a message need from an alert node to the action nodes behind it. */
const RESEND_SECONDS = 60;
const RETRY_MS = 1_000;

/**
 * What alert nodes have applied lately, kept until it surely has reached the nodes behind them: a message is in memory alone, so a crash between the
 * commit of an alert and the queue of an action node would lose it.
 */
export class Resends {
  private readonly options: { db: Database; logger: Logger; signal: AbortSignal };
  private timer: NodeJS.Timeout | undefined;

  constructor(options: { db: Database; logger: Logger; signal: AbortSignal }) {
    this.options = options;
  }

  /** Keeps a change that an alert node is about to send on, in the transaction that makes it. */
  async keep(tx: Queryable, nodeId: string | undefined, transition: RuleTransition, change: AlertChange): Promise<void> {
    if (nodeId === undefined || change.kind === 'none' || change.kind === 'repeated') return;
    if (change.kind === 'corrected' && !change.ended) return;
    await keepForResending(tx, { transitionId: transition.id, outcome: change.kind, alertId: change.alert.id, nodeId });
    this.endSoon();
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

/** The alert as it was then: it may be over by now, and is told as raised all the same, before it is told as over. */
function asRaised(alert: Alert, { at, value, occurrences }: RuleTransition): Alert {
  const seen = { acknowledged_by: null, acknowledged_at: null, resolved_by: null, resolved_at: null };
  return { ...alert, ...seen, status: 'active', occurrences: Math.max(1, occurrences), last_value: value, last_at: at };
}
