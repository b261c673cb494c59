import { z } from 'zod';

/*
 * What became of everything that a device sent (docs/loss-accountant.md). Counts are of points unless they say otherwise.
 */

const count = z.int().min(0);

const countsSchema = z.object({
  messages: count.meta({ description: 'Messages, refused ones among them; those of an HTTP batch one by one' }),
  received: count.meta({ description: 'Points that arrived: stored + duplicates + rejected' }),
  stored: count.meta({ description: 'judged + history + waiting' }),
  duplicates: count.meta({ description: 'The same value at the same time was there already' }),
  rejected: count.meta({ description: 'Kept with their reason under GET /telemetry/rejected; conflicts among them' }),
  conflicts: count.meta({ description: 'Of `rejected`: another value was there at the same time' }),
  judged: count.meta({ description: 'Of `stored`: every rule that reads them has had them' }),
  history: count.meta({ description: 'Of `stored`: past telemetry, that nobody judges' }),
  waiting: count.meta({ description: 'Of `stored`: not judged yet' }),
  unaccounted: z.int().meta({ description: 'received - stored - duplicates - rejected; anything but 0 is a fault of the platform' }),
  numbered: count.meta({ description: 'Different messages that came with a number' }),
  missing: z.int().meta({ description: 'Numbers that were passed over and have not come since, in the hour in which that was noticed' }),
  restarts: count.meta({ description: 'How often the numbering began anew' }),
  unreadable_numbers: count.meta({ description: 'Messages whose `metadata.sequence` is no whole number from 0 on' }),
});
/** What became of the points of one device. */
export type AccountCounts = z.infer<typeof countsSchema>;

/** One hour of arrival. */
export const accountHourSchema = countsSchema
  .extend({
    hour: z.string().meta({ description: 'Its beginning, ISO 8601 UTC' }),
    first_number: z.int().nullable().meta({ description: 'The first number that came' }),
    last_number: z.int().nullable(),
  })
  .meta({ id: 'AccountHour' });
export type AccountHour = z.infer<typeof accountHourSchema>;

const expected = z
  .int()
  .nullable()
  .meta({ description: 'numbered + missing: how many messages there should be; null when the device does not number its messages' });

/** The account of one device over some hours. */
export const deviceAccountSchema = z
  .object({
    device_id: z.string(),
    start: z.string().meta({ description: 'The beginning of the first hour, ISO 8601 UTC' }),
    end: z.string().meta({ description: 'The end of the last hour' }),
    expected,
    totals: countsSchema,
    hours: z.array(accountHourSchema).meta({ description: 'Oldest first; without hours in which nothing arrived' }),
  })
  .meta({ id: 'DeviceAccount' });
export type DeviceAccount = z.infer<typeof deviceAccountSchema>;

/** The sums of one device, in the list of all. */
export const accountSummarySchema = countsSchema.extend({ device_id: z.string(), expected }).meta({ id: 'AccountSummary' });
export type AccountSummary = z.infer<typeof accountSummarySchema>;

/** The longest period of one question, days. */
export const MOST_ACCOUNT_DAYS = 31;

/** Which hours: from one on and before another, epoch milliseconds. */
export interface AccountPeriod {
  tenantId: string;
  startMs: number;
  endMs: number;
}

/** Which devices of a list. */
export interface AccountListQuery extends AccountPeriod {
  /** `problems`: those of which something is missing, rejected or unaccounted. */
  only: 'all' | 'problems';
  after: string | undefined;
  limit: number;
}

/** How many messages there should be; null when none has a number. */
export function expectedOf({ numbered, missing }: Pick<AccountCounts, 'numbered' | 'missing'>): number | null {
  return numbered === 0 && missing === 0 ? null : numbered + missing;
}

/** The sums over some hours. */
export function totalsOf(hours: readonly AccountHour[]): AccountCounts {
  const totals: AccountCounts = {
    messages: 0,
    received: 0,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    conflicts: 0,
    judged: 0,
    history: 0,
    waiting: 0,
    unaccounted: 0,
    numbered: 0,
    missing: 0,
    restarts: 0,
    unreadable_numbers: 0,
  };
  const names = Object.keys(totals) as (keyof AccountCounts)[];
  for (const hour of hours) for (const name of names) totals[name] += hour[name];
  return totals;
}
