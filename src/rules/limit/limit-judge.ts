import { announce, dueRaise } from '../announcer.ts';
import { NO_DECISIONS } from '../judge.ts';
import type { Judge } from '../judge.ts';
import { firstAllowedUs } from '../raise-gate.ts';
import type { Episode, PointEvent, RuleDecision, RuleStateView, TimerEvent } from '../types.ts';
import type { LimitConditions } from './conditions.ts';
import type { Derivation, Derived } from './derivation.ts';
import { corrected, follow } from './episodes.ts';
import { markBefore, noteChange, storedMemory } from './memory.ts';
import type { LimitMemory } from './memory.ts';
import { absorbLimit, reduceLimit, waitsUntilUs } from './reduce.ts';
import type { LimitPoint, LimitTimer } from './reduce.ts';
import { judgedThroughUs } from './state.ts';
import type { LimitState } from './state.ts';

/** What all devices of a rule have in common. */
export interface LimitRule {
  limit: LimitConditions;
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
  /** How much later than read the newest reading arrived, milliseconds: what late ones would have had if they had come in time. */
  private delayMs = 0;

  constructor(rule: LimitRule, derivation: Derivation, memory: LimitMemory) {
    this.rule = rule;
    this.derivation = derivation;
    this.memory = memory;
  }

  point(input: number, event: PointEvent): readonly RuleDecision[] {
    if (!this.derivation.takes(event.value)) return NO_DECISIONS;
    const { memory } = this;
    let decisions: readonly RuleDecision[] = NO_DECISIONS;
    // The timer was due before this reading came, and nobody could ask it: the platform was down or busy.
    const { due_ms: dueMs } = memory.state;
    if (dueMs !== null && event.arrivedAtMs > dueMs) decisions = this.reduce({ kind: 'timer', online: true }, event.arrivedAtMs);
    if (event.timeUs <= judgedThroughUs(memory.state)) return this.say([...decisions, ...this.late(input, event)], event);
    this.delayMs = event.arrivedAtMs - event.timeUs / 1_000;
    const derived = this.derivation.next(input, event);
    if (derived === undefined) memory.state.last_us = event.timeUs;
    else {
      const point = POINT;
      point.value = derived.value;
      point.timeUs = derived.timeUs;
      point.arrivedAtMs = event.arrivedAtMs;
      if (!absorbLimit(this.rule.limit, memory.state, point)) {
        const said = this.reduce(point, event.arrivedAtMs);
        decisions = decisions.length === 0 ? said : [...decisions, ...said];
      }
    }
    return decisions.length === 0 && memory.held === null ? NO_DECISIONS : this.say(decisions, event);
  }

  timer(event: TimerEvent, nowMs: number): readonly RuleDecision[] {
    const { memory } = this;
    const decisions = this.reduce({ kind: 'timer', online: event.online }, nowMs);
    const due = dueRaise(memory.held, nowMs);
    if (due === undefined) return decisions;
    memory.held = null;
    return [due, ...decisions];
  }

  get dueAtMs(): number | null {
    const { state, held } = this.memory;
    return held === null ? state.due_ms : Math.min(held.untilMs, state.due_ms ?? Infinity);
  }

  view(): RuleStateView {
    const { state, late } = this.memory;
    const { dueAtMs } = this;
    const isActive = state.phase === 'active';
    return {
      active: isActive,
      activeSinceUs: isActive ? state.since_us : null,
      lastValue: state.last_value,
      lastUs: state.last_us,
      dueAtMs,
      late,
    };
  }

  state(): unknown {
    return storedMemory(this.memory);
  }

  /** One step of the reducer; what it decided is told with its reasons, and remembered. */
  private reduce(event: LimitPoint | LimitTimer, nowMs: number): readonly RuleDecision[] {
    const { memory, rule } = this;
    const before = memory.state;
    const { state, transitions } = reduceLimit(rule.limit, before, event, nowMs);
    memory.state = state;
    if (state.phase !== before.phase || state.since_us !== before.since_us || transitions.length > 0) {
      follow(this.ownEpisodes(transitions), transitions);
      noteChange(memory, rule.latenessMs * 1_000);
    }
    return transitions.length === 0 ? transitions : transitions.map((decision) => this.derivation.describe(this.withGate(decision)));
  }

