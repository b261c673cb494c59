import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { pendingNotifications } from '../storage/repositories/notifications.ts';
import type { PendingNotification } from '../storage/repositories/notifications.ts';
import { inTime } from './in-time.ts';
import type { JobQueue } from './jobs.ts';
import { Lanes } from './lanes.ts';
import type { Recorder } from './recorder.ts';
import { nextStep } from './retry.ts';
import type { NextStep } from './retry.ts';
import type { Channel, Delivery, Outcome } from './types.ts';

/** What deliveries of one channel need. */
export interface ChannelRunOptions {
  channel: Channel;
  jobs: JobQueue;
  recorder: Recorder;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Told of each recorded attempt. */
  onRecorded(step: NextStep['outcome']): void;
}

/** Jobs taken at once. */
const TAKEN_AT_ONCE = 100;
const KEPT = { perLane: 100, inAll: 1_000 };
/** No more is taken while so much waits to be recorded: the database does not keep up, or is away. */
const UNRECORDED_AT_MOST = 1_000;
const REASON_LENGTH = 500;

/** Delivers what is due of one channel: takes jobs, keeps their lanes, attempts them, and hands what came of it to the recorder. */
export class ChannelRun {
  private readonly options: ChannelRunOptions;
  private readonly lanes: Lanes<Delivery>;
  /** Ids whose jobs are taken and not yet recorded. */
  private readonly inHand = new Set<string>();
  private readonly sends = new Set<Promise<void>>();
  /** Of `sends`, those that take long and have given their place to others. */
  private slowSends = 0;
  private readonly ending = new AbortController();
  private taking: Promise<void> | undefined;
  private isDue = false;
  private mustRecover = true;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ChannelRunOptions) {
    this.options = options;
    this.lanes = new Lanes({ intervalMs: options.channel.laneIntervalMs ?? 0, ...KEPT });
  }

  /** Something may be due. */
  wake(): void {
    this.isDue = true;
    this.go();
  }

  /** The next time, also what lost its job is looked for. */
  recover(): void {
    this.mustRecover = true;
    this.wake();
  }

  /** Takes nothing more, and waits for `graceMs` for what is under way; then tells it to end, and waits as long again at most. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    // A database that hangs must not keep the platform from its end.
    await inTime(
      Promise.resolve(this.taking).then(() => true),
      graceMs,
    );
    const ended = Promise.all(this.sends).then(() => true);
    if (!(await inTime(ended, graceMs))) {
      this.ending.abort();
      await inTime(ended, graceMs);
    }
    this.ending.abort();
  }

  private go(): void {
    if (this.stopped) return;
    this.begin();
    this.taking ??= this.take().finally(() => (this.taking = undefined));
  }

  /** Begins what may begin. */
  private begin(): void {
    const { clock } = this.options;
    while (!this.stopped && this.hasPlace()) {
      const next = this.lanes.next(clock.nowMs());
      if (next === undefined) break;
      const endSlow = this.watchSlow();
      const send = this.attempt(next.item, next.lane).finally(() => {
        endSlow();
        this.sends.delete(send);
        this.go();
      });
      this.sends.add(send);
    }
    const wakeAtMs = this.lanes.wakeAtMs(clock.nowMs());
    clearTimeout(this.timer);
    if (wakeAtMs !== undefined && !this.stopped) {
      this.timer = setTimeout(() => this.go(), Math.max(1, wakeAtMs - clock.nowMs()));
      this.timer.unref();
    }
  }

  private hasPlace(): boolean {
    const { atOnce, slow } = this.options.channel;
    return this.sends.size - this.slowSends < atOnce && this.sends.size < (slow?.atMost ?? atOnce);
  }

  /** Gives the place of an attempt that begins now to others when it takes long; the answer is called when it ends. */
  private watchSlow(): () => void {
    const { slow } = this.options.channel;
    if (slow === undefined) return () => undefined;
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.slowSends += 1;
      this.go();
    }, slow.afterMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
      if (isSlow) this.slowSends -= 1;
    };
  }

  private mayTake(): boolean {
    return (
      this.isDue &&
      !this.stopped &&
      this.lanes.readyCount < this.options.channel.atOnce &&
      this.options.recorder.backlog < UNRECORDED_AT_MOST
    );
  }

  /** Never rejects. */
  private async take(): Promise<void> {
    try {
      while (this.mayTake()) {
        this.isDue = false;
        if (this.mustRecover) await this.recoverLost();
        await this.takeSome();
        this.begin();
      }
    } catch (error) {
      // Jobs may have been taken whose names did not arrive.
      this.mustRecover = true;
      const { logger, channel } = this.options;
      logger.debug({ part: 'notify', channel: channel.name, error: messageOf(error) }, 'Notifications cannot be taken now.');
    }
  }

  private async recoverLost(): Promise<void> {
    const { jobs, channel, logger } = this.options;
    const count = await jobs.recover(channel.name, [...this.inHand]);
    this.mustRecover = false;
    if (count > 0) logger.info({ part: 'notify', channel: channel.name, count }, 'Notifications that were under way are tried again.');
  }

  private async takeSome(): Promise<void> {
    const { jobs, channel } = this.options;
    const ids = await jobs.take(channel.name, TAKEN_AT_ONCE);
    if (ids.length === 0) return;
    const rows = await jobs.read((db) => pendingNotifications(db, ids));
    ids.forEach((id) => this.inHand.add(id));
    for (const row of rows) this.keep(row);
    // Delivered or removed already: their jobs are left over.
    const kept = new Set(rows.map(({ id }) => id));
    for (const id of ids) if (!kept.has(id)) this.finish(id, undefined, undefined);
    if (ids.length === TAKEN_AT_ONCE) this.isDue = true;
  }

  private keep({ attempts, ...notification }: PendingNotification): void {
    const delivery = { ...notification, attempt: attempts + 1 };
    const putOffMs = this.lanes.offer(delivery, this.laneOf(delivery), this.options.clock.nowMs());
    if (putOffMs !== undefined) this.finish(delivery.id, undefined, putOffMs);
  }

  private laneOf(delivery: Delivery): string | undefined {
    try {
      return this.options.channel.laneOf?.(delivery);
    } catch (error) {
      // What cannot be read by the channel fails when it is sent, with the reason.
      this.options.logger.warn({ part: 'notify', id: delivery.id, error: messageOf(error) }, 'A notification has no lane.');
      return undefined;
    }
  }

  private async attempt(delivery: Delivery, lane: string): Promise<void> {
    const { channel, clock, random } = this.options;
    const atMs = clock.nowMs();
    const startedAt = performance.now();
    const result = await this.send(delivery);
    const durationMs = Math.round(performance.now() - startedAt);
    this.lanes.done(lane, clock.nowMs(), durationMs);
    // It was told to end: that says nothing about the receiver, and it comes again at the next start.
    if (this.ending.signal.aborted && !result.delivered) return;
    const step = nextStep(channel, delivery.attempt, result, random);
    const againMs = step.outcome === 'retry' ? step.delayMs : undefined;
    this.tell(delivery, step.outcome, { ms: durationMs, reason: storable(result.reason) });
    const attempt = {
      id: delivery.id,
      attempt: delivery.attempt,
      at: new Date(atMs).toISOString(),
      durationMs,
      outcome: step.outcome,
      reason: storable(result.reason),
      nextAt: againMs === undefined ? null : new Date(clock.nowMs() + againMs).toISOString(),
    };
    this.finish(delivery.id, attempt, againMs, () => this.options.onRecorded(step.outcome));
  }

  private tell(delivery: Delivery, outcome: NextStep['outcome'], result: { ms: number; reason: string }): void {
    const { channel, logger } = this.options;
    const { id, attempt, event, alertId, requestId } = delivery;
    const fields = {
      part: 'notify',
      request_id: requestId ?? undefined,
      channel: channel.name,
      id,
      event,
      alert_id: alertId,
      attempt,
      ...result,
    };
    if (outcome === 'failed') logger.warn(fields, 'A notification failed and is given up.');
    else logger.info(fields, outcome === 'delivered' ? 'A notification was delivered.' : 'A notification failed and is tried again.');
  }

  private async send(delivery: Delivery): Promise<Outcome> {
    const { channel, logger } = this.options;
    try {
      return await channel.send(delivery, this.ending.signal);
    } catch (error) {
      logger.error({ part: 'notify', channel: channel.name, id: delivery.id, error: messageOf(error) }, 'A channel failed by itself.');
      return { delivered: false, retryable: true, reason: `The platform failed: ${messageOf(error)}` };
    }
  }

  private finish(id: string, attempt: Parameters<Recorder['put']>[0]['attempt'], againMs: number | undefined, recorded?: () => void): void {
    const done = (): void => {
      this.inHand.delete(id);
      recorded?.();
    };
    this.options.recorder.put({ job: { id, channel: this.options.channel.name }, attempt, againMs, done });
  }
}

/** One line that PostgreSQL takes. */
function storable(reason: string): string {
  const line = reason.replaceAll('\0', ' ').replace(/\s+/g, ' ').trim();
  return line.slice(0, REASON_LENGTH).toWellFormed();
}
