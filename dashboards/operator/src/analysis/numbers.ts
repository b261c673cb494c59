const MINUTES_PER = { minute: 1, hour: 60, day: 1_440 } as const;

/** A unit of time that a slope is told by. */
export type SlopeTime = keyof typeof MINUTES_PER;

/** Digits that a figure is told with, and that are enough in a sentence. */
const EXACT_DIGITS = 5;
/** So many digits are enough in a sentence. */
export const ROUGH_DIGITS = 3;

/** A computed figure for a person: five significant digits, very large and very small ones in powers of ten. */
export function figureText(value: number, locale: string, digits = EXACT_DIGITS): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) {
    return new Intl.NumberFormat(locale, { notation: 'scientific', maximumSignificantDigits: 4 }).format(value);
  }
  // Digits before the point are never rounded away.
  if (size >= 10 ** (digits - 1))
    return new Intl.NumberFormat(locale, { maximumFractionDigits: digits < EXACT_DIGITS ? 0 : 1 }).format(value);
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: digits }).format(value);
}

/** A probability with its sign of relation: `= 0.031`, or `< 0.001` where more digits would claim too much. */
export function probabilityText(p: number, locale: string): string {
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  return p < 0.001 ? `< ${format.format(0.001)}` : `= ${format.format(p)}`;
}

/** A slope in the shortest of minute, hour and day in which it is no tiny number. */
export function readableSlope(perMinute: number): { time: SlopeTime; slope: number } {
  for (const time of ['minute', 'hour'] as const) {
    const slope = perMinute * MINUTES_PER[time];
    if (Math.abs(slope) >= 0.1) return { time, slope };
  }
  return { time: 'day', slope: perMinute * MINUTES_PER.day };
}

/** A slope per minute as one per hour or day. */
export function slopePer(time: SlopeTime, perMinute: number): number {
  return perMinute * MINUTES_PER[time];
}

/** What a stretch of time is counted in, in the words of `Intl`. */
export interface Span {
  unit: 'second' | 'minute' | 'hour' | 'day';
  seconds: number;
}

/** A share in percent, with a digit more where it is small; what is nearly all is never told as all. */
export function percentText(share: number, locale: string): string {
  const isNearlyAll = share > 0.99 && share < 1;
  const digits = share < 0.1 || isNearlyAll ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    ...{ style: 'percent', maximumFractionDigits: digits },
    ...(isNearlyAll ? { roundingMode: 'trunc' } : {}),
  }).format(share);
}

const SPANS: readonly Span[] = [
  { unit: 'second', seconds: 1 },
  { unit: 'minute', seconds: 60 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'day', seconds: 86_400 },
];

/** In what to count so many seconds: in the longest of which there is a whole number, or one and a half at least. */
export function spanUnit(seconds: number): Span {
  const fitting = SPANS.filter(
    (span) => Math.abs(seconds) >= 1.5 * span.seconds || (seconds > 0 && seconds % span.seconds === 0) || span.unit === 'second',
  );
  return fitting.at(-1) ?? { unit: 'second', seconds: 1 };
}

/** A range is counted in what suits its beginning, unless its end would be a large number then: `8–160 minutes`, not `0.1–2.7 hours`. */
function rangeUnit(fromSeconds: number, toSeconds: number): Span {
  const byStart = spanUnit(fromSeconds);
  return fromSeconds > 0 && toSeconds / byStart.seconds < LARGE_COUNT ? byStart : spanUnit(toSeconds);
}

const LARGE_COUNT = 300;

/** `45 minutes`, `7.5 hours`; with an end a range: `5–9 hours`. */
export function spanText(locale: string, fromSeconds: number, toSeconds?: number): string {
  const { unit, seconds } = rangeUnit(fromSeconds, toSeconds ?? fromSeconds);
  const [from, to] = [fromSeconds / seconds, (toSeconds ?? fromSeconds) / seconds];
  const isFine = Math.abs(to) < 10 && [from, to].some((count) => !Number.isInteger(count));
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: isFine ? 1 : 0 });
  return toSeconds === undefined ? format.format(from) : format.formatRange(from, to);
}

/** A duration as the API takes it, in seconds: `15m` is 900. Undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  const seconds = SPANS.find((span) => span.unit.startsWith(unit ?? '?'))?.seconds;
  return digits === undefined || seconds === undefined ? undefined : Number(digits) * seconds;
}
