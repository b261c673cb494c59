import type { Database, Queryable } from '../database.ts';

/** One commit that is not added up yet. */
export interface AccountEntry {
  lane: number;
  batch: number;
  body: string;
}

/** What is added to the account of a device for an hour of arrival; counts may be below 0. */
export interface AccountChange {
  deviceId: string;
  /** Hours since 1970. */
  hour: number;
  messages: number;
  received: number;
  stored: number;
  duplicates: number;
  rejected: number;
  conflicts: number;
  history: number;
  judged: number;
  numbered: number;
  missing: number;
  restarts: number;
  unreadable: number;
  /** The first and the last number that came; undefined: none did. */
  firstNumber: number | undefined;
  lastNumber: number | undefined;
}

/** Readings of a day (since 1970, UTC) that were stored for a device. */
export interface DayChange {
  deviceId: string;
  day: number;
  stored: number;
}

/** Stored points of a lane that wait to be judged. */
export interface WaitingPoints {
  lane: number;
  firstBatch: number;
  lastBatch: number;
  body: string;
}

const COUNTS = [
  'messages',
  'received',
  'stored',
  'duplicates',
  'rejected',
  'conflicts',
  'history',
  'judged',
  'numbered',
  'missing',
] as const;
const SMALL_COUNTS = ['restarts', 'unreadable'] as const;
const ALL_COUNTS = [...COUNTS, ...SMALL_COUNTS];

const ADD = `insert into telemetry_accounts (tenant_id, device_id, hour, first_number, last_number, ${ALL_COUNTS.join(', ')})
  select d.tenant_id, u.device_id, to_timestamp(u.hour * 3600.0), u.first_number, u.last_number, ${ALL_COUNTS.map((name) => `u.${name}`).join(', ')}
    from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], ${ALL_COUNTS.map((_, i) => `$${String(i + 5)}::bigint[]`).join(', ')})
      as u (device_id, hour, first_number, last_number, ${ALL_COUNTS.join(', ')})
    join devices d on d.device_id = u.device_id
  on conflict (device_id, hour) do update set
    first_number = coalesce(telemetry_accounts.first_number, excluded.first_number),
    last_number = coalesce(excluded.last_number, telemetry_accounts.last_number),
    ${ALL_COUNTS.map((name) => `${name} = telemetry_accounts.${name} + excluded.${name}`).join(', ')}`;

/** What the accountant reads and writes, all in transactions that it opens itself. Devices that were removed meanwhile are left out. */
export class AccountRepository {
  private readonly db: Pick<Database, 'transaction' | 'system'>;

  constructor(db: Pick<Database, 'transaction' | 'system'>) {
    this.db = db;
  }

  /** Runs `work` as one transaction. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.db.transaction(work);
  }

  /** Takes the oldest entries of every lane out, in the order of their lanes. */
  async takeEntries(tx: Queryable, limit: number): Promise<AccountEntry[]> {
    const { rows } = await tx.query<AccountEntry>(
      `with taken as (
         delete from account_entries e using (select lane, batch from account_entries order by batch, lane limit $1) oldest
          where e.lane = oldest.lane and e.batch = oldest.batch returning e.lane, e.batch, e.body
       ), noted as (
         insert into account_lanes (lane, through) select lane, max(batch) from taken group by lane
             on conflict (lane) do update set through = greatest(account_lanes.through, excluded.through)
       )
       select lane::int, batch::float8 as batch, body from taken order by lane, batch`,
      [limit],
    );
    return rows;
  }

  /** Those of some series that there are. */
  async existingSeries(tx: Queryable, ids: readonly number[]): Promise<Set<number>> {
    const { rows } = await tx.query<{ series_id: number }>('select series_id from series where series_id = any($1::int[])', [ids]);
    return new Set(rows.map((row) => row.series_id));
  }

  /** Adds to accounts; each device and hour once. */
  async add(tx: Queryable, changes: readonly AccountChange[]): Promise<void> {
    if (changes.length === 0) return;
    await tx.query(ADD, [
      changes.map(({ deviceId }) => deviceId),
      changes.map(({ hour }) => hour),
      changes.map(({ firstNumber }) => firstNumber ?? null),
      changes.map(({ lastNumber }) => lastNumber ?? null),
      ...ALL_COUNTS.map((name) => changes.map((change) => change[name])),
    ]);
  }

  /** Adds to what is known of days; each device and day once. Days that nobody counted from their beginning are left out. */
  async addDays(tx: Queryable, changes: readonly DayChange[]): Promise<void> {
    if (changes.length === 0) return;
    await tx.query(
      `insert into account_days (tenant_id, device_id, day, stored)
       select d.tenant_id, u.device_id, date '1970-01-01' + u.day, u.stored
         from unnest($1::text[], $2::int[], $3::bigint[]) as u (device_id, day, stored)
         join devices d on d.device_id = u.device_id
        where not exists (select from account_uncounted_days x where x.day = date '1970-01-01' + u.day)
       on conflict (device_id, day) do update set stored = account_days.stored + excluded.stored`,
      [changes.map(({ deviceId }) => deviceId), changes.map(({ day }) => day), changes.map(({ stored }) => stored)],
    );
  }

  /** Where devices stand that number their messages; without those that never did. */
  async sequences(tx: Queryable, deviceIds: readonly string[]): Promise<Map<string, unknown>> {
    if (deviceIds.length === 0) return new Map();
    const { rows } = await tx.query<{ device_id: string; state: unknown }>(
      'select device_id, state from account_sequences where device_id = any($1)',
      [deviceIds],
    );
    return new Map(rows.map((row) => [row.device_id, row.state]));
  }

  /** Keeps where devices stand. */
  async saveSequences(tx: Queryable, states: ReadonlyMap<string, unknown>): Promise<void> {
    if (states.size === 0) return;
    await tx.query(
      `insert into account_sequences (tenant_id, device_id, state)
       select d.tenant_id, u.device_id, u.state::jsonb from unnest($1::text[], $2::text[]) as u (device_id, state)
         join devices d on d.device_id = u.device_id
       on conflict (device_id) do update set state = excluded.state`,
      [[...states.keys()], [...states.values()].map((state) => JSON.stringify(state))],
    );
  }

  /** Notes points that wait to be judged, since now. */
  async addWaiting(tx: Queryable, points: readonly WaitingPoints[], nowMs: number): Promise<void> {
    if (points.length === 0) return;
    await tx.query(
      `insert into account_waiting (lane, first_batch, last_batch, since, body)
       select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[])`,
      [
        points.map(({ lane }) => lane),
        points.map(({ firstBatch }) => firstBatch),
        points.map(({ lastBatch }) => lastBatch),
        points.map(() => new Date(nowMs)),
        points.map(({ body }) => body),
      ],
    );
  }

  /** Takes out the points of which every rule has judged the batches: these are deleted with the states that the rules left. */
  async takeJudged(tx: Queryable): Promise<string[]> {
    const { rows } = await tx.query<{ body: string }>(
      `delete from account_waiting w
        where not exists (select from ingest_batches b where b.lane = w.lane and b.batch between w.first_batch and w.last_batch)
       returning body`,
    );
    return rows.map(({ body }) => body);
  }

  /** Removes accounts of hours before `beforeMs`. */
  async purge(beforeMs: number): Promise<void> {
    await this.db.system.query('delete from telemetry_accounts where hour < $1', [new Date(beforeMs)]);
  }
}
