import { z } from 'zod';
import { comparedSchema, heldSchema } from '../announcer.ts';
import type { Held } from '../announcer.ts';
import type { Episode } from '../types.ts';
import { reportDueMs } from './reduce.ts';
import { carryOverLimit, initialLimitState, limitStateSchema } from './state.ts';
import type { LimitState } from './state.ts';

/** Marks stand at least the lateness divided by this apart, two by two: a value that flaps ten times a second leaves no more of them. */
const MARKS = 8;

/** The state after everything up to an instant; `at_us` null: before the first reading. */
interface Mark {
  at_us: number | null;
  state: LimitState;
}

const episodeSchema = z.object({
  raisedUs: z.number(),
  sinceUs: z.number(),
  ...comparedSchema.shape,
  clearedUs: z.number().nullable(),
});

const lateSchema = z.object({ count: z.number(), lastUs: z.number().nullable() });

const memorySchema = limitStateSchema.extend({
  marks: z.array(z.object({ at_us: z.number().nullable(), state: limitStateSchema })).optional(),
  episodes: z.array(episodeSchema).optional(),
  held: heldSchema.nullable().default(null),
  late: lateSchema.optional(),
  passed_us: z.number().nullable().default(null),
  delay_ms: z.number().default(0),
});

/**
 * What a judge with a limit remembers: the state, and as much of the way to it as a late reading may change. Lists are never changed but
 * replaced, so that the judges to which nothing happened yet share theirs.
 */
export interface LimitMemory {
  state: LimitState;
  /**
   * Oldest first; the first is older than the lateness, or the very beginning. After a mark nothing but the last reading moved until the next
   * one, unless that is so close that marks between the two were left out.
   */
  marks: readonly Mark[];
  /** Those that a late reading may still change, oldest first. */
  episodes: readonly Episode[];
  held: Held | null;
  late: Readonly<z.infer<typeof lateSchema>>;
  /** The newest reading, when there was nothing to compare it with; null when the last comparison is newer. Epoch microseconds. */
  passedUs: number | null;
  /** How much later than read the newest reading arrived, milliseconds: what late ones would have had if they had come in time. */
  delayMs: number;
}

const BEGINNING: readonly Mark[] = [{ at_us: null, state: initialLimitState() }];
const NO_EPISODES: readonly Episode[] = [];
const NONE_LATE: LimitMemory['late'] = { count: 0, lastUs: null };

/** The memory before anything was judged. */
export function initialMemory(): LimitMemory {
  const rest = { held: null, late: NONE_LATE, passedUs: null, delayMs: 0 };
  return { state: initialLimitState(), marks: BEGINNING, episodes: NO_EPISODES, ...rest };
}

/** The memory as it was stored; a fresh one when it is of another shape (an older program, a changed rule type). */
export function parseMemory(json: unknown): LimitMemory {
  const stored = memorySchema.safeParse(json).data;
  if (stored === undefined) return initialMemory();
  const { marks, episodes, held, late, passed_us: passedUs, delay_ms: delayMs, ...state } = stored;
  // Older programs set no timer for repeats.
  if (state.phase === 'active' && state.unreported > 0) state.due_ms ??= reportDueMs(state);
  return {
    state,
    marks: marks === undefined ? [markOf(state)] : isBeginning(marks) ? BEGINNING : marks,
    episodes: episodes === undefined ? runningEpisode(state) : episodes.length === 0 ? NO_EPISODES : episodes,
    held,
    late: late === undefined || late.count === 0 ? NONE_LATE : late,
    passedUs,
    delayMs,
  };
}

/** The memory under changed conditions. What came before was judged by others, so late readings do not change it any more. */
export function carryOverMemory(memory: LimitMemory): LimitMemory {
  const state = carryOverLimit(memory.state);
  return { ...memory, state, marks: [markOf(state)], episodes: memory.episodes.filter(({ clearedUs }) => clearedUs === null) };
}

/** The memory as it is stored. */
export function storedMemory({ state, marks, episodes, held, late, passedUs, delayMs }: LimitMemory): unknown {
  return { ...state, marks, episodes, held, late, passed_us: passedUs, delay_ms: delayMs };
}

