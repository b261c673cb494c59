import type { PointValue } from '../../../contracts/telemetry.ts';

/** How values, times and instants are written in one language and one time zone. */
export interface Forms {
  /** A value as people read it: fractions with at most six significant digits, text in quotes. */
  value: (value: PointValue | null, unit?: string | null) => string;
  /** A time as people say it, in at most two units: 90 s is "1 min 30 s", 0.25 s is "0.25 s". */
  seconds: (seconds: number) => string;
  /** The same for microseconds. */
  us: (us: number) => string;
  /** An instant, epoch microseconds; its zone is named where it stands beside times of another one, `besideZone`. */
  at: (us: number, besideZone?: string) => string;
}

/** What is particular to a language. */
export interface Manner {
  /** For dates, such as "es". */
  locale: string;
  decimalSign: string;
  quoted: (text: string) => string;
  nothing: string;
  truth: { true: string; false: string };
}

const LONGEST_TEXT = 60;
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** The forms of a language. Without a time zone instants are ISO 8601 UTC, as programs read them. */
export function formsOf(manner: Manner, timezone: string | undefined): Forms {
  const numberText = (value: number): string => String(value).replace('.', manner.decimalSign);
  const seconds = (count: number): string => secondsText(count, numberText);
  return {
    value: (value, unit = null) => {
      const text = bareValue(value, manner, numberText);
      return value === null || typeof value === 'string' || unit === null || unit === '' ? text : `${text} ${unit}`;
    },
    seconds,
    us: (us) => seconds(us / 1_000_000),
    at: instantForm(manner.locale, timezone),
  };
}

function bareValue(value: PointValue | null, { nothing, truth, quoted }: Manner, numberText: (value: number) => string): string {
  if (value === null) return nothing;
  if (typeof value === 'string') return quoted(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT - 3)}...` : value);
  if (typeof value === 'boolean') return truth[value ? 'true' : 'false'];
  return numberText(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

function secondsText(seconds: number, numberText: (value: number) => string): string {
  if (seconds < 0) return secondsText(-seconds, numberText);
  if (seconds < 60) return `${numberText(Number(seconds.toPrecision(3)))} s`;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${String(count)} ${unit}`);
    left -= count * size;
  }
  if (left > 0) parts.push(`${String(left)} s`);
  return parts.slice(0, 2).join(' ');
}

function instantForm(locale: string, timezone: string | undefined): Forms['at'] {
  if (timezone === undefined) return (us) => isoOf(us).replace('.000Z', 'Z');
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: timezone });
  return (us, besideZone = timezone) => `${format.format(us / 1_000)}${besideZone === timezone ? '' : ` (${timezone})`}`;
}

/** An instant, epoch microseconds, as ISO 8601 UTC to the millisecond. */
export function isoOf(us: number): string {
  return new Date(us / 1_000).toISOString();
}
