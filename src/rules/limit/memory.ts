import { z } from 'zod';
import { heldSchema } from '../announcer.ts';
import type { Held } from '../announcer.ts';
import type { Episode } from '../types.ts';
import { carryOverLimit, initialLimitState, limitStateSchema } from './state.ts';
import type { LimitState } from './state.ts';

/** The state after everything up to an instant; `at_us` null: before the first reading. */
interface Mark {
  at_us: number | null;
  state: LimitState;
}

const episodeSchema = z.object({
  raisedUs: z.number(),
  sinceUs: z.number(),
  value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
  clearedUs: z.number().nullable(),
});

const memorySchema = limitStateSchema.extend({
  marks: z.array(z.object({ at_us: z.number().nullable(), state: limitStateSchema })).optional(),
  episodes: z.array(episodeSchema).default([]),
  held: heldSchema.nullable().default(null),
  late: z.object({ count: z.number(), lastUs: z.number().nullable() }).default({ count: 0, lastUs: null }),
});

/**
 * What a judge with a limit remembers: the state, and as much of the way to it as a late reading may change. Between two marks nothing but
 * the last reading moved, so a mark for each change of phase is enough to begin anew from any instant within the lateness.
 */
export interface LimitMemory {
  state: LimitState;
  /** Oldest first; the first is older than the lateness, or the very beginning. */
  marks: Mark[];
  /** Those that a late reading may still change, oldest first. */
  episodes: Episode[];
  held: Held | null;
  late: { count: number; lastUs: number | null };
}

/** The memory before anything was judged. */
export function initialMemory(): LimitMemory {
  const state = initialLimitState();
  return { state, marks: [{ at_us: null, state: { ...state } }], episodes: [], held: null, late: { count: 0, lastUs: null } };
}

/** The memory as it was stored; a fresh one when it is of another shape (an older program, a changed rule type). */
export function parseMemory(json: unknown): LimitMemory {
  const stored = memorySchema.safeParse(json).data;
  if (stored === undefined) return initialMemory();
  const { marks, episodes, held, late, ...state } = stored;
  return { state, marks: marks ?? [markOf(state)], episodes: [...episodes], held, late };
}

/** The memory under changed conditions. What came before was judged by others, so late readings do not change it any more. */
export function carryOverMemory(memory: LimitMemory): LimitMemory {
  const state = carryOverLimit(memory.state);
  return { ...memory, state, marks: [markOf(state)], episodes: memory.episodes.filter(({ clearedUs }) => clearedUs === null) };
}

/** The memory as it is stored. */
export function storedMemory({ state, marks, episodes, held, late }: LimitMemory): unknown {
  return { ...state, marks, episodes, held, late };
}

/** Notes that the phase or the timer changed, and forgets what is too old to be changed by a late reading. */
export function noteChange(memory: LimitMemory, latenessUs: number): void {
  const { marks, state } = memory;
  marks.push(markOf(state));
  const horizonUs = (state.last_us ?? 0) - latenessUs;
  while (marks.length > 1 && (marks[1]?.at_us ?? Infinity) <= horizonUs) marks.shift();
  if (memory.episodes.length > 0) memory.episodes = memory.episodes.filter(({ clearedUs }) => clearedUs === null || clearedUs > horizonUs);
}

/** The newest mark before an instant; undefined when what came before it is forgotten. */
export function markBefore(memory: LimitMemory, timeUs: number): Mark | undefined {
  return memory.marks.findLast(({ at_us: atUs }) => (atUs ?? -Infinity) < timeUs);
}

function markOf(state: LimitState): Mark {
  const atUs = Math.max(state.last_us ?? -Infinity, state.raised_us ?? -Infinity);
  return { at_us: atUs === -Infinity ? null : atUs, state: { ...state } };
}
