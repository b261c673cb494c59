import { z } from 'zod';

/** What a rule with a limit remembers of one device. Times of readings are epoch microseconds, times of arrival epoch milliseconds. */
export const limitStateSchema = z.object({
  /** `pending`: violating, but not yet for the whole duration. `active`: raised and not cleared. */
  phase: z.enum(['normal', 'pending', 'active']),
  /** The first violating reading of the pending or active phase; null when normal. */
  since_us: z.number().nullable(),
  /**
   * By the platform's clock: when the duration completes without another reading (pending), when repeats are reported without another reading
   * (active). Null when there is nothing to wait for.
   */
  due_ms: z.number().nullable(),
  /** The newest reading judged; older ones are not judged any more. Null before the first. */
  last_us: z.number().nullable(),
  last_value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
  /** Violating readings since the last report, while active. */
  unreported: z.number(),
  /** The last violating reading since then; null when there is none, and in what older programs stored. */
  repeat_us: z.number().nullable().default(null),
  repeat_value: z.union([z.number(), z.boolean(), z.string()]).nullable().default(null),
  /** The reading and the arrival of the last report (raised or repeated). */
  reported_us: z.number(),
  reported_ms: z.number(),
  /** The reading that ended the last active phase; null before the first, and in what older programs stored. */
  cleared_us: z.number().nullable().default(null),
  /** The instant for which the active phase was raised; with a timer it may be newer than the last reading. Null when not active. */
  raised_us: z.number().nullable().default(null),
});
export type LimitState = z.infer<typeof limitStateSchema>;

/** The state before anything was judged. */
export function initialLimitState(): LimitState {
  // Spelled out: fields that come by a spread are kept apart from the object, which takes more memory and time.
  return {
    phase: 'normal',
    since_us: null,
    due_ms: null,
    last_us: null,
    last_value: null,
    unreported: 0,
    repeat_us: null,
    repeat_value: null,
    reported_us: 0,
    reported_ms: 0,
    cleared_us: null,
    raised_us: null,
  };
}

/** The running state under changed conditions: what is active stays active, what was only building up starts anew. */
export function carryOverLimit(state: LimitState): LimitState {
  return state.phase === 'pending' ? { ...state, phase: 'normal', since_us: null, due_ms: null } : state;
}

/** The newest instant that is decided, epoch microseconds: of the last reading, or of the raise by a timer after it. */
export function judgedThroughUs(state: LimitState): number {
  return Math.max(state.last_us ?? -Infinity, state.raised_us ?? -Infinity);
}
