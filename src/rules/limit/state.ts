import { z } from 'zod';
import type { RuleStateView } from '../types.ts';

/** What a rule with a limit remembers about one device. Times of readings are epoch microseconds, times of arrival epoch milliseconds. */
const limitStateSchema = z.object({
  /** `pending`: violating, but not yet for the whole duration. `active`: raised and not cleared. */
  phase: z.enum(['normal', 'pending', 'active']),
  /** The first violating reading of the pending or active phase; null when normal. */
  since_us: z.number().nullable(),
  /** When the duration completes without another reading, by the platform's clock; null when there is nothing to wait for. */
  due_ms: z.number().nullable(),
  /** The newest reading judged; older ones are not judged any more. Null before the first. */
  last_us: z.number().nullable(),
  last_value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
  /** Violating readings since the last report, while active. */
  unreported: z.number(),
  /** The reading and the arrival of the last report (raised or repeated). */
  reported_us: z.number(),
  reported_ms: z.number(),
  /** The reading that ended the last active phase; null before the first, and in what older programs stored. */
  cleared_us: z.number().nullable().default(null),
});
export type LimitState = z.infer<typeof limitStateSchema>;

/** The state before anything was judged. */
export function initialLimitState(): LimitState {
  const times = { since_us: null, due_ms: null, last_us: null, reported_us: 0, reported_ms: 0, cleared_us: null };
  return { phase: 'normal', last_value: null, unreported: 0, ...times };
}

/** The state as it was stored; a fresh one when it is of another shape. */
export function parseLimitState(json: unknown): LimitState {
  return limitStateSchema.safeParse(json).data ?? initialLimitState();
}

/** See `RuleEvaluator.carryOver`. */
export function carryOverLimit(state: LimitState): LimitState {
  return state.phase === 'pending' ? { ...state, phase: 'normal', since_us: null, due_ms: null } : state;
}

/** See `RuleEvaluator.view`. */
export function limitView(state: LimitState): RuleStateView {
  return { active: state.phase === 'active', lastValue: state.last_value, lastUs: state.last_us, dueAtMs: state.due_ms };
}
