import type { AuthoredRule } from '../contracts/rules.ts';
import type { PointValue } from '../contracts/telemetry.ts';
import { NO_DECISIONS } from './judge.ts';
import type { Judge, JudgeFactory } from './judge.ts';
import { Readings } from './readings.ts';
import { judgeFactoryOf } from './registry.ts';
import type { PastReading, PointEvent, RuleDecision, RuleStateView, TimerEvent } from './types.ts';

/** The device is there: presence is not kept as history. */
const TIMER: TimerEvent = { kind: 'timer', online: true, awaySinceMs: null };

/** A series that a replay reads. */
export interface ReplayInput {
  deviceId: string;
  key: string;
}

/**
 * One rule at work on one device over the past: the judge that runs live, on a virtual clock that follows the readings. Each reading arrives at
 * its own time, and timers that are due before it run first. Give it the readings of all inputs in the order of time; those of one
 * instant are taken as one message. A rule with two inputs therefore judges an instant when the next one comes, or at the end.
 */
export class RuleReplay {
  readonly inputs: readonly ReplayInput[];
  /** How much of the past it is to be primed with, milliseconds before the start. */
  readonly windowMs: number;
  private readonly factory: JudgeFactory;
  private readonly readings: Readings[];
  private readonly judge: Judge;
  private readonly event: PointEvent = { kind: 'point', value: 0, timeUs: 0, arrivedAtMs: 0, known: false };
  /** Readings of the newest instant that wait for others of the same. */
  private readonly waiting: { input: number; timeUs: number; value: PointValue; known: boolean }[] = [];
  private dueUs = Infinity;

  /** `startState`: the state that another judge of the same rule left; absent: from the start. */
  constructor(rule: AuthoredRule, deviceId: string, options: { startState?: unknown; startMs: number }) {
    this.factory = judgeFactoryOf(rule);
    this.inputs = this.factory.inputs.map(({ key, deviceId: other }) => ({ key, deviceId: other ?? deviceId }));
    this.windowMs = this.factory.keepMs;
    this.readings = this.inputs.map(() => new Readings(this.factory.keepMs));
    this.judge = this.factory.create(options.startState, this.readings, options.startMs);
    this.noteDue();
  }

  /** Fills the past of an input, oldest first, before the first reading. */
  prime(input: number, past: readonly PastReading[], kind: 'number' | 'boolean' = 'number'): void {
    const good = past.filter(({ quality }) => quality >= this.factory.minQuality);
    this.readings[input]?.prime(good, kind);
  }

  /** Takes the next reading; answers what was decided by readings that waited, by timers until then, and by the reading. */
  point(input: number, timeUs: number, value: PointValue, quality: number): readonly RuleDecision[] {
    const waited = this.waiting.length > 0 && this.waiting[0]?.timeUs !== timeUs ? this.judgeWaiting() : NO_DECISIONS;
    const timers = this.dueUs < timeUs ? this.runTimers(timeUs) : NO_DECISIONS;
    const before = waited.length === 0 ? timers : [...waited, ...timers];
    if (quality < this.factory.minQuality) return before;
    const known = this.readings[input]?.put(timeUs, value) ?? false;
    if (this.inputs.length > 1) {
      this.waiting.push({ input, timeUs, value, known });
      return before;
    }
    const decisions = this.judgeOne(input, timeUs, value, known);
    return before.length === 0 ? decisions : [...before, ...decisions];
  }

  /** Judges what waits and runs what is due until the end of the period. */
  finish(endMs: number): readonly RuleDecision[] {
    return [...this.judgeWaiting(), ...this.runTimers(endMs * 1_000 + 1)];
  }

  /** Where the judge is now. */
  view(): RuleStateView {
    return this.judge.view();
  }

  /** What was compared last, as a number; null before the first comparison. */
  figure(): number | null {
    const { lastValue } = this.judge.view();
    return typeof lastValue === 'number' || typeof lastValue === 'boolean' ? Number(lastValue) : null;
  }

  state(): unknown {
    return this.judge.state();
  }

  private judgeWaiting(): readonly RuleDecision[] {
    const decisions = this.waiting.flatMap(({ input, timeUs, value, known }) => this.judgeOne(input, timeUs, value, known));
    this.waiting.length = 0;
    return decisions;
  }

  private judgeOne(input: number, timeUs: number, value: PointValue, known: boolean): readonly RuleDecision[] {
    const { event } = this;
    event.known = known;
    event.value = value;
    event.timeUs = timeUs;
    event.arrivedAtMs = timeUs / 1_000;
    const decisions = this.judge.point(input, event);
    this.noteDue();
    return decisions;
  }

  private runTimers(untilUs: number): readonly RuleDecision[] {
    const decisions: RuleDecision[] = [];
    while (this.dueUs < untilUs) {
      const dueMs = this.dueUs / 1_000;
      decisions.push(...this.judge.timer(TIMER, dueMs));
      this.noteDue();
      // A timer that could not decide stays as it is; only another reading changes that.
      if (this.dueUs <= dueMs * 1_000) this.dueUs = Infinity;
    }
    return decisions;
  }

  private noteDue(): void {
    const { dueAtMs } = this.judge;
    this.dueUs = dueAtMs === null ? Infinity : dueAtMs * 1_000;
  }
}
