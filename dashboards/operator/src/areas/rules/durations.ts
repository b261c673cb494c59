const UNITS = [
  { letter: 'd', seconds: 86_400 },
  { letter: 'h', seconds: 3_600 },
  { letter: 'm', seconds: 60 },
] as const;
const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** The seconds of a time as people write it: `90`, `90s`, `5m`, `1.5 h`, `1d`. Undefined when it is none. */
export function secondsOf(text: string): number | undefined {
  const [, digits, unit = 's'] = /^(\d+(?:[.,]\d+)?)\s*(s|m|min|h|d)?$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits.replace(',', '.')) * (SECONDS_OF[unit.charAt(0).toLowerCase()] ?? 1);
}

/** A time in the largest unit in which it is a whole number: `90s`, `5m`, `1h`, `7d`; `0` is `0s`. */
export function durationText(seconds: number): string {
  const unit = UNITS.find((each) => seconds >= each.seconds && seconds % each.seconds === 0);
  return unit === undefined ? `${String(seconds)}s` : `${String(seconds / unit.seconds)}${unit.letter}`;
}
