import { announce, dueRaise, raiseOf } from '../announcer.ts';
import { NO_DECISIONS } from '../judge.ts';
import type { Judge } from '../judge.ts';
import { firstAllowedUs } from '../raise-gate.ts';
import type { Episode, PointEvent, RuleDecision, RuleStateView, TimerEvent } from '../types.ts';
import type { LimitConditions } from './conditions.ts';
import type { Derivation, Derived } from './derivation.ts';
import { corrected, followed } from './episodes.ts';
import { forget, newestUs, noteChange, rewind, storedMemory } from './memory.ts';
import type { LimitMemory, Start } from './memory.ts';
import { absorbLimit, reduceLimit, waitsUntilUs } from './reduce.ts';
import type { LimitPoint, LimitTimer } from './reduce.ts';
import type { LimitState } from './state.ts';

/** What all devices of a rule have in common. */
export interface LimitRule {
  limit: LimitConditions & { presentMs: number };
  latenessMs: number;
}

/**
 * A rule with a limit at work on one device. Readings in order go through the reducer. A late one, within the lateness, takes its place among
 * the readings, and the reducer runs again from there: the state is then as if it had come in time, what this changes in the past is
 * said as a correction, and an alarm that nobody has heard yet and that still lasts is raised with its true start. An older one is
 * only counted.
 */
export class LimitJudge implements Judge {
  private readonly rule: LimitRule;
  private readonly derivation: Derivation;
  private readonly memory: LimitMemory;

  constructor(rule: LimitRule, derivation: Derivation, memory: LimitMemory) {
    this.rule = rule;
    this.derivation = derivation;
    this.memory = memory;
  }

  point(input: number, event: PointEvent): readonly RuleDecision[] {
    if (!this.derivation.takes(event.value)) return NO_DECISIONS;
    const { memory } = this;
    const { state } = memory;
    // Repeats that wait to be reported are counted with this reading.
    const waited = state.due_ms === null || state.phase === 'active' ? NO_DECISIONS : this.timerBefore(event, state.due_ms);
    const decisions = event.timeUs <= judgedThroughUs(memory) ? this.late(input, event) : this.inOrder(input, event);
    if (waited.length === 0) return decisions.length === 0 && memory.held === null ? NO_DECISIONS : this.say(decisions, event);
    return this.say([...waited, ...decisions], event);
  }

  timer(event: TimerEvent, nowMs: number): readonly RuleDecision[] {
    const { memory } = this;
    const due = dueRaise(memory.held, nowMs);
    // Nobody hears of repeats before the raise.
    if (due === undefined && this.holdsRepeats) return NO_DECISIONS;
    const decisions = this.reduce({ kind: 'timer', online: event.online }, nowMs);
    if (due === undefined) return decisions;
    memory.held = null;
    return [due, ...decisions];
  }

  get dueAtMs(): number | null {
    const { state, held } = this.memory;
    if (held === null) return state.due_ms;
    return this.holdsRepeats ? held.untilMs : Math.min(held.untilMs, state.due_ms ?? Infinity);
  }

  get lateCount(): number {
    return this.memory.late.count;
  }

  /** The raise of what is active has not been told yet. */
  private get holdsRepeats(): boolean {
    return this.memory.held !== null && this.memory.state.phase === 'active';
  }

  view(): RuleStateView {
    const { state, late } = this.memory;
    const isActive = state.phase === 'active';
    const lastUs = newestUs(this.memory);
    return {
      active: isActive,
      activeSinceUs: isActive ? state.since_us : null,
      lastValue: state.last_value,
      lastUs: lastUs === -Infinity ? null : lastUs,
      dueAtMs: this.dueAtMs,
      late,
    };
  }

  state(): unknown {
    forget(this.memory, this.rule.latenessMs);
    return storedMemory(this.memory);
  }

