import assert from 'node:assert/strict';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { PointValue } from '../../src/contracts/telemetry.ts';
import type { Judge, JudgeFactory } from '../../src/rules/judge.ts';
import { Readings } from '../../src/rules/readings.ts';
import { judgeFactoryOf } from '../../src/rules/registry.ts';
import type { PointEvent, RuleDecision, TimerEvent } from '../../src/rules/types.ts';

/** A reading on its way to a rule. */
export interface TestReading {
  timeUs: number;
  value: PointValue;
  /** Which of the rule's inputs; 0 when absent. */
  input?: number;
  /** 100 when absent. */
  quality?: number;
}

/** A stretch of time in which the rule held, as the alerts tell it. */
export interface LoggedEpisode {
  raisedUs: number;
  sinceUs: number;
  clearedUs: number | null;
}

/** The device is there. */
export const ONLINE: TimerEvent = { kind: 'timer', online: true, awaySinceMs: null };

/**
 * A rule at work on one device as the engine runs it: readings go into the rings, then to the judge; timers run by the clock of arrivals, before
 * what arrives after them; after a restart the rings are filled from what is stored and the judge goes on from its state.
 */
export class JudgeRun {
  readonly factory: JudgeFactory;
  judge: Judge;
  /** All that was decided, in order. */
  readonly said: RuleDecision[] = [];
  private readings: Readings[];
  /** What the platform has stored of each input: the first reading of each instant. */
  private readonly stored: Map<number, TestReading>[];
  /** Stored before the restart and not judged yet: they come once more, and are no repeats. */
  private readonly unjudged = new Set<TestReading>();
  private readonly event: PointEvent = { kind: 'point', value: 0, timeUs: 0, arrivedAtMs: 0, known: false };

  constructor(rule: AuthoredRule, { startMs = 0, presence = ONLINE }: { startMs?: number; presence?: TimerEvent } = {}) {
    this.factory = judgeFactoryOf(rule);
    this.readings = this.factory.inputs.map(() => new Readings(this.factory.keepMs));
    this.stored = this.factory.inputs.map(() => new Map<number, TestReading>());
    this.judge = this.factory.create(undefined, this.readings, startMs);
    this.presence = presence;
  }

  /** What timers are told of the device. */
  presence: TimerEvent;

  /** One message: runs the timers that were due before, stores the readings and judges them in the order of their times. */
  arrive(message: readonly TestReading[], arrivedAtMs: number): readonly RuleDecision[] {
    return [...this.runTimers(arrivedAtMs), ...this.judgeMessage(message, arrivedAtMs)];
  }

  /** As `arrive` with one reading. */
  point(reading: TestReading, arrivedAtMs = reading.timeUs / 1_000): readonly RuleDecision[] {
    return this.arrive([reading], arrivedAtMs);
  }

  /** The same without running any timer. */
  judgeMessage(message: readonly TestReading[], arrivedAtMs: number): readonly RuleDecision[] {
    const ordered = message.toSorted((a, b) => a.timeUs - b.timeUs).filter(({ quality = 100 }) => quality >= this.factory.minQuality);
    const from = this.said.length;
    for (let first = 0, next = 0; first < ordered.length; first = next) {
      while (ordered[next]?.timeUs === ordered[first]?.timeUs && next < ordered.length) next += 1;
      // Readings of one instant see each other.
      const together = ordered.slice(first, next).map((reading) => ({ reading, known: this.store(reading) }));
      for (const { reading, known } of together) this.judgeOne(reading, arrivedAtMs, known);
    }
    return this.said.slice(from);
  }

  /** Asks the judge at an instant, whether it wants that or not: the timer is due or the presence changed. */
  timer(nowMs: number, presence = this.presence): readonly RuleDecision[] {
    const decisions = this.judge.timer(presence, nowMs);
    this.said.push(...decisions);
    return decisions;
  }

