import { expectedOf } from '../../contracts/accounts.ts';
import type { AccountCounts, AccountHour, AccountListQuery, AccountPeriod, AccountSummary } from '../../contracts/accounts.ts';
import type { Database } from '../database.ts';
import { isoMs } from './columns.ts';

/** The counts as they are made of (sums of) columns. */
function counts(of: (column: string) => string): string {
  const column = (name: string) => `${of(name)}::float8`;
  const plain = ['messages', 'received', 'stored', 'duplicates', 'rejected', 'conflicts', 'judged', 'history'];
  return [
    ...plain.map((name) => `${column(name)} as ${name}`),
    `(${of('stored')} - ${of('judged')} - ${of('history')})::float8 as waiting`,
    `(${of('received')} - ${of('stored')} - ${of('duplicates')} - ${of('rejected')})::float8 as unaccounted`,
    ...['numbered', 'missing', 'restarts'].map((name) => `${column(name)} as ${name}`),
    `${column('unreadable')} as unreadable_numbers`,
  ].join(', ');
}

const OF_HOUR = counts((column) => `a.${column}`);
const OF_HOURS = counts((column) => `sum(a.${column})`);
const IN_PERIOD = 'a.tenant_id = $1 and a.hour >= to_timestamp($2::float8 / 1000) and a.hour < to_timestamp($3::float8 / 1000)';
const HAS_PROBLEM = `having $6::boolean is false or sum(a.missing) <> 0 or sum(a.rejected) > 0
  or sum(a.received) <> sum(a.stored) + sum(a.duplicates) + sum(a.rejected)`;

/** Reads the accounts of one tenant. */
export class AccountQueries {
  private readonly db: Pick<Database, 'readAsTenant'>;

  constructor(db: Pick<Database, 'readAsTenant'>) {
    this.db = db;
  }

  /** The hours of one device in which something arrived, oldest first; none for a device that the tenant does not have. */
  ofDevice(deviceId: string, { tenantId, startMs, endMs }: AccountPeriod): Promise<AccountHour[]> {
    return this.db.readAsTenant(tenantId, async (db) => {
      const { rows } = await db.query<AccountHour>(
        `select ${isoMs('a.hour')} as hour, a.first_number::float8 as first_number, a.last_number::float8 as last_number, ${OF_HOUR}
           from telemetry_accounts a where ${IN_PERIOD} and a.device_id = $4 order by a.hour`,
        [tenantId, startMs, endMs, deviceId],
      );
      return rows;
    });
  }

  /** The sums of each device of which something arrived, by device. */
  list({ tenantId, startMs, endMs, after, limit, only }: AccountListQuery): Promise<AccountSummary[]> {
    return this.db.readAsTenant(tenantId, async (db) => {
      const { rows } = await db.query<AccountCounts & { device_id: string }>(
        `select a.device_id, ${OF_HOURS} from telemetry_accounts a
          where ${IN_PERIOD} and ($4::text is null or a.device_id > $4) group by a.device_id ${HAS_PROBLEM} order by a.device_id limit $5`,
        [tenantId, startMs, endMs, after ?? null, limit, only === 'problems'],
      );
      return rows.map((row) => ({ ...row, expected: expectedOf(row) }));
    });
  }
}