  /**
   * The timer was due before this reading came and nobody could ask it (the platform was down or busy), or is due later only because an
   * older reading was long under way: in the order of events it comes first.
   */
  private timerBefore(event: PointEvent, dueMs: number): readonly RuleDecision[] {
    const isOvertaken = waitsUntilUs(this.rule.limit, this.memory.state) < event.timeUs;
    return isOvertaken || event.arrivedAtMs > dueMs ? this.reduce(isOvertaken ? OVERTAKEN : ASKED, event.arrivedAtMs) : NO_DECISIONS;
  }

  private inOrder(input: number, event: PointEvent): readonly RuleDecision[] {
    const { memory } = this;
    memory.delayMs = event.arrivedAtMs - event.timeUs / 1_000;
    const derived = this.derivation.next(input, event);
    if (derived === undefined) {
      memory.passedUs = event.timeUs;
      return NO_DECISIONS;
    }
    const point = POINT;
    point.value = derived.value;
    point.timeUs = derived.timeUs;
    point.arrivedAtMs = event.arrivedAtMs;
    return absorbLimit(this.rule.limit, memory.state, point) ? NO_DECISIONS : this.reduce(point, event.arrivedAtMs);
  }

  private reduce(event: LimitPoint | LimitTimer, nowMs: number): readonly RuleDecision[] {
    const { phase } = this.memory.state;
    const told = this.step(event, nowMs);
    if (this.memory.state.phase !== phase) forget(this.memory, this.rule.latenessMs);
    return told;
  }

  /** One step of the reducer; what it decided is told with its reasons, and remembered. */
  private step(event: LimitPoint | LimitTimer, nowMs: number): readonly RuleDecision[] {
    const { memory, rule } = this;
    const { phase } = memory.state;
    const { state, transitions } = reduceLimit(rule.limit, memory.state, event, nowMs);
    memory.state = state;
    const told = transitions.map((decision) => this.derivation.describe(this.withGate(decision), comparedUs(decision, state)));
    for (const decision of told) memory.episodes = followed(memory.episodes, decision);
    if (state.phase !== phase) noteChange(memory, rule.latenessMs);
    return told.length === 0 ? NO_DECISIONS : told;
  }

  /** Says when cooldown or hours kept a raise back. */
  private withGate(decision: RuleDecision): RuleDecision {
    const { gate, duration_seconds: seconds = 0 } = this.rule.limit;
    if (decision.kind !== 'raised' || gate === undefined) return decision;
    const completeUs = decision.sinceUs + Math.round(seconds * 1_000_000);
    if (firstAllowedUs(gate, this.memory.state.cleared_us, completeUs) <= completeUs) return decision;
    const [from, to] = [completeUs, decision.atUs].map((us) => new Date(us / 1_000).toISOString());
    return { ...decision, held: [`Cooldown or hours of the rule held the alert back from ${String(from)} to ${String(to)}.`] };
  }

  private late(input: number, event: PointEvent): readonly RuleDecision[] {
    const { memory, rule } = this;
    if (event.known || this.derivation.covers(input, event.timeUs)) return NO_DECISIONS;
    const isTooLate = event.timeUs < newestUs(memory) - rule.latenessMs * 1_000;
    const start = isTooLate ? undefined : rewind(memory, event.timeUs, rule.latenessMs);
    if (start === undefined) {
      memory.late = { count: memory.late.count + 1, lastUs: Math.max(memory.late.lastUs ?? -Infinity, event.timeUs) };
      return NO_DECISIONS;
    }
    const before = memory.episodes.filter(({ clearedUs }) => (clearedUs ?? Infinity) > start.sinceUs);
    const kept = memory.episodes.filter((episode) => !before.includes(episode));
    memory.episodes = start.state.phase === 'active' ? [{ ...this.episodeOf(start.state), clearedUs: null }] : NO_EPISODES;
    this.again(start, event);
    const said = this.differences(before, event);
    memory.episodes = [...kept, ...memory.episodes];
    forget(memory, rule.latenessMs);
    return said;
  }

