import type { Database, Queryable } from '../database.ts';

/** Points of a device and hour (since 1970). */
export interface PointsOfHour {
  deviceId: string;
  hour: number;
  points: number;
}

/** A day (UTC) of a device as it was counted, and as it is found in the tables. */
export interface CountedDay {
  deviceId: string;
  day: string;
  counted: number;
  found: number;
}

/** A day (UTC) of a device of which more or (below 0) fewer readings are in the tables than were counted. */
export interface DayDifference {
  deviceId: string;
  day: string;
  difference: number;
}

/** What one look at the accounts found, all of one instant. */
export interface AccountLook {
  /** Those that do not add up: what arrived less what was stored, repeated or rejected. */
  unbalanced: PointsOfHour[];
  /** What is stored, and neither history nor judged. */
  unjudged: PointsOfHour[];
  /** Bodies of what is noted as waiting, and since when the oldest of it waits. */
  waiting: string[];
  oldestWaitingMs: number | null;
  days: CountedDay[];
  /** Bodies of commits that are not added up yet; their readings are in the tables already. Empty when there are too many to compare days. */
  pending: string[];
  pendingCount: number;
  /** Numbers of messages that were passed over in the hours since `missingSinceMs` and have not come. */
  missing: number;
}

const EPOCH_HOURS = `(extract(epoch from a.hour) / 3600)::int`;
/** Readings that one look counts at most, as far as it is known before; one day is always looked at. */
const READINGS_PER_LOOK = 500_000;
const DAYS_PER_LOOK = 20;
/** With more commits than this the accountant is so far behind that days are compared another time. */
const PENDING_PER_LOOK = 5_000;
const START_OF_DAY = `(w.day::timestamp at time zone 'UTC')`;
const END_OF_DAY = `((w.day + 1)::timestamp at time zone 'UTC')`;

/** Compares accounts with each other and with the tables. */
export class AccountChecks {
  private readonly db: Pick<Database, 'transaction' | 'system'>;

  constructor(db: Pick<Database, 'transaction' | 'system'>) {
    this.db = db;
  }

  /** Looks at the accounts of hours since `sinceMs`, and at the next days. One snapshot: what is under way meanwhile makes no difference. */
  look({ sinceMs, missingSinceMs }: { sinceMs: number; missingSinceMs: number }): Promise<AccountLook> {
    return this.db.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only');
      const waiting = await this.waiting(tx);
      return {
        ...(await this.hours(tx, new Date(sinceMs))),
        ...waiting,
        ...(await this.daysAndPending(tx)),
        missing: await this.missing(tx, new Date(missingSinceMs)),
      };
    });
  }

  /** Notes when days were compared and what came of it; those that have no readings any more because of the retention are forgotten. */
  async note(days: readonly CountedDay[], atMs: number): Promise<void> {
    await this.db.system.query(
      `update account_days d set difference = u.difference, checked_at = $1
         from unnest($2::text[], $3::date[], $4::bigint[]) as u (device_id, day, difference)
        where d.device_id = u.device_id and d.day = u.day`,
      [new Date(atMs), days.map(({ deviceId }) => deviceId), days.map(({ day }) => day), days.map(({ found, counted }) => found - counted)],
    );
  }

  /** Days that differed when they were last compared, by device; the first 10,000. */
  async differing(): Promise<DayDifference[]> {
    const { rows } = await this.db.system.query<DayDifference>(
      `select device_id as "deviceId", day::text as day, difference::float8 as difference
         from account_days where difference <> 0 order by device_id, day limit 10000`,
    );
    return rows;
  }

  /** Forgets days before `beforeMs`, whose readings the retention drops. */
  async forgetDays(beforeMs: number): Promise<void> {
    await this.db.system.query(`delete from account_days where day < ($1::timestamptz at time zone 'UTC')::date`, [new Date(beforeMs)]);
  }

  private async hours(tx: Queryable, since: Date): Promise<Pick<AccountLook, 'unbalanced' | 'unjudged'>> {
    const { rows } = await tx.query<{ deviceId: string; hour: number; unjudged: number; unaccounted: number }>(
      `select a.device_id as "deviceId", ${EPOCH_HOURS} as hour, (a.stored - a.history - a.judged)::float8 as unjudged,
              (a.received - a.stored - a.duplicates - a.rejected)::float8 as unaccounted
         from telemetry_accounts a
        where a.hour >= $1 and (a.received <> a.stored + a.duplicates + a.rejected or a.stored <> a.history + a.judged)`,
      [since],
    );
    return {
      unbalanced: pointsOf(rows, 'unaccounted'),
      unjudged: pointsOf(rows, 'unjudged'),
    };
  }

  private async missing(tx: Queryable, since: Date): Promise<number> {
    const { rows } = await tx.query<{ n: number }>(
      'select coalesce(sum(missing), 0)::float8 as n from telemetry_accounts where hour >= $1',
      [since],
    );
    return rows[0]?.n ?? 0;
  }

  private async waiting(tx: Queryable): Promise<Pick<AccountLook, 'waiting' | 'oldestWaitingMs'>> {
    const { rows } = await tx.query<{ body: string; sinceMs: number }>(
      'select body, (extract(epoch from since) * 1000)::float8 as "sinceMs" from account_waiting',
    );
    const oldest = rows.reduce((least, { sinceMs }) => Math.min(least, sinceMs), Infinity);
    return { waiting: rows.map(({ body }) => body), oldestWaitingMs: oldest === Infinity ? null : oldest };
  }

  private async daysAndPending(tx: Queryable): Promise<Pick<AccountLook, 'days' | 'pending' | 'pendingCount'>> {
    const { rows: counted } = await tx.query<{ n: number }>('select count(*)::int as n from account_entries');
    const pendingCount = counted[0]?.n ?? 0;
    if (pendingCount > PENDING_PER_LOOK) return { days: [], pending: [], pendingCount };
    const { rows } = await tx.query<{ body: string }>('select body from account_entries');
    return { days: await this.days(tx), pending: rows.map(({ body }) => body), pendingCount };
  }

  /** The days that were not looked at for longest, counted again. */
  private async days(tx: Queryable): Promise<CountedDay[]> {
    const { rows } = await tx.query<CountedDay>(
      `with next as (
         select d.device_id, d.day, d.stored, sum(d.stored) over (order by d.checked_at nulls first, d.device_id, d.day) - d.stored as before
           from (select * from account_days order by checked_at nulls first limit $1) d
       ), w as (select device_id, day, stored from next where before < $2)
       select w.device_id as "deviceId", w.day::text as day, w.stored::float8 as counted, (numbers.n + texts.n)::float8 as found
         from w
        cross join lateral (select count(*) as n from series s join telemetry t on t.series_id = s.series_id
                             where s.device_id = w.device_id and t.time >= ${START_OF_DAY} and t.time < ${END_OF_DAY}) numbers
        cross join lateral (select count(*) as n from series s join telemetry_text t on t.series_id = s.series_id
                             where s.device_id = w.device_id and t.time >= ${START_OF_DAY} and t.time < ${END_OF_DAY}) texts`,
      [DAYS_PER_LOOK, READINGS_PER_LOOK],
    );
    return rows;
  }
}

/** The hours in which a count is not 0. */
function pointsOf<Count extends string>(
  rows: readonly ({ deviceId: string; hour: number } & Record<Count, number>)[],
  count: Count,
): PointsOfHour[] {
  return rows.filter((row) => row[count] !== 0).map((row) => ({ deviceId: row.deviceId, hour: row.hour, points: row[count] }));
}
