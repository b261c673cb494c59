import { writtenIn } from './language.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

type Formats = Record<'day' | 'time' | 'seconds' | 'whole', Intl.DateTimeFormat>;

/** Making one takes longer than using it a hundred times. */
const made = new Map<string | undefined, Formats>();

function formats(): Formats {
  const language = writtenIn();
  const known = made.get(language);
  if (known !== undefined) return known;
  const [day, time] = [
    { day: 'numeric', month: 'short' },
    { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  ] as const;
  const seconds = { ...time, second: '2-digit' } as const;
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options);
  const all = { day: format(day), time: format(time), seconds: format(seconds), whole: format({ weekday: 'short', ...day, ...seconds }) };
  made.set(language, all);
  return all;
}

/** What stands at a mark of the time axis whose marks are `stepMs` apart: the day at midnight, otherwise the time. Local time. */
export function tickTime(timeMs: number, stepMs: number): string {
  const time = new Date(timeMs);
  const isMidnight = time.getHours() === 0 && time.getMinutes() === 0 && time.getSeconds() === 0;
  if (stepMs >= DAY_MS || isMidnight) return formats().day.format(timeMs);
  return stepMs < MINUTE_MS ? formats().seconds.format(timeMs) : formats().time.format(timeMs);
}

/** An instant with its day, local time: `Tue, 12 May, 14:05:30`. */
export function wholeTime(timeMs: number): string {
  return formats().whole.format(timeMs);
}

/** An instant as a time of day when it is on the same day as `besideMs`, otherwise with its day. */
export function timeBeside(timeMs: number, besideMs: number): string {
  const isSameDay = formats().day.format(timeMs) === formats().day.format(besideMs);
  return isSameDay ? formats().time.format(timeMs) : `${formats().day.format(timeMs)} ${formats().time.format(timeMs)}`;
}
