import { writtenIn } from './language.ts';

const UNITS = [
  { seconds: 86_400, word: 'd' },
  { seconds: 3_600, word: 'h' },
  { seconds: 60, word: 'min' },
  { seconds: 1, word: 's' },
] as const;

/** How long something lasted, in its two largest units: `1 h 12 min`, `45 s`, `0 s`. */
export function lasted(seconds: number): string {
  const whole = Math.round(seconds);
  const first = UNITS.findIndex((unit) => whole >= unit.seconds);
  if (first === -1) return '0 s';
  const [large, small] = [UNITS[first], UNITS[first + 1]];
  if (large === undefined) return '0 s';
  const count = Math.floor(whole / large.seconds);
  const rest = small === undefined ? 0 : Math.floor((whole - count * large.seconds) / small.seconds);
  return `${String(count)} ${large.word}${rest === 0 || small === undefined ? '' : ` ${String(rest)} ${small.word}`}`;
}

/** A share from 0 to 1 in per cent: `3.4 %`; what is not zero is never shown as zero. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return `<${decimal(0.1)} %`;
  if (share < 1 && share > 0.999) return `>${decimal(99.9)} %`;
  const hundredths = share * 100;
  return `${decimal(Number(hundredths.toFixed(hundredths < 10 ? 1 : 0)))} %`;
}

/** A rate or count with at most two significant decimals: `0.14`, `2`, `14.3`. */
export function rate(value: number): string {
  return decimal(Number(value.toFixed(value < 1 ? 2 : 1)));
}

/** A reading as people read it, with its unit: five digits tell enough on a chart. */
export function reading(value: number | boolean | string | null, unit: string): string {
  if (value === null) return '–';
  if (typeof value !== 'number') return String(value);
  const number = decimal(Number(value.toPrecision(5)));
  return unit === '' ? number : `${number} ${unit}`;
}

/** Two values as a range, or as one when they look the same. */
export function range({ min, max }: { min: number; max: number }, unit: string): string {
  const [low, high] = [reading(min, ''), reading(max, unit)];
  return low === reading(max, '') ? high : `${low} – ${high}`;
}

/** A number with all its digits, with the decimal sign of the language: `1.5`, `1,5`. */
export function decimal(value: number): string {
  const language = writtenIn();
  if (language === undefined) return String(value);
  const sign = new Intl.NumberFormat(language).formatToParts(1.1).find(({ type }) => type === 'decimal')?.value ?? '.';
  return String(value).replace('.', sign);
}
