import { z } from 'zod';

/** What a threshold rule remembers about one device. Times of readings are epoch microseconds, times of arrival epoch milliseconds. */
export const thresholdStateSchema = z.object({
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
});
export type ThresholdState = z.infer<typeof thresholdStateSchema>;

/** The state before anything was judged. */
export function initialThresholdState(): ThresholdState {
  return { phase: 'normal', since_us: null, due_ms: null, last_us: null, last_value: null, unreported: 0, reported_us: 0, reported_ms: 0 };
}
