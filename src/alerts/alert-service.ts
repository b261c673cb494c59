import { setTimeout as delay } from 'node:timers/promises';
import { ALERT_STATS_LIMITS } from '../contracts/alert-stats.ts';
import type { AlertStats } from '../contracts/alert-stats.ts';
import { ALERT_NOTES } from '../contracts/alerts.ts';
import type { Alert, AlertPayload, AlertStatus } from '../contracts/alerts.ts';
import type { Page } from '../contracts/common.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { RuleTransition, Severity } from '../contracts/rules.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { isPassing } from '../storage/database.ts';
import { alertStats } from '../storage/repositories/alert-stats.ts';
import * as alerts from '../storage/repositories/alerts.ts';
import type { AlertHistoryEntry } from '../storage/repositories/alerts.ts';
import { takeTransition } from '../storage/repositories/rule-states.ts';
import type { TakenTransition } from '../storage/repositories/rule-states.ts';
import { decodeCursor, encodeCursor, isUuid } from './cursor.ts';
import { applyCorrection, isEndedByReadings } from './corrections.ts';
import { acknowledge, applyTransition, resolve } from './life-cycle.ts';
import { openAlert, openedAlert } from './raised-alerts.ts';
import type { RaisedContent, RaisedOf, TakesPart } from './raised-alerts.ts';
import { Resends } from './resends.ts';
import type { Ending } from './resends.ts';
import { Turnstile } from './turnstile.ts';
import type { AlertChange, AlertTransitions, AppliedTransition, ToldAlert } from './types.ts';

/** Tells the outside of alerts: the MQTT broker, as `{root}/alerts/{severity}`. A failure is logged and stops nothing. */
export interface AlertPublisher {
  publish(topic: string, payload: string): void | Promise<void>;
}

/** What the alert service works with. */
export interface AlertServiceOptions {
  db: Database;
  clock: Clock;
  newId: NewId;
  events: EventBus<PlatformEvents>;
  publisher: AlertPublisher;
  /** `Topics.alert` of the installation's topic root. */
  topicOf: (severity: Severity) => string;
  logger: Logger;
}

/** What a list of alerts may be narrowed to; times are of `known_at`, epoch milliseconds, the end excluded. */
export interface AlertFilters {
  statuses?: readonly AlertStatus[] | undefined;
  severity?: Severity | undefined;
  deviceId?: string | undefined;
  ruleId?: string | undefined;
  search?: string | undefined;
  startMs?: number | undefined;
  endMs?: number | undefined;
}

/** What a transition did, and the alerts that are to be told beside it. */
interface Applied {
  change: AlertChange;
  corrected: readonly Alert[];
}

/** An alert that ended, and what its alert node is to tell of it. */
interface Ended {
  alert: Alert;
  ending: Ending | undefined;
}

const NOTHING: Applied = { change: { kind: 'none', alert: undefined }, corrected: [] };
const RETRY_MS = { first: 100, longest: 2_000 };
const DAY_MS = 86_400_000;
const UNIQUE_VIOLATION = '23505';
/** Transitions applied at the same time; more would take every connection from those who store telemetry. */
const APPLIED_AT_ONCE = 4;

/** Alerts of all tenants: applies what rules decide, and what people do about it; tells the platform and MQTT after each commit. */
export class AlertService implements AlertTransitions {
  private readonly options: AlertServiceOptions;
  /** The last unfinished work per rule and device: transitions take effect in the order in which they were given. */
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly turnstile = new Turnstile(APPLIED_AT_ONCE);
  private readonly stopping = new AbortController();
  private readonly resends: Resends;

  constructor(options: AlertServiceOptions) {
    this.options = options;
    this.resends = new Resends({ db: options.db, newId: options.newId, logger: options.logger, signal: this.stopping.signal });
  }

  /** Ends all waiting, by an AbortError; what is not applied is sent again at the next start. */
  stop(): void {
    this.stopping.abort();
    this.resends.stop();
  }

  /**
   * See `AlertTransitions`. Waits as long as the database is away. Message and severity are taken from the given transition, so that a
   * flow may rewrite them on the way; what it is about is taken from the record.
   */
  apply(transition: RuleTransition, nodeId?: string): Promise<AlertChange> {
    const name = `${transition.rule_id}/${transition.device_id}`;
    const inTurn = (): Promise<AlertChange> =>
      this.turnstile.pass(() => {
        // Who still waits at the end does not begin: it is sent again at the next start.
        this.stopping.signal.throwIfAborted();
        return this.applyPatiently(transition, nodeId);
      });
    const work = (this.queues.get(name) ?? Promise.resolve()).then(inTurn, inTurn);
    this.queues.set(name, work);
    const forget = (): void => {
      if (this.queues.get(name) === work) this.queues.delete(name);
    };
    work.then(forget, forget);
    return work;
  }

