import { Cron } from 'croner';

/*
 * When a schedule is due: five fields of cron, read by the clock on the wall of a time zone. When the clocks are changed (croner, "DST handling"):
 * a schedule of one time of day ("30 2 * * *") is made up for right after an hour that is skipped in spring, and is due once, the first
 * time, in an hour that is repeated in autumn. Any other (steps, lists, ranges, every hour) is not due in the skipped hour, and
 * is due both times in the repeated one.
 */

const FIVE_FIELDS = /^\s*\S+(?:\s+\S+){4}\s*$/;

/** A schedule of five fields and its IANA time zone. */
export interface CronSchedule {
  schedule: string;
  timezone: string;
}

/** The first instant after `afterMs` at which a schedule is due, epoch milliseconds; null when it never is again. */
export function nextDueMs(cron: Cron, afterMs: number): number | null {
  return cron.nextRun(new Date(afterMs))?.getTime() ?? null;
}

/** A schedule ready to be asked. Throws what croner throws for one that `cronProblem` refuses. */
export function cronOf({ schedule, timezone }: CronSchedule): Cron {
  return new Cron(schedule, { mode: '5-part', timezone, paused: true });
}

/** Why a schedule cannot be used, or undefined when it can. */
export function cronProblem(schedule: string, timezone: string): string | undefined {
  const example = 'enter five fields such as "0 6 * * mon-fri" (06:00 on working days) or "*/15 * * * *"';
  // croner takes dates and nicknames too; a date that has passed would never be due and never be noticed.
  if (!FIVE_FIELDS.test(schedule)) return `The schedule "${schedule}" is not a cron expression; ${example}.`;
  try {
    const cron = cronOf({ schedule, timezone });
    // 2024 is a leap year: what does not come within the eight years after it does not exist (30 February).
    return nextDueMs(cron, Date.UTC(2024, 0, 1)) === null ? `The schedule "${schedule}" is never due; ${example}.` : undefined;
  } catch {
    return `The schedule "${schedule}" is not a cron expression; ${example}.`;
  }
}
