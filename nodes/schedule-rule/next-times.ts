import { cronOf, cronProblem, nextDueMs } from '../../src/contracts/cron.ts';
import { isTimezone } from '../../src/contracts/rule-terms.ts';

/** How many of the next times a form shows. */
const SHOWN = 3;

/** The next three times of a schedule by the clock on the wall of its time zone: `Mon 12 May 06:00`; undefined when it cannot be used. */
export function nextTimes(fields: { schedule: string; timezone: string }, nowMs: number): string[] | undefined {
  const schedule = { schedule: fields.schedule.trim(), timezone: fields.timezone.trim() };
  if (!isTimezone(schedule.timezone) || cronProblem(schedule.schedule, schedule.timezone) !== undefined) return undefined;
  const cron = cronOf(schedule);
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: schedule.timezone,
  });
  const times: string[] = [];
  let afterMs: number | null = nowMs;
  while (times.length < SHOWN) {
    afterMs = nextDueMs(cron, afterMs);
    if (afterMs === null) break;
    times.push(format.format(afterMs).replaceAll(',', ''));
  }
  return times;
}