  /** See `AlertTransitions`. */
  toSendAgain(nodeId: string): Promise<AppliedTransition[]> {
    return this.resends.of(nodeId);
  }

  /** A person takes notice of an alert. NOT_FOUND, or CONFLICT naming the status. */
  acknowledge(tenantId: string, alertId: string, actor: string, note?: string): Promise<Alert> {
    return this.change({ tenantId, alertId, actor, note, change: 'acknowledged' }, acknowledge);
  }

  /** A person ends an alert; see `life-cycle.ts` for one whose condition still holds. NOT_FOUND, or CONFLICT naming the status. */
  resolve(tenantId: string, alertId: string, actor: string, note?: string): Promise<Alert> {
    return this.change({ tenantId, alertId, actor, note, change: 'resolved' }, resolve);
  }

  /** Alerts of a tenant, the newest known first. INVALID_REQUEST for a cursor that is none. */
  async list(tenantId: string, filters: AlertFilters, page: { limit: number; cursor?: string | undefined }): Promise<Page<Alert>> {
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
    const rows = await this.options.db.readAsTenant(tenantId, (db) =>
      alerts.listAlerts(db, { ...filters, tenantId, after, limit: page.limit + 1 }),
    );
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    const more = rows.length > page.limit && last !== undefined;
    return {
      items: items.map(({ alert }) => alert),
      next_cursor: more ? encodeCursor({ knownAtUs: last.knownAtUs, alertId: last.alert.id }) : null,
    };
  }

  /** One alert of a tenant and what happened to it; NOT_FOUND. */
  async told(tenantId: string, alertId: string): Promise<ToldAlert> {
    return this.options.db.asTenant(tenantId, async (tx) => {
      const alert = found(isUuid(alertId) ? await alerts.findAlert(tx, tenantId, alertId) : undefined, alertId);
      return { alert, history: await alerts.listHistory(tx, tenantId, alertId) };
    });
  }

  /** A person writes something down about an alert, also about one that is over. NOT_FOUND; CONFLICT when it has as many notes as it may. */
  async note(tenantId: string, alertId: string, actor: string, note: string): Promise<AlertHistoryEntry> {
    const entry: AlertHistoryEntry = { at: this.nowIso(), change: 'note', actor, note, body: null };
    await this.options.db.asTenant(tenantId, async (tx) => {
      const alert = found(isUuid(alertId) ? await alerts.lockAlert(tx, tenantId, alertId) : undefined, alertId);
      if ((await alerts.countNotes(tx, tenantId, alertId)) >= ALERT_NOTES) {
        throw new AppError('CONFLICT', `The alert ${alertId} has ${String(ALERT_NOTES)} notes, which is the most; nothing was added.`);
      }
      await remember(tx, tenantId, alert, entry);
    });
    return entry;
  }

  /** What is open, and what became known in a period (epoch milliseconds, the end excluded). */
  async stats(tenantId: string, { startMs, endMs }: { startMs: number; endMs: number }): Promise<AlertStats> {
    const bucket = endMs - startMs <= ALERT_STATS_LIMITS.hourlyDays * DAY_MS ? 'hour' : 'day';
    const figures = await this.options.db.asTenant(tenantId, (tx) => alertStats(tx, { tenantId, startMs, endMs, bucket }));
    return { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString(), ...figures };
  }

  /** Resolves what is open of a rule and/or a device that is gone; `resolvedBy` says why. */
  async closeOpen(of: { tenantId: string; ruleId?: string; deviceId?: string }, resolvedBy: string): Promise<void> {
    const at = this.nowIso();
    const closed = await this.options.db.transaction(async (tx) => {
      const open = await alerts.lockOpenAlerts(tx, of);
      const over: Ended[] = [];
      for (const alert of open) over.push(await this.end(tx, of.tenantId, resolve(alert, resolvedBy, at), null));
      return over;
    });
    for (const ended of closed) this.tellEnded(of.tenantId, ended, { by: resolvedBy, at });
  }

  /**
   * Opens an alert that no transition brought, such as that of a device that went offline; `also` takes part in its transaction. Answers undefined,
   * and tells nobody, when there is an open one already: `also` is called without it then.
   */
  async raise(tenantId: string, content: RaisedContent, also: TakesPart): Promise<Alert | undefined> {
    const raised = await this.options.db.transaction(async (tx) => {
      const alert = await openAlert(tx, tenantId, openedAlert(content, this.options.newId()));
      await also(tx, alert);
      return alert;
    });
    if (raised !== undefined) {
      this.options.events.emit('alert.raised', { tenantId, alert: raised });
      this.publish(raised);
    }
    return raised;
  }