  /** Runs all timers that are due before an instant, each in time. */
  runTimers(untilMs: number): readonly RuleDecision[] {
    const from = this.said.length;
    for (;;) {
      const { dueAtMs } = this.judge;
      if (dueAtMs === null || dueAtMs >= untilMs) break;
      this.timer(dueAtMs);
      // It could not decide: only a reading or the presence changes that.
      if (this.judge.dueAtMs !== null && this.judge.dueAtMs <= dueAtMs) break;
    }
    return this.said.slice(from);
  }

  /** Stops and starts the platform between two events; `unjudged` was stored before, and comes to judging afterwards. */
  restart(nowMs = 0, unjudged: readonly TestReading[] = []): void {
    const state: unknown = JSON.parse(JSON.stringify(this.judge.state()));
    const { lastUs } = this.judge.view();
    for (const reading of unjudged) {
      this.stored[reading.input ?? 0]?.set(reading.timeUs, reading);
      this.unjudged.add(reading);
    }
    this.readings = this.stored.map((stored) => {
      const past = [...stored.values()]
        .filter(({ timeUs, quality = 100 }) => quality >= this.factory.minQuality && timeUs >= (lastUs ?? 0) - this.factory.keepMs * 1_000)
        .sort((a, b) => a.timeUs - b.timeUs);
      const ring = new Readings(this.factory.keepMs);
      const isBoolean = past.some(({ value }) => typeof value === 'boolean');
      ring.prime(
        past.map(({ timeUs, value, quality = 100 }) => ({ timeUs, value: Number(value), quality })),
        isBoolean ? 'boolean' : 'number',
      );
      return ring;
    });
    this.judge = this.factory.create(state, this.readings, nowMs);
  }

  /** The alerts of the rule, as what was said and corrected tells them. */
  log(): LoggedEpisode[] {
    return alertLog(this.said);
  }

  /** Answers whether it stood there before. */
  private store(reading: TestReading): boolean {
    const { input = 0, timeUs, value } = reading;
    const known = this.readings[input]?.put(timeUs, value) ?? false;
    const stored = this.stored[input];
    if (typeof value !== 'string' && stored !== undefined && !stored.has(timeUs)) stored.set(timeUs, reading);
    return known && !this.unjudged.delete(reading);
  }

  private judgeOne({ input = 0, timeUs, value }: TestReading, arrivedAtMs: number, known: boolean): void {
    Object.assign(this.event, { value, timeUs, arrivedAtMs, known });
    this.said.push(...this.judge.point(input, this.event));
  }
}

/**
 * The episodes that decisions tell, oldest first. Fails when they make no sense: a second raise while an alert is open, a clear or a repeat without
 * one, a correction of what was never told, an `added` one that is not over, episodes that overlap.
 */
export function alertLog(said: readonly RuleDecision[]): LoggedEpisode[] {
  let log: LoggedEpisode[] = [];
  const open = (): LoggedEpisode | undefined => log.find(({ clearedUs }) => clearedUs === null);
  for (const decision of said) {
    const text = JSON.stringify(decision);
    const { kind, atUs, sinceUs } = decision;
    if (kind === 'corrected') log = correctedLog(log, decision);
    else assert.equal(open() === undefined, kind === 'raised', `an alert is open: ${text}`);
    if (kind === 'raised') log.push({ raisedUs: atUs, sinceUs, clearedUs: null });
    const last = open();
    if (kind === 'cleared' && last !== undefined) last.clearedUs = atUs;
    log.sort((a, b) => a.raisedUs - b.raisedUs);
    for (const [index, { clearedUs }] of log.slice(0, -1).entries()) {
      assert.ok(clearedUs !== null && clearedUs <= (log[index + 1]?.raisedUs ?? 0), `episodes overlap after ${text}`);
    }
  }
  return log;
}

