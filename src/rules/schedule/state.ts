import { z } from 'zod';

const scheduleStateSchema = z.object({
  /** When the judge began, epoch milliseconds: before that nothing can be missed. */
  started_ms: z.number(),
  /** When the schedule is due next, epoch milliseconds; null when it never is again. */
  next_ms: z.number().nullable(),
  active: z.boolean(),
  /** Since when the condition holds, epoch microseconds; null when it is not active. */
  since_us: z.number().nullable(),
  /** When the last alert ended, epoch microseconds. */
  cleared_us: z.number().nullable(),
  /** When the last reading arrived, epoch milliseconds; null before the first. */
  heard_ms: z.number().nullable(),
});

/** What a schedule rule remembers of one device. */
export type ScheduleState = z.infer<typeof scheduleStateSchema>;

/** The state before anything was judged. */
export function initialScheduleState(nowMs: number, nextMs: number | null): ScheduleState {
  return { started_ms: nowMs, next_ms: nextMs, active: false, since_us: null, cleared_us: null, heard_ms: null };
}

/** The state as it was stored; undefined when it is of another shape. */
export function parseScheduleState(json: unknown): ScheduleState | undefined {
  return scheduleStateSchema.safeParse(json).data;
}
