import type pg from 'pg';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';

/** What the partitions need. */
export interface PartitionsOptions {
  /** As the owner of the tables: the role `insa_ingest` may not create any. */
  connection: ConnectionConfig;
  clock: Clock;
  logger: Logger;
}

const DAY_MS = 86_400_000;
/** All are needed for a day to count: a point's kind decides only later where it goes. */
const PARENTS = ['telemetry', 'telemetry_text', 'telemetry_1m'] as const;
const LOCK_TIMEOUT_MS = 5_000;
/** While a day waits to be detached none can be added, so this is shorter than the wait of that. */
const DETACH_TIMEOUT_MS = 3_000;
const CANCELLED = new Set(['57014', '55P03']);

/**
 * The day partitions (UTC) of `telemetry`, `telemetry_text` and `telemetry_1m`, named `telemetry_20251027` and so on. Which days exist is known in memory, so
 * the hot path asks `has` and waits only for a day that is new.
 */
export class Partitions {
  private readonly options: PartitionsOptions;
  /** Days since 1970 that have all partitions. */
  private readonly days = new Set<number>();
  private readonly wanted = new Map<number, Promise<void>>();
  private pending: number[] = [];
  private running: Promise<void> | undefined;

  constructor(options: PartitionsOptions) {
    this.options = options;
  }

  /** True when points of this instant (epoch milliseconds) can be inserted. */
  has(timeMs: number): boolean {
    return this.days.has(Math.floor(timeMs / DAY_MS));
  }

  /** Reads which days exist, then makes today and `aheadDays` days to come. For start, and hourly. */
  async ensure(aheadDays: number): Promise<void> {
    await this.withClient((client) => this.load(client));
    const today = Math.floor(this.options.clock.nowMs() / DAY_MS);
    await Promise.all(Array.from({ length: aheadDays + 1 }, (_, offset) => this.ensureDay(today + offset)));
  }

  /** Makes the day of `timeMs` (epoch milliseconds) if it is missing; callers of the same day share one run. Rejects with the `pg` error. */
  ensureFor(timeMs: number): Promise<void> {
    return this.ensureDay(Math.floor(timeMs / DAY_MS));
  }

  /**
   * Drops whole days that ended more than `days` days ago and answers their partitions' names. Readers are not disturbed: a day that is
   * being read for long is left half detached, invisible, and finished by the next call.
   */
  async dropOlderThan(days: number): Promise<string[]> {
    const oldest = Math.floor(this.options.clock.nowMs() / DAY_MS) - days;
    const dropped: string[] = [];
    await this.withClient(async (client) => {
      await client.query(`set statement_timeout = ${DETACH_TIMEOUT_MS}`);
      for (const parent of PARENTS) await this.dropOf(client, parent, oldest, dropped);
      await this.load(client);
    });
    if (dropped.length > 0)
      this.options.logger.info({ part: 'partitions', dropped }, 'Dropped days of telemetry that are older than the retention.');
    return dropped;
  }

  private ensureDay(day: number): Promise<void> {
    if (this.days.has(day)) return Promise.resolve();
    const known = this.wanted.get(day);
    if (known !== undefined) return known;
    this.pending.push(day);
    const made = this.nextRun().then(() => undefined);
    const tracked = made.finally(() => this.wanted.delete(day));
    this.wanted.set(day, tracked);
    return tracked;
  }

  /** One run at a time; days asked for while one is under way share the next. */
  private async nextRun(): Promise<void> {
    await this.running?.catch(() => undefined); // Told to those who waited for it.
    this.running ??= this.createPending().finally(() => (this.running = undefined));
    await this.running;
  }

  private async createPending(): Promise<void> {
    const days = this.pending;
    this.pending = [];
    await this.withClient(async (client) => {
      await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
      for (const day of days) {
        await createDay(client, day);
        this.days.add(day);
      }
    });
    this.options.logger.debug({ part: 'partitions', days: days.map(nameOfDay) }, 'Added days of telemetry.');
  }

  private async load(client: pg.Client): Promise<void> {
    const found: ReadonlySet<number>[] = [];
    // One after the other: a client runs one query at a time.
    for (const parent of PARENTS) found.push(new Set(await attachedDays(client, parent)));
    const [first = [], ...others] = found;
    this.days.clear();
    for (const day of first) if (others.every((days) => days.has(day))) this.days.add(day);
  }

  private async dropOf(client: pg.Client, parent: string, oldest: number, dropped: string[]): Promise<void> {
    const { rows } = await client.query<{ name: string; state: string }>(
      `select c.relname as name, case when i.inhrelid is null then 'detached' when i.inhdetachpending then 'pending' else 'attached' end as state
         from pg_class c left join pg_inherits i on i.inhrelid = c.oid
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname ~ ('^' || $1 || '_[0-9]{8}$')
        order by i.inhdetachpending desc nulls last, c.relname`,
      [parent],
    );
    for (const { name, state } of rows) {
      const day = dayOfName(name);
      // An interrupted detach is finished whatever the day: no other can begin before.
      if (state !== 'pending' && day >= oldest) continue;
      this.days.delete(day);
      try {
        if (state === 'pending') await client.query(`alter table ${parent} detach partition ${name} finalize`);
        if (state === 'attached') await client.query(`alter table ${parent} detach partition ${name} concurrently`);
        if (day >= oldest) continue;
        await client.query(`drop table ${name}`);
        dropped.push(name);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && CANCELLED.has(String(error.code)))) throw error;
        this.options.logger.warn(
          { part: 'partitions', name, error: messageOf(error) },
          'A day is still being read; it is dropped next time.',
        );
        return;
      }
    }
  }

  private async withClient<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = await connectClient({ ...this.options.connection, application_name: 'insa-partitions' }, this.options.logger);
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/**
 * CREATE TABLE .. PARTITION OF would wait for every open reader and make every insert wait behind itself; a table that is made beside and
 * then attached does not. The check only lets ATTACH skip reading the table, and would cost a little at every insert afterwards.
 */
async function createDay(client: pg.Client, day: number): Promise<void> {
  const [from, to] = [isoDay(day), isoDay(day + 1)];
  await client.query('begin');
  try {
    for (const parent of PARENTS) {
      const name = `${parent}_${nameOfDay(day)}`;
      const { rows } = await client.query<{ attached: boolean }>(
        `select exists (select from pg_inherits where inhrelid = to_regclass($1)) as attached`,
        [name],
      );
      if (rows[0]?.attached === true) continue;
      await client.query(`create table if not exists ${name} (like ${parent} including all)`);
      await client.query(`alter table ${name} add constraint day check (time >= '${from}' and time < '${to}')`);
      await client.query(`alter table ${parent} attach partition ${name} for values from ('${from}') to ('${to}')`);
      await client.query(`alter table ${name} drop constraint day`);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // The first error is the one to tell.
    throw error;
  }
}

async function attachedDays(client: pg.Client, parent: string): Promise<number[]> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass and not inhdetachpending`,
    [parent],
  );
  return rows.map(({ name }) => dayOfName(name)).filter((day) => !Number.isNaN(day));
}

/** Midnight UTC of a day (counted since 1970), as SQL takes it. */
function isoDay(day: number): string {
  return `${new Date(day * DAY_MS).toISOString().slice(0, 10)} 00:00:00+00`;
}

function nameOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

function dayOfName(name: string): number {
  const found = /_(\d{4})(\d{2})(\d{2})$/.exec(name);
  return found === null ? Number.NaN : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])) / DAY_MS;
}