/** The newest reading judged or passed over, epoch microseconds; -Infinity before the first. */
export function newestUs({ state, passedUs }: LimitMemory): number {
  return Math.max(state.last_us ?? -Infinity, passedUs ?? -Infinity);
}

/** How far before the newest reading the readings must be kept for beginning anew from a mark, milliseconds. */
export function reachMs(latenessMs: number): number {
  return latenessMs + latenessMs / MARKS;
}

/** Notes that the phase changed. */
export function noteChange(memory: LimitMemory, latenessMs: number): void {
  const mark = markOf(memory.state);
  const marks = [...memory.marks];
  if (marks.length > 1 && isClose(marks.at(-2), mark, latenessMs)) marks.pop();
  marks.push(mark);
  // Cut to size: `push` reserves room for sixteen more, for every device of every rule.
  memory.marks = marks.slice();
}

/** Forgets what is too old to be changed by a late reading. Not while judging begins anew, or what was known would be missed in what is found. */
export function forget(memory: LimitMemory, latenessMs: number): void {
  const horizonUs = newestUs(memory) - latenessMs * 1_000;
  // The newest of the old marks stays: it is where the reading after it would begin anew.
  const firstNew = memory.marks.findIndex(({ at_us: atUs }) => (atUs ?? -Infinity) >= horizonUs);
  const first = (firstNew === -1 ? memory.marks.length : firstNew) - 1;
  if (first > 0) memory.marks = memory.marks.slice(first);
  // No run begins before the first mark, so what had ended by then is not found again.
  const sinceUs = memory.marks[0]?.at_us ?? -Infinity;
  const isOld = ({ clearedUs }: Episode): boolean => clearedUs !== null && clearedUs <= sinceUs;
  if (!memory.episodes.some(isOld)) return;
  const episodes = memory.episodes.filter((episode) => !isOld(episode));
  memory.episodes = episodes.length === 0 ? NO_EPISODES : episodes;
}

/** Where judging begins anew. */
export interface Start {
  /** The phase since then is `state`'s; -Infinity: the very beginning. */
  sinceUs: number;
  state: LimitState;
  /** Readings matter that are newer than this. */
  afterUs: number;
}

/**
 * Where judging has to begin anew for a reading that came late: at the newest mark before it; undefined when what came before it is forgotten.
 * Takes the marks from there on away.
 */
export function rewind(memory: LimitMemory, timeUs: number, latenessMs: number): Start | undefined {
  const place = memory.marks.findLastIndex(({ at_us: atUs }) => (atUs ?? -Infinity) < timeUs);
  const mark = memory.marks[place];
  if (mark === undefined) return undefined;
  const next = memory.marks[place + 1];
  const sinceUs = mark.at_us ?? -Infinity;
  const afterUs = isClose(mark, next, latenessMs) ? sinceUs : timeUs - 1;
  memory.marks = memory.marks.slice(0, place + 1);
  // The last comparison before the reading, when the next mark (a raise by the timer) or the present still knows it.
  const { last_us, last_value } = (next ?? memory).state;
  const isKnown = last_us !== null && last_us <= afterUs;
  return { sinceUs, afterUs, state: isKnown ? { ...mark.state, last_us, last_value } : { ...mark.state } };
}

/** Whether marks between the two may have been left out. */
function isClose(a: Mark | undefined, b: Mark | undefined, latenessMs: number): boolean {
  return (b?.at_us ?? Infinity) - (a?.at_us ?? -Infinity) < (latenessMs * 1_000) / MARKS;
}

function markOf(state: LimitState): Mark {
  const atUs = Math.max(state.last_us ?? -Infinity, state.raised_us ?? -Infinity);
  return { at_us: atUs === -Infinity ? null : atUs, state: { ...state } };
}

function isBeginning(marks: readonly Mark[]): boolean {
  return marks.length === 1 && marks[0]?.at_us === null;
}

/** Older programs stored no episodes: what is active was told. */
function runningEpisode({ phase, raised_us: raisedUs, since_us: sinceUs, last_value: value }: LimitState): readonly Episode[] {
  const fromUs = raisedUs ?? sinceUs;
  return phase !== 'active' || fromUs === null ? NO_EPISODES : [{ raisedUs: fromUs, sinceUs: sinceUs ?? fromUs, value, clearedUs: null }];
}