function correctedLog(log: readonly LoggedEpisode[], { corrections = [] }: RuleDecision): LoggedEpisode[] {
  let result = [...log];
  for (const { op, wasRaisedUs, episode } of corrections) {
    const { raisedUs, sinceUs, clearedUs } = episode;
    const known = result.find((one) => one.raisedUs === wasRaisedUs);
    assert.equal(known === undefined, op === 'added', `${op} ${wasRaisedUs} of ${JSON.stringify(result)}`);
    if (op === 'added') assert.ok(clearedUs !== null && wasRaisedUs === raisedUs, 'what is added is over');
    result = result.filter((one) => one !== known);
    if (op !== 'withdrawn') result.push({ raisedUs, sinceUs, clearedUs });
  }
  return result;
}

/** One step of a table: what happens at `at` seconds after `BASE_MS`, and what is expected to be said. */
export type JudgeStep = { at: number; expect: string } & (
  | { timer: 'online' | 'offline'; offlineSince?: number }
  | { until: true }
  /** `values`: one for each input, read together; null: none of that input. `arrived`: seconds too, `at` when absent. */
  | { value: PointValue; arrived?: number; quality?: number }
  | { values: readonly (PointValue | null)[]; arrived?: number; quality?: number }
);

/** The beginning of step tables, 2026-06-01T05:00:00Z, a Monday. */
export const BASE_MS = Date.UTC(2026, 5, 1, 5);

/**
 * Runs a rule through a table of steps, restarting it after each. No timers run but those of the table: `timer` asks the judge then,
 * `until` runs all that are due before. Answers the run.
 */
export function runSteps(rule: AuthoredRule, steps: readonly JudgeStep[], baseMs = BASE_MS): JudgeRun {
  const run = new JudgeRun(rule, { startMs: baseMs });
  const seconds = (us: number): string => String(Math.round((us / 1_000 - baseMs) * 1_000) / 1_000_000);
  for (const [index, step] of steps.entries()) {
    const said = play(run, step, baseMs).map((decision) => textOf(decision, seconds));
    const { dueAtMs } = run.judge;
    const isByTime = run.factory.byTime;
    if (dueAtMs !== null && !isByTime) said.push(`due ${seconds(dueAtMs * 1_000)}`);
    assert.equal(said.join(', '), step.expect, `step ${index}: ${JSON.stringify(step)}`);
    run.restart(baseMs + step.at * 1_000);
  }
  return run;
}

function play(run: JudgeRun, step: JudgeStep, baseMs: number): readonly RuleDecision[] {
  const nowMs = baseMs + step.at * 1_000;
  if ('until' in step) return run.runTimers(nowMs);
  if ('timer' in step) {
    const awaySinceMs = step.offlineSince === undefined ? null : baseMs + step.offlineSince * 1_000;
    return run.timer(nowMs, { kind: 'timer', online: step.timer === 'online', awaySinceMs });
  }
  const { quality = 100, arrived = step.at } = step;
  const values = 'value' in step ? [step.value] : step.values;
  const message = values.flatMap((value, input) => (value === null ? [] : [{ input, value, timeUs: nowMs * 1_000, quality }]));
  return run.judgeMessage(message, baseMs + arrived * 1_000);
}

function textOf(decision: RuleDecision, seconds: (us: number) => string): string {
  const { kind, atUs, sinceUs, value, corrections = [], held } = decision;
  switch (kind) {
    case 'raised':
      return `raised ${String(value)} @${seconds(atUs)} since ${seconds(sinceUs)}${held === undefined ? '' : ' (held)'}`;
    case 'corrected':
      return corrections
        .map(({ op, wasRaisedUs, episode: { raisedUs, clearedUs } }) => {
          const stretch = `${seconds(raisedUs)}..${clearedUs === null ? '' : seconds(clearedUs)}`;
          return op === 'changed' ? `changed ${seconds(wasRaisedUs)} to ${stretch}` : `${op} ${stretch}`;
        })
        .join(', ');
    default:
      return `${kind} ${String(value)} @${seconds(atUs)}`;
  }
}
