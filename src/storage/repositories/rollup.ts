import type { Database } from '../database.ts';
import { epochUs } from './columns.ts';

/** How far the roll-up has got: minutes from `completeFromUs` on and before `closedUntilUs` are rolled up; -Infinity: all of the past is. */
export interface RollupState {
  completeFromUs: number;
  closedUntilUs: number;
}

/** Readings to roll up: of the series with ids from `fromSeriesId` on, `series` of them at most, in minutes from `fromUs` on and before `untilUs`. */
export interface RollupPart {
  fromUs: number;
  untilUs: number;
  fromSeriesId: number;
  series: number;
}

const FIGURES = `date_bin('1 minute', t.time, 'epoch') as time, sum(insa_summable(t.value)) as sum, min(t.value) as min, max(t.value) as max,
  var_pop(insa_summable(t.value)) * count(*) as m2, t.series_id, count(*)::int as n`;

const INTO = 'insert into telemetry_1m (time, sum, min, max, m2, series_id, n)';
/** Minutes are always computed anew from all their readings, so that doing it twice changes nothing. */
const REPLACE = `on conflict (series_id, time) do update
  set sum = excluded.sum, min = excluded.min, max = excluded.max, m2 = excluded.m2, n = excluded.n`;

/** What the roll-up reads and writes. Minutes are computed from the readings as they are stored. */
export class RollupRepository {
  private readonly db: Pick<Database, 'system' | 'transaction'>;

  constructor(db: Pick<Database, 'system' | 'transaction'>) {
    this.db = db;
  }

  /** How far the roll-up is; begins at `nowUs` (the start of a minute) when there is none yet. */
  async state(nowUs: number): Promise<RollupState> {
    await this.db.system.query(
      'insert into rollup_state (complete_from, closed_until) values ($1::timestamptz, $1::timestamptz) on conflict do nothing',
      [isoOfUs(nowUs)],
    );
    const { rows } = await this.db.system.query<{ complete_from: string | null; closed_until: string }>(
      `select case when isfinite(complete_from) then ${epochUs('complete_from')} end as complete_from, ${epochUs('closed_until')} as closed_until
         from rollup_state`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('rollup_state has lost its row');
    return {
      completeFromUs: row.complete_from === null ? Number.NEGATIVE_INFINITY : Number(row.complete_from),
      closedUntilUs: Number(row.closed_until),
    };
  }

  /** Rolls the minutes before `untilUs` up and notes them as closed, in one transaction. */
  async close(fromUs: number, untilUs: number): Promise<void> {
    const range = [isoOfUs(fromUs), isoOfUs(untilUs)];
    await this.db.transaction(async (tx) => {
      await tx.query(
        `${INTO} select r.* from series s cross join lateral (
            select ${FIGURES} from telemetry t
             where t.series_id = s.series_id and t.time >= $1::timestamptz and t.time < $2::timestamptz group by t.series_id, 1) r
          where s.kind <> 'text' ${REPLACE}`,
        range,
      );
      await tx.query('update rollup_state set closed_until = $1::timestamptz', [range[1]]);
    });
  }

  /** Notes that fewer minutes are closed than were: the clock was put back, and what it says now is to come again. */
  async reopen(closedUntilUs: number): Promise<void> {
    await this.db.system.query(
      'update rollup_state set closed_until = $1::timestamptz, complete_from = least(complete_from, $1::timestamptz)',
      [isoOfUs(closedUntilUs)],
    );
  }

  /** Rolls a part of the past up; answers the id of the series to go on with, undefined when there is none after these. */
  async rollUp({ fromUs, untilUs, fromSeriesId, series }: RollupPart): Promise<number | undefined> {
    const { rows } = await this.db.system.query<{ last: number | null; count: number }>(
      `with part as (select series_id from series where kind <> 'text' and series_id >= $3 order by series_id limit $4),
            done as (${INTO} select r.* from part s cross join lateral (
              select ${FIGURES} from telemetry t
               where t.series_id = s.series_id and t.time >= $1::timestamptz and t.time < $2::timestamptz group by t.series_id, 1) r
              ${REPLACE})
       select max(series_id) as last, count(*)::int as count from part`,
      [isoOfUs(fromUs), isoOfUs(untilUs), fromSeriesId, series],
    );
    const [row] = rows;
    return row?.last === null || row === undefined || row.count < series ? undefined : row.last + 1;
  }

  /** Notes from where on the past is rolled up; -Infinity: from its beginning. */
  async completeFrom(us: number): Promise<void> {
    await this.db.system.query('update rollup_state set complete_from = $1::timestamptz', [
      Number.isFinite(us) ? isoOfUs(us) : '-infinity',
    ]);
  }

  /** Where the oldest day of readings begins, whole epoch microseconds; undefined when there is none. */
  async oldestDayUs(): Promise<number | undefined> {
    const { rows } = await this.db.system.query<{ oldest: string | null }>(
      `select ${epochUs('min(lower_bound)')} as oldest from (
         select (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''([^'']+)''\\)'))[1]::timestamptz as lower_bound
           from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'telemetry'::regclass) days`,
    );
    const oldest = rows[0]?.oldest ?? null;
    return oldest === null ? undefined : Number(oldest);
  }

  /** The days (counted from 1970, UTC) of the oldest marks, `limit` of them at most. */
  async markedDays(limit: number): Promise<number[]> {
    const { rows } = await this.db.system.query<{ day: number }>(
      `select distinct floor(extract(epoch from time) / 86400)::int as day from (select time from rollup_dirty order by dirty_id limit $1) marks`,
      [limit],
    );
    return rows.map(({ day }) => day);
  }

  /**
   * Computes the minutes of the oldest marks anew and takes the marks away; answers how many there were. It is one statement, so it sees the readings of
   * exactly the marks that it takes: a mark that comes meanwhile stays.
   */
  async clearMarks(limit: number): Promise<number> {
    const { rows } = await this.db.system.query<{ count: number }>(
      `with gone as (delete from rollup_dirty where dirty_id in (select dirty_id from rollup_dirty order by dirty_id limit $1) returning series_id, time),
            done as (${INTO} select r.* from (select distinct g.series_id, g.time from gone g join series s using (series_id)) g
              cross join lateral (
                select ${FIGURES} from telemetry t
                 where t.series_id = g.series_id and t.time >= g.time and t.time < g.time + interval '1 minute' group by t.series_id, 1) r
              ${REPLACE})
       select count(*)::int as count from gone`,
      [limit],
    );
    return rows[0]?.count ?? 0;
  }

  /** Where transactions are now, for `hasEnded`. */
  async transactionMark(): Promise<string> {
    const { rows } = await this.db.system.query<{ mark: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as mark');
    return rows[0]?.mark ?? '0';
  }

  /** True when every transaction has ended that was under way when `transactionMark` answered `mark`. */
  async hasEnded(mark: string): Promise<boolean> {
    const { rows } = await this.db.system.query<{ ended: boolean }>('select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as ended', [
      mark,
    ]);
    return rows[0]?.ended === true;
  }
}

/** ISO 8601 with six digits. */
function isoOfUs(us: number): string {
  const ms = Math.floor(us / 1_000);
  return new Date(ms).toISOString().replace('Z', `${String(us - ms * 1_000).padStart(3, '0')}Z`);
}
