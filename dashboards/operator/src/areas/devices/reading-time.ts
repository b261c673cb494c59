import { parseMillis } from '../../live/timestamps.ts';

/** The fewest digits of a second: in a column all times have the same width. */
const LEAST_DIGITS = 3;

/** When a reading was measured, in the manner of `locale` and to the microsecond, which tells two readings apart. */
export function readingTime(locale: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat(locale, {
    ...({ year: '2-digit', month: 'numeric', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' } as const),
    fractionalSecondDigits: LEAST_DIGITS,
  });
  return (iso) => {
    const digits = (/\.(\d+)/.exec(iso)?.[1] ?? '').replace(/0+$/, '').padEnd(LEAST_DIGITS, '0');
    const parts = format.formatToParts(parseMillis(iso));
    return parts.map(({ type, value }) => (type === 'fractionalSecond' ? digits : value)).join('');
  };
}
