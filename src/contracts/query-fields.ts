import { z } from 'zod';

/** Whole epoch microseconds, as text, of an ISO 8601 instant with a zone; digits beyond the sixth are cut off. */
export function epochMicroseconds(iso: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(iso) ?? [];
  const seconds = Date.parse(fraction === '' ? iso : iso.replace(`.${fraction}`, ''));
  return (BigInt(seconds) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))).toString();
}

/** An instant in a query, as whole epoch microseconds. */
export const instantQuery = z.iso
  .datetime({ offset: true, error: 'Send ISO 8601 with a zone, such as 2026-01-31T06:30:00Z (a + in an address is written %2B).' })
  .transform(epochMicroseconds);

/** Names in a query: one text with commas, or the parameter several times (then a name may have commas itself). */
export const namesQuery = z
  .union([z.string().max(10_000), z.array(z.string().max(200)).max(1_000)])
  .transform((given) => (typeof given === 'string' ? given.split(',').filter((name) => name !== '') : given))
  .refine((names) => names.length > 0, 'Send at least one name, several with commas between, or leave it out.');
