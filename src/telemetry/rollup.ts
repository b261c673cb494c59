import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { RollupRepository } from '../storage/repositories/rollup.ts';
import type { ClosedMinutes } from './closed-minutes.ts';
import type { DayPartitions } from './lane-storage.ts';
import { StepLoop } from './step-loop.ts';

/** What the roll-up works with. */
export interface RollupOptions {
  store: Pick<
    RollupRepository,
    'state' | 'close' | 'reopen' | 'rollUp' | 'completeFrom' | 'oldestDayUs' | 'markedDays' | 'clearMarks' | 'transactionMark' | 'hasEnded'
  >;
  /** Shared with the lanes of ingest. */
  closed: ClosedMinutes;
  days: DayPartitions;
  clock: Clock;
  logger: Logger;
}

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;
/** A minute is closed this long after its end, so that readings under way are rolled up with the others and not as late ones. */
const CLOSE_AFTER_MS = 5_000;
/** What one transaction closes at most when many minutes are due. */
const MOST_US = 60 * MINUTE_US;
const MARKS_PER_STEP = 5_000;
/** Days of so many series go into one statement of the back-fill: half a second for readings of every second. */
const SERIES_PER_STEP = 25;
const IDLE_MS = 1_000;
/** The least pause between two steps; a step that takes longer is followed by a pause as long as itself, so that ingest has the other half. */
const PAUSE_MS = 20;
/** How long a commit of a program that was killed may take to end, milliseconds. */
const LAST_RUN_MS = 10_000;
/** The clock was put back, rather than being a little behind, when the closed minutes lie this far ahead of it. */
const AHEAD_US = 2 * MINUTE_US;

/**
 * Keeps `telemetry_1m`: closes minutes soon after their end, computes minutes anew that got a late reading, and rolls up what was stored before there was
 * a roll-up, the newest day first. Goes on where it stood after a restart: every minute is computed from its readings, so doing one twice changes nothing.
 */
export class Rollup {
  private readonly options: RollupOptions;
  private readonly steps: StepLoop;
  private completeFromUs = Number.POSITIVE_INFINITY;
  private closedUntilUs = Number.NEGATIVE_INFINITY;
  /** From here on late readings are marked: before `completeFromUs` while a day is being filled. */
  private marksFromUs = Number.POSITIVE_INFINITY;
  /** The transactions of an earlier run may still commit until these have ended; undefined: they have. */
  private lastRun: { mark: string; untilMs: number } | undefined;
  private nextSeriesId = 0;
  private readonly ended: Promise<void>;

  constructor(options: RollupOptions) {
    this.options = options;
    this.steps = new StepLoop({
      step: () => this.step(),
      pauseMs: (more, tookMs) => (more ? Math.max(PAUSE_MS, tookMs) : IDLE_MS),
      logger: options.logger,
      part: 'rollup',
      failedMessage: 'Readings could not be rolled up; it is tried until they can. Meanwhile figures are computed from the readings.',
    });
    this.ended = new Promise((resolve) => this.steps.signal.addEventListener('abort', () => resolve()));
  }

  /** Reads how far the roll-up is, which ingest must know before it stores anything, and begins. */
  async start(): Promise<void> {
    if (this.steps.hasBegun) return;
    const { store } = this.options;
    const state = await store.state(this.lastMinuteUs());
    this.completeFromUs = state.completeFromUs;
    this.closedUntilUs = state.closedUntilUs;
    this.mark(state.completeFromUs, state.closedUntilUs);
    this.lastRun = { mark: await store.transactionMark(), untilMs: performance.now() + LAST_RUN_MS };
    this.steps.start();
  }

  /** Ends after the step that is under way; ingest may go on. */
  stop(): Promise<void> {
    return this.steps.stop();
  }

  /** Does everything that is due, the back-fill included, and resolves when nothing is left. Rejects with the `pg` error. */
  catchUp(): Promise<void> {
    return this.steps.catchUp();
  }

