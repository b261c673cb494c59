const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const FORMATS = {
  day: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }),
  time: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  seconds: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
  whole: new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }),
} as const;

/** What stands at a mark of the time axis whose marks are `stepMs` apart: the day at midnight, otherwise the time. Local time. */
export function tickTime(timeMs: number, stepMs: number): string {
  const time = new Date(timeMs);
  const isMidnight = time.getHours() === 0 && time.getMinutes() === 0 && time.getSeconds() === 0;
  if (stepMs >= DAY_MS || isMidnight) return FORMATS.day.format(timeMs);
  return stepMs < MINUTE_MS ? FORMATS.seconds.format(timeMs) : FORMATS.time.format(timeMs);
}

/** An instant with its day, local time: `Tue, 12 May, 14:05:30`. */
export function wholeTime(timeMs: number): string {
  return FORMATS.whole.format(timeMs);
}

/** An instant as a time of day when it is on the same day as `besideMs`, otherwise with its day. */
export function timeBeside(timeMs: number, besideMs: number): string {
  const isSameDay = FORMATS.day.format(timeMs) === FORMATS.day.format(besideMs);
  return isSameDay ? FORMATS.time.format(timeMs) : `${FORMATS.day.format(timeMs)} ${FORMATS.time.format(timeMs)}`;
}
