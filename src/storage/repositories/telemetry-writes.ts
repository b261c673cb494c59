import type pg from 'pg';
import { float8Array, int2Array, int4Array, timestamptzArray } from '../binary-arrays.ts';

/** Rows of one table, as columns; `order` says which rows, in which order. */
export interface WriteColumns {
  timesUs: readonly number[];
  values: readonly number[];
  seriesIds: readonly number[];
  qualities: readonly number[];
  texts: readonly string[];
  numericOrder: Int32Array;
  textOrder: Int32Array;
}

/** What one commit writes: the rows, and the same points in the compact form that waits until every rule has judged them. */
export interface WriteBatch extends WriteColumns {
  lane: number;
  /** The number of the last message in it. */
  batch: number;
  /** The compact form for `ingest_batches`; undefined for points that no rule will judge, of which no such row is kept. */
  points: Buffer | undefined;
  /** The lane's number in the accounts; another one for points that no rule will judge. */
  accountLane: number;
  /** Minutes that are rolled up, whole epoch microseconds from and before: a reading of one of them marks it in `rollup_dirty`. */
  closed: { fromUs: number; untilUs: number };
}

/** Milliseconds after which a statement counts as lost: the server hangs, and the sender must not wait for ever. */
const STATEMENT_TIMEOUT_MS = 5_000;
const MINUTE_US = 60_000_000;

const NEW_NUMERIC = `insert into telemetry (time, value, series_id, quality)
  select * from unnest($1::timestamptz[], $2::float8[], $3::int4[], $4::int2[])`;
const NUMERIC = `${NEW_NUMERIC} on conflict do nothing`;

const TEXT = `insert into telemetry_text (time, value, series_id, quality)
  select * from unnest($1::timestamptz[], $2::text[], $3::int4[], $4::int2[]) on conflict do nothing`;

const BATCH = `insert into ingest_batches (lane, batch, points) values ($5, $6, $8)`;
const BATCH_ONCE = `insert into ingest_batches (lane, batch, points) values ($5, $6, $7) on conflict do nothing`;

const ENTRY = `insert into account_entries (lane, batch, body) values ($5, $6, $7)`;
/** A commit whose end was unknown may have been counted, and added up since. */
const ENTRY_ONCE = `insert into account_entries (lane, batch, body)
  select $1, $2, $3 where not exists (select from account_lanes where lane = $1 and through >= $2) on conflict do nothing`;

const MARKS = `insert into rollup_dirty (series_id, time) select * from unnest`;

const RETURNED = `returning series_id, (extract(epoch from time) * 1000000)::bigint::text`;

const UNIQUE_VIOLATION = '23505';

/** One round trip, one transaction: rows and batch together. Each statement is prepared once per connection. */
const FAST = { name: 'ingest_fast', text: `with batch as (${BATCH}), entry as (${ENTRY}) ${NEW_NUMERIC}` };
const FAST_LATE = {
  name: 'ingest_fast_late',
  text: `with batch as (${BATCH}), entry as (${ENTRY}), late as (${MARKS}($9::int4[], $10::timestamptz[])) ${NEW_NUMERIC}`,
};
const EXACT_NUMERIC = { name: 'ingest_exact_numeric', text: `with batch as (${BATCH_ONCE}) ${NUMERIC} ${RETURNED}` };
const FAST_UNJUDGED = { name: 'ingest_fast_unjudged', text: `with entry as (${ENTRY}) ${NEW_NUMERIC}` };
const FAST_LATE_UNJUDGED = {
  name: 'ingest_fast_late_unjudged',
  text: `with entry as (${ENTRY}), late as (${MARKS}($8::int4[], $9::timestamptz[])) ${NEW_NUMERIC}`,
};
const EXACT_UNJUDGED = { name: 'ingest_exact_unjudged', text: `${NUMERIC} ${RETURNED}` };
const LATE = { name: 'ingest_late', text: `${MARKS}($1::int4[], $2::timestamptz[])` };
const EXACT_ENTRY = { name: 'ingest_exact_entry', text: ENTRY_ONCE };
const EXACT_TEXT = { name: 'ingest_exact_text', text: `${TEXT} ${RETURNED}` };

/** How a point is named in the sets below. */
export function pointKey(seriesId: number, timeUs: number | string): string {
  return `${String(seriesId)}:${String(timeUs)}`;
}

/**
 * Stores rows that are known to be new and numeric, together with their batch and what the accountant is told, in one statement. Answers false, and has stored nothing,
 * when a repeat was among them after all: another lane may have committed it meanwhile.
 */