  /** Runs the reducer again over the readings as they are now. */
  private again({ state, afterUs }: Start, event: PointEvent): void {
    const { memory, rule } = this;
    const { state: old, delayMs } = memory;
    const throughUs = Math.max(newestUs(memory), event.timeUs);
    memory.state = state;
    this.derivation.again(afterUs, throughUs, ({ timeUs, value }: Derived) => {
      if (waitsUntilUs(rule.limit, memory.state) < timeUs) this.step(ASKED, memory.state.due_ms ?? 0);
      const arrivedAtMs = timeUs / 1_000 + delayMs;
      const point: LimitPoint = { kind: 'point', value, timeUs, arrivedAtMs };
      if (!absorbLimit(rule.limit, memory.state, point)) this.step(point, arrivedAtMs);
    });
    const { due_ms: dueMs } = memory.state;
    if (dueMs !== null && dueMs <= event.arrivedAtMs) this.step(ASKED, dueMs);
    memory.passedUs = throughUs > (memory.state.last_us ?? -Infinity) ? throughUs : null;
    // Which repeats were reported does not change.
    const isSame = old.phase === 'active' && memory.state.phase === 'active';
    const { unreported, repeat_us, repeat_value, reported_us, reported_ms } = old;
    const same = { unreported, repeat_us, repeat_value, reported_us, reported_ms, due_ms: old.due_ms };
    const other = { unreported: 0, repeat_us: null, repeat_value: null, ...(memory.state.phase === 'active' ? { due_ms: null } : {}) };
    memory.state = { ...memory.state, ...(isSame ? same : other) };
  }

  private episodeOf(state: LimitState): Episode {
    const raisedUs = state.raised_us ?? state.since_us ?? 0;
    const sinceUs = state.since_us ?? raisedUs;
    const known = this.memory.episodes.find((episode) => episode.raisedUs === raisedUs);
    return known ?? { raisedUs, sinceUs, value: state.last_value, clearedUs: null };
  }

  private differences(before: readonly Episode[], { timeUs, value }: PointEvent): readonly RuleDecision[] {
    const { corrections, raise } = corrected(before, this.memory.episodes);
    const said: RuleDecision[] = [];
    if (corrections.length > 0) said.push({ kind: 'corrected', atUs: timeUs, sinceUs: timeUs, value, occurrences: 1, corrections });
    if (raise !== undefined) said.push({ ...raiseOf(raise), held: ['A reading that came late completed the condition.'] });
    return said;
  }

  private say(decisions: readonly RuleDecision[], event: PointEvent): readonly RuleDecision[] {
    const { memory, rule } = this;
    const newest = Math.max(newestUs(memory), event.timeUs);
    const moment = { newestUs: newest, arrivedAtMs: event.arrivedAtMs, presentMs: rule.limit.presentMs };
    const { held, said } = announce(memory.held, decisions, moment);
    memory.held = held;
    return said;
  }
}

const NO_EPISODES: readonly Episode[] = [];
/** Who sends is there. */
const ASKED: LimitTimer = { kind: 'timer', online: true };
const OVERTAKEN: LimitTimer = { ...ASKED, overtaken: true };
/** One point for all: the reducer keeps none. */
const POINT: LimitPoint = { kind: 'point', value: 0, timeUs: 0, arrivedAtMs: 0 };

/** The instant of the comparison that a decision is about: with a timer it is older than the decision, or than the newest comparison. */
function comparedUs(decision: RuleDecision, state: LimitState): number {
  return decision.kind === 'repeated' ? decision.atUs : (state.last_us ?? decision.atUs);
}

/** The newest instant that is decided, epoch microseconds: of the last reading, or of the raise by a timer after it. */
function judgedThroughUs(memory: LimitMemory): number {
  return Math.max(newestUs(memory), memory.state.raised_us ?? -Infinity);
}
