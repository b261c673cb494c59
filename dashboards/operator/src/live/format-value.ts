import type { PointValue } from '../../../../src/contracts/telemetry.ts';

/** Fraction digits that keep about four significant ones without a value jumping between widths. */
function fractionDigits(value: number): number {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return 0;
  if (size >= 1_000) return 1;
  if (size >= 100) return 1;
  if (size >= 1) return 2;
  return 4;
}

/** A number for a person, in the manner of `locale`; very large and very small ones in powers of ten, unless `decimals` says how many. */
export function formatNumber(value: number, locale: string, decimals: number | null = null): string {
  if (decimals !== null) return withDigits(value, locale, decimals);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-3)) {
    return new Intl.NumberFormat(locale, { notation: 'scientific', maximumSignificantDigits: 4 }).format(value);
  }
  return withDigits(value, locale, fractionDigits(value));
}

function withDigits(value: number, locale: string, digits: number): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** The words for the two truth values in the language of the page. */
export interface TruthWords {
  yes: string;
  no: string;
}

/** Any stored value for a person, numbers with `decimals` if given; text stays as the device sent it. */
export function formatValue(value: PointValue, locale: string, words: TruthWords, decimals: number | null = null): string {
  if (typeof value === 'number') return formatNumber(value, locale, decimals);
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  return value;
}

/** How a unit is written on the screen: devices send `C` and `degC`, people read `°C`. */
export function formatUnit(unit: string | null): string {
  switch (unit) {
    case null:
      return '';
    case 'C':
    case 'degC':
      return '°C';
    case 'F':
    case 'degF':
      return '°F';
    default:
      return unit;
  }
}