  /** Episodes may be shared while there are none. */
  private ownEpisodes(transitions: readonly RuleDecision[]): Episode[] {
    if (transitions.length > 0) this.memory.episodes = [...this.memory.episodes];
    return this.memory.episodes;
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
    const horizonUs = (memory.state.last_us ?? event.timeUs) - rule.latenessMs * 1_000;
    const mark =
      event.timeUs <= horizonUs && event.timeUs <= (memory.state.last_us ?? -Infinity) ? undefined : markBefore(memory, event.timeUs);
    if (mark === undefined) {
      memory.late = { count: memory.late.count + 1, lastUs: Math.max(memory.late.lastUs ?? -Infinity, event.timeUs) };
      return NO_DECISIONS;
    }
    const before = memory.episodes.filter(({ clearedUs }) => clearedUs === null || clearedUs >= event.timeUs);
    const kept = memory.episodes.filter((episode) => !before.includes(episode));
    const after = this.again(mark, Math.max(mark.at_us ?? -Infinity, horizonUs), event);
    memory.episodes = [...kept, ...after];
    return this.differences(before, after, event);
  }

  /** Runs the reducer again from a mark over the readings as they are now; answers the episodes from there on. */
  private again(mark: { at_us: number | null; state: LimitState }, afterUs: number, event: PointEvent): Episode[] {
    const { memory, rule, delayMs } = this;
    const old = memory.state;
    const after: Episode[] = mark.state.phase === 'active' ? [this.episodeOf(mark.state)] : [];
    memory.marks = memory.marks.filter(({ at_us: atUs }) => (atUs ?? -Infinity) <= (mark.at_us ?? -Infinity));
    memory.state = { ...mark.state };
    const step = (next: LimitPoint | LimitTimer, nowMs: number): void => {
      const { phase, since_us: sinceUs } = memory.state;
      const { state, transitions } = reduceLimit(rule.limit, memory.state, next, nowMs);
      memory.state = state;
      follow(after, transitions);
      if (state.phase !== phase || state.since_us !== sinceUs) noteChange({ ...memory, episodes: [] }, rule.latenessMs * 1_000);
    };
    const timer = (): void => {
      if (memory.state.due_ms !== null) step({ kind: 'timer', online: true }, memory.state.due_ms);
    };
    const throughUs = Math.max(old.last_us ?? -Infinity, event.timeUs);
    this.derivation.again(afterUs, throughUs, ({ timeUs, value }: Derived) => {
      const arrivedAtMs = timeUs / 1_000 + delayMs;
      if (waitsUntilUs(rule.limit, memory.state) < timeUs) timer();
      step({ kind: 'point', value, timeUs, arrivedAtMs }, arrivedAtMs);
    });
    if ((memory.state.due_ms ?? Infinity) <= event.arrivedAtMs) timer();
    this.takeOver(old, throughUs);
    return after;
  }

  /** What a late reading does not change: how far was judged, and which repeats were reported. */
  private takeOver(old: LimitState, throughUs: number): void {
    const { memory } = this;
    const isSame = old.phase === 'active' && memory.state.phase === 'active';
    memory.state = {
      ...memory.state,
      last_us: throughUs,
      last_value: memory.state.last_us === null ? old.last_value : memory.state.last_value,
      ...(isSame ? { unreported: old.unreported, reported_us: old.reported_us, reported_ms: old.reported_ms } : { unreported: 0 }),
    };
  }

  private episodeOf(state: LimitState): Episode {
    const raisedUs = state.raised_us ?? state.since_us ?? 0;
    const known = this.memory.episodes.find((episode) => episode.raisedUs === raisedUs);
    return known === undefined
      ? { raisedUs, sinceUs: state.since_us ?? raisedUs, value: state.last_value, clearedUs: null }
      : { ...known, clearedUs: null };
  }

  private differences(before: readonly Episode[], after: readonly Episode[], event: PointEvent): RuleDecision[] {
    const { corrections, raise } = corrected(before, after);
    const said: RuleDecision[] = [];
    const common = { value: event.value, occurrences: 1 };
    if (corrections.length > 0) said.push({ kind: 'corrected', atUs: event.timeUs, sinceUs: event.timeUs, ...common, corrections });
    if (raise !== undefined) {
      const { raisedUs: atUs, sinceUs, value } = raise;
      said.push({ kind: 'raised', atUs, sinceUs, ...common, value, held: ['A reading that came late completed the condition.'] });
    }
    return said;
  }

  private say(decisions: readonly RuleDecision[], event: PointEvent): readonly RuleDecision[] {
    const { memory, rule } = this;
    const newestUs = Math.max(memory.state.last_us ?? event.timeUs, event.timeUs);
    const { held, said } = announce(memory.held, decisions, { newestUs, arrivedAtMs: event.arrivedAtMs, latenessMs: rule.latenessMs });
    memory.held = held;
    return said;
  }
}

/** One point for all: the reducer keeps none. */
const POINT: LimitPoint = { kind: 'point', value: 0, timeUs: 0, arrivedAtMs: 0 };
