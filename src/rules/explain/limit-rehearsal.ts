import type { TestDecision } from '../../contracts/explanations.ts';
import type { AuthoredRule } from '../../contracts/rules.ts';
import { parseMemory } from '../limit/memory.ts';
import type { LimitState } from '../limit/state.ts';
import { RuleReplay } from '../replay.ts';
import type { RuleDecision } from '../types.ts';
import { limitSteps } from './limit-steps.ts';
import type { Reading, Rehearsal, Tried } from './rehearsal.ts';
import type { Words } from './words/words.ts';

/** A rule with a limit, of whichever type. */
export type LimitRule = Exclude<AuthoredRule, { rule_type: 'schedule' }>;

/** An input with the reading that counts: the newest that is tried, or else the newest that is stored. */
export interface LookedAt {
  deviceId: string;
  key: string;
  unit: string | null;
  reading: Reading | undefined;
  isGiven: boolean;
}

/** What the steps of a rule with a limit are made of. */
export interface LimitCase {
  rehearsal: Rehearsal;
  rule: LimitRule;
  lookedAt: readonly LookedAt[];
  /** The instant that is judged, epoch microseconds: of the newest reading that is tried, or else that is stored. */
  judgedUs: number;
  before: LimitState;
  /** The newest reading that the running rule has judged, epoch microseconds; null before the first. */
  seenUs: number | null;
  after: LimitState;
  decisions: readonly RuleDecision[];
  decision: TestDecision;
  words: Words;
}

/** Tries a rule that compares something with a limit. */
export function rehearseLimit(rehearsal: Rehearsal, rule: LimitRule, words: Words): Tried {
  const { startState } = rehearsal;
  const lookedAt = rehearsal.inputs.map(({ deviceId, key, unit, past, given }): LookedAt => {
    const newest = given.at(-1);
    return { deviceId, key, unit, reading: newest ?? past.at(-1), isGiven: newest !== undefined };
  });
  const before = parseMemory(startState).state;
  const { decisions, after, seenUs } = play(rehearsal, rule);
  const counting = lookedAt.some(({ isGiven }) => isGiven) ? lookedAt.filter(({ isGiven }) => isGiven) : lookedAt;
  const judgedUs = Math.max(...counting.map(({ reading }) => reading?.timeUs ?? -Infinity));
  const decision = decisionOf(before, after, decisions);
  const { steps, isJudged } = limitSteps({ rehearsal, rule, lookedAt, judgedUs, before, seenUs, after, decisions, decision, words });
  return { decision: decision === 'nothing' && !isJudged ? 'not_judged' : decision, steps, decisions };
}

interface Played {
  timeUs: number;
  input: number;
  reading: Reading;
}

/** Gives the judge what it has not judged yet, in the order of time; what is older only fills its memory. */
function play(rehearsal: Rehearsal, rule: LimitRule): { decisions: RuleDecision[]; after: LimitState; seenUs: number | null } {
  const { device, atMs, inputs, startState, presence } = rehearsal;
  const replay = new RuleReplay(rule, device.id, { startState, startMs: atMs });
  const { lastUs: seenUs } = replay.view();
  const fromUs = judgedUntilUs(rehearsal, rule, seenUs);
  const points: Played[] = [];
  inputs.forEach(({ past, given }, input) => {
    const old = past.filter(({ timeUs }) => timeUs <= fromUs);
    const isBoolean = past.some(({ value }) => typeof value === 'boolean');
    const numbers = old.flatMap(({ timeUs, value, quality }) =>
      typeof value === 'string' ? [] : [{ timeUs, value: Number(value), quality }],
    );
    replay.prime(input, numbers, isBoolean ? 'boolean' : 'number');
    for (const reading of [...past.slice(old.length), ...given]) points.push({ timeUs: reading.timeUs, input, reading });
  });
  points.sort((a, b) => a.timeUs - b.timeUs);
  const decisions = points.flatMap(({ timeUs, input, reading }) => [...replay.point(input, timeUs, reading.value, reading.quality)]);
  // The timer of a device that is known to be away does not raise: nothing is asked after its newest reading.
  decisions.push(...replay.finish(presence.online ? atMs : (points.at(-1)?.timeUs ?? -Infinity) / 1_000));
  return { decisions, after: parseMemory(replay.state()).state, seenUs };
}

/**
 * Up to where readings count as judged, epoch microseconds. For a rule that runs: as far as it got. Otherwise as if it had begun long enough
 * ago for its duration to be over: a rule without one looks at the newest reading alone.
 */
function judgedUntilUs({ inputs, startState, atMs }: Rehearsal, { conditions }: LimitRule, seenUs: number | null): number {
  if (startState !== undefined && seenUs !== null) return seenUs;
  const durationUs = ('duration_seconds' in conditions ? (conditions.duration_seconds ?? 0) : 0) * 1_000_000;
  if (durationUs > 0) return atMs * 1_000 - 2 * durationUs;
  const newestUs = Math.max(...inputs.flatMap(({ past, given }) => [past.at(-1)?.timeUs ?? -Infinity, given.at(-1)?.timeUs ?? -Infinity]));
  return newestUs - 1;
}

function decisionOf(before: LimitState, after: LimitState, decisions: readonly RuleDecision[]): TestDecision {
  if (after.phase === 'active') {
    if (before.phase !== 'active') return 'raises';
    const last = decisions.findLast(({ kind }) => kind === 'raised' || kind === 'cleared');
    return last?.kind === 'raised' ? 'raises' : 'stays_active';
  }
  // What the timer raised before the reading came is cleared by it too.
  const isCleared = before.phase === 'active' || (before.phase === 'pending' && decisions.some(({ kind }) => kind === 'cleared'));
  if (isCleared) return 'clears';
  return after.phase === 'pending' ? 'waits' : 'nothing';
}