export async function insertNewRows(client: pg.ClientBase, batch: WriteBatch, entry: string): Promise<boolean> {
  const late = lateMinutes(batch);
  const [onTime, marking] = batch.points === undefined ? [FAST_UNJUDGED, FAST_LATE_UNJUDGED] : [FAST, FAST_LATE];
  const { accountLane, batch: number, points } = batch;
  const values = [...numericValues(batch), accountLane, number, entry, ...(points === undefined ? [] : [points]), ...(late ?? [])];
  try {
    await client.query({ ...(late === undefined ? onTime : marking), values, ...timeout() });
    return true;
  } catch (error) {
    // Stored in part, the new rows could not be told from the repeats any more, and would never be judged.
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

/** Runs `work` as one transaction of this connection; rolled back when it rejects. */
export async function inTransaction<Result>(client: pg.ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query({ text: 'begin', ...timeout() });
  try {
    const result = await work();
    await client.query({ text: 'commit', ...timeout() });
    return result;
  } catch (error) {
    // The first error is the one to tell; a connection that cannot even roll back is closed by the caller.
    await client.query({ text: 'rollback', ...timeout() }).catch(() => undefined);
    throw error;
  }
}

/** Inserts rows of any kind, repeats among them or not, and answers exactly which points are new (by `pointKey`); inside a transaction. */
export async function insertExactly(client: pg.ClientBase, batch: WriteBatch): Promise<Set<string>> {
  const inserted = new Set<string>();
  const statement = batch.points === undefined ? EXACT_UNJUDGED : EXACT_NUMERIC;
  const values = [...numericValues(batch), ...batchValues(batch)];
  collect(inserted, await client.query<[number, string]>({ ...statement, values, rowMode: 'array', ...timeout() }));
  if (batch.textOrder.length > 0) {
    collect(inserted, await client.query<[number, string]>({ ...EXACT_TEXT, values: textValues(batch), rowMode: 'array', ...timeout() }));
  }
  const late = lateMinutes(batch);
  if (late !== undefined) await client.query({ ...LATE, values: late, ...timeout() });
  return inserted;
}

/** Tells the accountant of a commit, unless it has been told of this one: inside the transaction of the rows, after they were inserted. */
export async function insertEntry(client: pg.ClientBase, { accountLane, batch }: WriteBatch, entry: string): Promise<void> {
  await client.query({ ...EXACT_ENTRY, values: [accountLane, batch, entry], ...timeout() });
}

/** The stored values of points that were not new, by `pointKey`. */
export async function storedValues(client: pg.ClientBase, columns: WriteColumns): Promise<Map<string, number | string>> {
  const stored = new Map<string, number | string>();
  for (const table of ['telemetry', 'telemetry_text'] as const) {
    const order = table === 'telemetry' ? columns.numericOrder : columns.textOrder;
    if (order.length === 0) continue;
    const result = await client.query<[number, string, number | string]>({
      text: `select t.series_id, (extract(epoch from t.time) * 1000000)::bigint::text, t.value
        from unnest($1::timestamptz[], $2::int4[]) as wanted (time, series_id)
        join ${table} t on t.series_id = wanted.series_id and t.time = wanted.time`,
      values: [timestamptzArray(columns.timesUs, order), int4Array(columns.seriesIds, order)],
      rowMode: 'array',
      ...timeout(),
    });
    for (const [seriesId, timeUs, value] of result.rows) stored.set(pointKey(seriesId, timeUs), value);
  }
  return stored;
}

/**
 * A number that is one higher at every start of the installation, whatever the clock does. Message numbers of the ingest lanes begin
 * with it, so that they rise over restarts and rules can tell what they have judged.
 */
export async function nextIngestEpoch(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
  const result = await client.query<{ epoch: number }>(
    `insert into platform_settings (tenant_id, name, value) values ('default', 'ingest_epoch', '1')
       on conflict (tenant_id, name) do update set value = to_jsonb((platform_settings.value #>> '{}')::int + 1)
       returning (value #>> '{}')::int as epoch`,
  );
  return result.rows[0]?.epoch ?? 1;
}

function numericValues(batch: WriteBatch): unknown[] {
  const { numericOrder: order } = batch;
  return [
    timestamptzArray(batch.timesUs, order),
    float8Array(batch.values, order),
    int4Array(batch.seriesIds, order),
    int2Array(batch.qualities, order),
  ];
}

/** The minutes of readings that are rolled up already, as two arrays of parameters; undefined when there is none, as nearly always. */
function lateMinutes({ closed, timesUs, seriesIds, numericOrder }: WriteBatch): [Buffer, Buffer] | undefined {
  const ids: number[] = [];
  const minutesUs: number[] = [];
  for (const row of numericOrder) {
    const timeUs = timesUs[row] ?? 0;
    if (timeUs < closed.fromUs || timeUs >= closed.untilUs) continue;
    const minuteUs = Math.floor(timeUs / MINUTE_US) * MINUTE_US;
    const seriesId = seriesIds[row] ?? 0;
    // Rows are in the order of series and time, so readings of one minute are neighbours.
    if (minutesUs.at(-1) === minuteUs && ids.at(-1) === seriesId) continue;
    ids.push(seriesId);
    minutesUs.push(minuteUs);
  }
  if (ids.length === 0) return undefined;
  const order = Int32Array.from(ids.keys());
  return [int4Array(ids, order), timestamptzArray(minutesUs, order)];
}

function batchValues({ lane, batch, points }: WriteBatch): unknown[] {
  return points === undefined ? [] : [lane, batch, points];
}

function textValues(batch: WriteBatch): unknown[] {
  const { textOrder: order } = batch;
  const texts = Array.from(order, (row) => batch.texts[batch.values[row] ?? 0] ?? '');
  return [timestamptzArray(batch.timesUs, order), texts, int4Array(batch.seriesIds, order), int2Array(batch.qualities, order)];
}

function collect(inserted: Set<string>, result: pg.QueryArrayResult<[number, string]>): void {
  for (const [seriesId, timeUs] of result.rows) inserted.add(pointKey(seriesId, timeUs));
}

// `pg` takes `query_timeout` per query; its types do not say so.
function timeout(): object {
  return { query_timeout: STATEMENT_TIMEOUT_MS };
}
