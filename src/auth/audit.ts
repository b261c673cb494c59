import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { insertAudit, listAudit } from '../storage/repositories/audit.ts';
import type { AuditLine, AuditQuery, AuditRow } from '../storage/repositories/audit.ts';

/** Something that matters for security: who did (or tried) what, to what, from where. */
export interface AuditEntry {
  tenantId: string;
  /** A user name, `device:<id>`, `gateway:<name>`, `program:<name>` or `unknown`. */
  actor: string;
  /** A stable word such as `login`, `device.create`, `mqtt.publish`. */
  action: string;
  target?: string | undefined;
  outcome: 'ok' | 'refused' | 'failed';
  address?: string | undefined;
  details?: Readonly<Record<string, unknown>> | undefined;
}

/** Where security events are written down. */
export interface AuditLog {
  /** Writes an entry. Never rejects: a log that cannot be written is an error in the program's own log, not in the request. */
  record(entry: AuditEntry): Promise<void>;
}

/** A log that can be written together with what it tells of. */
export interface TransactionalAudit extends AuditLog {
  /** Writes an entry within a transaction, so that there is neither one without the other. Rejects with the error of the database. */
  recordIn(tx: Queryable, entry: AuditEntry): Promise<void>;
}

/** Reads the log. */
export interface AuditReader {
  /** Lines of one tenant, newest first. */
  list(query: AuditQuery): Promise<AuditLine[]>;
}

/** Refusals of one kind by one caller that are written within a window; the rest are counted on the next one. */
const REFUSALS_PER_WINDOW = 20;
const WINDOW_MS = 60_000;
const MAX_WINDOWS = 10_000;

interface Window {
  startedAtMs: number;
  written: number;
  suppressed: number;
}

/** The audit log in the database. A flood of refusals writes at most 20 lines a minute for each caller, kind and address. */
export class AuditService implements TransactionalAudit, AuditReader {
  private readonly database: Database;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly windows = new Map<string, Window>();

  constructor(deps: { database: Database; clock: Clock; logger: Logger }) {
    this.database = deps.database;
    this.clock = deps.clock;
    this.logger = deps.logger.child({ part: 'audit' });
  }

  async record(entry: AuditEntry): Promise<void> {
    const atMs = this.clock.nowMs();
    const suppressed = entry.outcome === 'refused' ? this.admit(entry, atMs) : 0;
    if (suppressed === undefined) return;
    if (entry.outcome === 'refused') this.tell(entry);
    const details = suppressed > 0 ? { ...entry.details, also_refused: suppressed } : (entry.details ?? {});
    try {
      await insertAudit(this.database.system, rowOf({ ...entry, details }, atMs));
    } catch (error) {
      this.logger.error({ entry, reason: messageOf(error) }, 'An audit entry could not be written.');
    }
  }

  recordIn(tx: Queryable, entry: AuditEntry): Promise<void> {
    return insertAudit(tx, rowOf(entry, this.clock.nowMs()));
  }

  list(query: AuditQuery): Promise<AuditLine[]> {
    return this.database.asTenant(query.tenantId, (tx) => listAudit(tx, query));
  }

  /**
   * A device or program that is known and asks for what it may not has been set up wrongly, and MQTT cannot tell it why: somebody should
   * see that. Anybody on the network can fail to log in.
   */
  private tell({ actor, action, target, address, details }: AuditEntry): void {
    const fields = { actor, action, target, address, ...details };
    if (/^(?:device|gateway|program):/.test(actor)) this.logger.warn(fields, 'Something was refused');
    else this.logger.info(fields, 'Something was refused');
  }

  /** How many like it were left out since the last one written, or undefined when this one is left out too. */
  private admit(entry: AuditEntry, nowMs: number): number | undefined {
    const name = `${entry.tenantId} ${entry.action} ${entry.actor} ${entry.address ?? ''}`;
    const window = this.windows.get(name);
    if (window === undefined || nowMs - window.startedAtMs >= WINDOW_MS) {
      this.windows.delete(name);
      if (this.windows.size >= MAX_WINDOWS) this.forgetOldest();
      this.windows.set(name, { startedAtMs: nowMs, written: 1, suppressed: 0 });
      return window?.suppressed ?? 0;
    }
    if (window.written >= REFUSALS_PER_WINDOW) {
      window.suppressed += 1;
      return undefined;
    }
    window.written += 1;
    return 0;
  }

  private forgetOldest(): void {
    const oldest = this.windows.keys().next();
    if (oldest.done !== true) this.windows.delete(oldest.value);
  }
}

function rowOf({ tenantId, actor, action, target, outcome, address, details = {} }: AuditEntry, atMs: number): AuditRow {
  return {
    tenantId,
    atMs,
    actor: storable(actor),
    action,
    target: target === undefined ? null : storable(target),
    outcome,
    address: address ?? null,
    details: storableJson(details),
  };
}

/** Callers choose some of these texts: nothing that PostgreSQL refuses (half a character where it was cut is such), and nothing endless. */
function storable(text: string): string {
  return text.slice(0, 300).toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function storableJson(details: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(details, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value));
}
