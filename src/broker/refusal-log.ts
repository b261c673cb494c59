import type { Clock } from '../core/clock.ts';
import type { BrokerAudit, BrokerRefusal } from './ports.ts';
import { noRefusals } from './refusal.ts';
import type { RefusalReason } from './refusal.ts';

const AUDIT_EVERY_MS = 60_000;
/** Senders remembered; beyond that all are forgotten, which costs one extra line each. */
const MAX_SENDERS = 10_000;

/** Counts every refusal and puts at most one a minute and sender into the audit log, so that a loop cannot fill it. */
export class RefusalLog {
  readonly counts = noRefusals();
  private readonly audit: BrokerAudit;
  private readonly clock: Clock;
  private readonly lastAtMs = new Map<string, number>();

  constructor(audit: BrokerAudit, clock: Clock) {
    this.audit = audit;
    this.clock = clock;
  }

  count(reason: RefusalReason): void {
    this.counts[reason] += 1;
  }

  /** `sender` is who repeats it: a client id, or an address where nobody is known yet. */
  report(sender: string, refusal: BrokerRefusal): void {
    const key = `${refusal.action} ${sender}`;
    const nowMs = this.clock.nowMs();
    const last = this.lastAtMs.get(key);
    if (last !== undefined && nowMs - last < AUDIT_EVERY_MS) return;
    if (this.lastAtMs.size >= MAX_SENDERS) this.lastAtMs.clear();
    this.lastAtMs.set(key, nowMs);
    this.audit.refused(refusal);
  }
}