  /** A little of everything that is due; true when there is more. */
  private async step(): Promise<boolean> {
    if (!(await this.lastRunHasEnded())) return true;
    const closes = await this.closeDue();
    const marks = await this.clearMarks();
    const fills = await this.backfill();
    return closes || marks || fills;
  }

  private async lastRunHasEnded(): Promise<boolean> {
    const { lastRun } = this;
    if (lastRun === undefined) return true;
    if (performance.now() < lastRun.untilMs && !(await this.options.store.hasEnded(lastRun.mark))) return false;
    this.lastRun = undefined;
    return true;
  }

  private async closeDue(): Promise<boolean> {
    const { store } = this.options;
    const dueUs = this.lastMinuteUs();
    if (this.closedUntilUs > dueUs + AHEAD_US) await this.reopen(dueUs);
    if (dueUs <= this.closedUntilUs) return false;
    const untilUs = Math.min(dueUs, this.closedUntilUs + MOST_US);
    await this.ensureDays(this.closedUntilUs, untilUs);
    this.mark(this.marksFromUs, untilUs);
    if (!(await this.settled())) return false;
    await store.close(this.closedUntilUs, untilUs);
    this.closedUntilUs = untilUs;
    return untilUs < dueUs;
  }

  /** Ingest would mark every reading of the present for as long as minutes to come count as closed. First the note, then ingest: never the other way round. */
  private async reopen(untilUs: number): Promise<void> {
    await this.options.store.reopen(untilUs);
    this.closedUntilUs = untilUs;
    this.completeFromUs = Math.min(this.completeFromUs, untilUs);
    this.mark(Math.min(this.marksFromUs, untilUs), untilUs);
  }

  private async clearMarks(): Promise<boolean> {
    const { store, days } = this.options;
    for (const day of await store.markedDays(MARKS_PER_STEP)) await days.ensureDay(day);
    return (await store.clearMarks(MARKS_PER_STEP)) === MARKS_PER_STEP;
  }

  /** Some series of the newest day that is not rolled up; the day counts when all are through. */
  private async backfill(): Promise<boolean> {
    const { store } = this.options;
    if (this.completeFromUs === Number.NEGATIVE_INFINITY) return false;
    const oldestUs = await store.oldestDayUs();
    if (oldestUs === undefined || this.completeFromUs <= oldestUs) {
      await this.filledFrom(Number.NEGATIVE_INFINITY);
      return false;
    }
    const fromUs = Math.floor((this.completeFromUs - 1) / DAY_US) * DAY_US;
    const untilUs = this.completeFromUs;
    if (this.nextSeriesId === 0) {
      await this.ensureDays(fromUs, untilUs);
      this.mark(fromUs, this.closedUntilUs);
    }
    if (!(await this.settled())) return false;
    const next = await store.rollUp({ fromUs, untilUs, fromSeriesId: this.nextSeriesId, series: SERIES_PER_STEP });
    this.nextSeriesId = next ?? 0;
    if (next === undefined) await this.filledFrom(fromUs);
    return true;
  }

  private async filledFrom(fromUs: number): Promise<void> {
    this.mark(fromUs, this.closedUntilUs);
    if (!(await this.settled())) return;
    await this.options.store.completeFrom(fromUs);
    this.completeFromUs = fromUs;
  }

  /** Readings of these minutes are marked by every write that begins from now on. */
  private mark(fromUs: number, untilUs: number): void {
    this.marksFromUs = fromUs;
    this.options.closed.close({ fromUs, untilUs });
  }

  /** Waits for the writes that began before the last `mark`; false when the end came first, so that nobody may rely on it. */
  private async settled(): Promise<boolean> {
    await Promise.race([this.options.closed.settled(), this.ended]);
    return !this.steps.signal.aborted;
  }

  private async ensureDays(fromUs: number, untilUs: number): Promise<void> {
    for (let day = Math.floor(fromUs / DAY_US); day * DAY_US < untilUs; day++) await this.options.days.ensureDay(day);
  }

  /** The end of the last minute that is to be closed. */
  private lastMinuteUs(): number {
    return Math.floor((this.options.clock.nowMs() - CLOSE_AFTER_MS) / 60_000) * MINUTE_US;
  }
}