  /** Ends such an alert, whether or not somebody acknowledged it; `also` as with `raise`, without an alert when none is open (a person resolved it). */
  async resolveBy(of: RaisedOf, { resolvedBy, at }: { resolvedBy: string; at: string }, also: TakesPart): Promise<Alert | undefined> {
    const over = await this.options.db.transaction(async (tx) => {
      const open = await alerts.lockOpenAlert(tx, of.ruleId, of.deviceId);
      const alert = open === undefined ? undefined : resolve(open, resolvedBy, at < open.raised_at ? open.raised_at : at);
      if (alert !== undefined) {
        await alerts.updateAlert(tx, of.tenantId, alert);
        await remember(tx, of.tenantId, alert, { at, change: 'resolved', actor: resolvedBy, note: null, body: null });
      }
      await also(tx, alert);
      return alert;
    });
    if (over !== undefined) this.tellUpdated(of.tenantId, over, { by: resolvedBy, at });
    return over;
  }

  private async applyPatiently(transition: RuleTransition, nodeId: string | undefined): Promise<AlertChange> {
    for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.longest)) {
      try {
        return await this.applyOnce(transition, nodeId);
      } catch (error) {
        if (!isPassing(error) && !isUniqueViolation(error)) throw error;
        await delay(waitMs, undefined, { signal: this.stopping.signal, ref: false });
      }
    }
  }

  private async applyOnce(given: RuleTransition, nodeId: string | undefined): Promise<AlertChange> {
    const { tenantId, change: applied } = await this.options.db.transaction(async (tx) => {
      const made = await this.applyIn(tx, given);
      await this.resends.keep(tx, nodeId, given, made.change.change);
      return made;
    });
    this.tellApplied(tenantId, applied.change, given);
    for (const alert of applied.corrected) this.tellUpdated(tenantId, alert, { by: alert.resolved_by, at: given.at });
    return applied.change;
  }

  private async applyIn(tx: Queryable, given: RuleTransition): Promise<{ tenantId: string; change: Applied }> {
    const taken = await takeTransition(tx, given.id);
    if (taken === undefined) return { tenantId: '', change: NOTHING };
    const transition = { ...given, rule_id: taken.ruleId, device_id: taken.deviceId };
    if (taken.kind === 'corrected') return { tenantId: taken.tenantId, change: await this.correct(tx, taken.tenantId, transition) };
    const open = await alerts.lockOpenAlert(tx, taken.ruleId, taken.deviceId);
    const isOver = open === undefined && (taken.overtaken || (await this.wasEnded(tx, taken, transition)));
    const outcome: AlertChange = isOver
      ? { kind: 'none', alert: undefined }
      : applyTransition(open, { ...transition, kind: taken.kind }, this.options.newId());
    await record(tx, taken.tenantId, transition, outcome);
    return { tenantId: taken.tenantId, change: { change: outcome, corrected: [] } };
  }

  /** Late readings may raise a stretch of time again that was told as over and is not; what a person has ended stays so. */
  private async wasEnded(tx: Queryable, { tenantId, ruleId, deviceId, kind }: TakenTransition, { at }: RuleTransition): Promise<boolean> {
    if (kind !== 'raised') return false;
    const known = await alerts.lockAlertRaisedAt(tx, { tenantId, ruleId, deviceId, raisedAt: at });
    return known !== undefined && !isEndedByReadings(known);
  }

  /** Puts right what late readings show, alert by alert. */
  private async correct(tx: Queryable, tenantId: string, transition: RuleTransition): Promise<Applied> {
    const { rule_id: ruleId, device_id: deviceId } = transition;
    const corrected: Alert[] = [];
    let ended: Alert | undefined;
    for (const correction of transition.corrections ?? []) {
      const known = await alerts.lockAlertRaisedAt(tx, { tenantId, ruleId, deviceId, raisedAt: correction.was_raised_at });
      const result = applyCorrection(known, correction, transition, this.options.newId());
      if (result === undefined) continue;
      const { alert, isNew, note } = result;
      if (isNew) await alerts.insertAlert(tx, tenantId, alert);
      await alerts.updateAlert(tx, tenantId, alert);
      await remember(tx, tenantId, alert, { at: transition.at, change: 'corrected', actor: 'rule', note, body: transition });
      if (known !== undefined && known.status !== 'resolved' && alert.status === 'resolved') ended = alert;
      corrected.push(alert);
    }
    const alert = ended ?? corrected.at(-1);
    return alert === undefined ? NOTHING : { change: { kind: 'corrected', alert, ended: ended !== undefined }, corrected };
  }

  private async change(
    request: { tenantId: string; alertId: string; actor: string; note: string | undefined; change: 'acknowledged' | 'resolved' },
    act: (alert: Alert, actor: string, at: string) => Alert,
  ): Promise<Alert> {
    const { tenantId, alertId, actor, note, change } = request;
    const at = this.nowIso();
    const { before, after } = await this.options.db.asTenant(tenantId, async (tx): Promise<{ before: Alert; after: Ended }> => {
      const alert = found(isUuid(alertId) ? await alerts.lockAlert(tx, tenantId, alertId) : undefined, alertId);
      const changed = act(alert, actor, at);
      if (change === 'resolved') return { before: alert, after: await this.end(tx, tenantId, changed, note ?? null) };
      if (changed !== alert) {
        await alerts.updateAlert(tx, tenantId, changed);
        await remember(tx, tenantId, changed, { at, change, actor, note: note ?? null, body: null });
      }
      return { before: alert, after: { alert: changed, ending: undefined } };
    });
    if (before !== after.alert) this.tellEnded(tenantId, after, { by: actor, at });
    return after.alert;
  }

  /** Records the end of an alert that no decision of its rule ended, and what its alert node is to tell of it. */
  private async end(tx: Queryable, tenantId: string, alert: Alert, note: string | null): Promise<Ended> {
    const { resolved_by: actor, resolved_at: at } = alert;
    await alerts.updateAlert(tx, tenantId, alert);
    await remember(tx, tenantId, alert, { at: at ?? this.nowIso(), change: 'resolved', actor: actor ?? 'platform', note, body: null });
    return { alert, ending: await this.resends.keepEnding(tx, tenantId, alert) };
  }

  private tellEnded(tenantId: string, { alert, ending }: Ended, who: { by: string; at: string }): void {
    this.tellUpdated(tenantId, alert, who);
    if (ending !== undefined) this.options.events.emit('alert.ended', ending);
  }

  private tellApplied(tenantId: string, change: AlertChange, transition: RuleTransition): void {
    switch (change.kind) {
      case 'none':
      case 'corrected':
        return;
      case 'raised':
        this.options.events.emit('alert.raised', { tenantId, alert: change.alert });
        this.publish(change.alert);
        return;
      case 'repeated': {
        const { alert, roseFrom } = change;
        if (roseFrom !== undefined) {
          this.tellUpdated(tenantId, alert, { by: null, at: transition.at });
          return;
        }
        // Subscribers of MQTT hear of changes of status only; the count goes to those who watch it live.
        const update = { id: alert.id, status: alert.status, by: null, timestamp: transition.at, alert };
        this.options.events.emit('alert.updated', { tenantId, update });
        return;
      }
      case 'cleared':
        this.tellUpdated(tenantId, change.alert, { by: change.alert.resolved_by, at: transition.at });
    }
  }

  private tellUpdated(tenantId: string, alert: Alert, { by, at }: { by: string | null; at: string }): void {
    this.options.events.emit('alert.updated', { tenantId, update: { id: alert.id, status: alert.status, by, timestamp: at, alert } });
    this.publish(alert);
  }

  private publish(alert: Alert): void {
    const payload: AlertPayload = { ...alert, version: 1 };
    const { publisher, topicOf, logger } = this.options;
    Promise.resolve()
      .then(() => publisher.publish(topicOf(alert.severity), JSON.stringify(payload)))
      .catch((error: unknown) => {
        logger.warn({ part: 'alerts', alertId: alert.id, error: messageOf(error) }, 'An alert could not be published over MQTT.');
      });
  }

  private nowIso(): string {
    return new Date(this.options.clock.nowMs()).toISOString();
  }
}

async function record(tx: Queryable, tenantId: string, transition: RuleTransition, change: AlertChange): Promise<void> {
  if (change.kind === 'none' || change.kind === 'corrected') return;
  const { alert } = change;
  if (change.kind === 'raised') await alerts.insertAlert(tx, tenantId, alert);
  else await alerts.updateAlert(tx, tenantId, alert);
  const entry = { at: transition.at, actor: 'rule', body: transition };
  const repeat = { at: transition.at, occurrences: transition.occurrences, body: transition };
  const isCounted = change.kind === 'repeated' && (await alerts.extendRepeats(tx, alert.id, repeat));
  if (!isCounted) await remember(tx, tenantId, alert, { ...entry, change: change.kind, note: null });
  if (change.kind === 'repeated' && change.roseFrom !== undefined) {
    await remember(tx, tenantId, alert, { ...entry, change: 'severity', note: `${change.roseFrom} -> ${alert.severity}` });
  }
}

function remember(tx: Queryable, tenantId: string, alert: Alert, entry: AlertHistoryEntry): Promise<void> {
  return alerts.insertHistory(tx, { tenantId, alertId: alert.id }, entry);
}

function found(alert: Alert | undefined, alertId: string): Alert {
  if (alert !== undefined) return alert;
  throw new AppError('NOT_FOUND', `There is no alert ${alertId}; GET /api/v1/alerts lists those that exist.`);
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}
