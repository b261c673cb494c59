import type pg from 'pg';
import { PgBoss } from 'pg-boss';
import { CHANNELS } from '../contracts/actions.ts';
import type { ChannelName } from '../contracts/actions.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Job, JobQueue } from '../notify/jobs.ts';
import type { Queryable } from './database.ts';
import { Listener } from './listener.ts';
import { inTransaction, newPool } from './postgres.ts';
import type { OpenDatabase } from './postgres.ts';
import { notificationsWithoutJob } from './repositories/notifications.ts';
import { PLATFORM_ROLE } from './roles.ts';

/** Where pg-boss keeps its tables. */
const SCHEMA = 'pgboss';
/** Its own connections: a long backlog never waits for, nor takes, those of telemetry and requests. */
const CONNECTIONS = 3;
/** No job may be thrown away by age: the notification says when it is over. The most that pg-boss takes. */
const RETENTION_SECONDS = 365 * 86_400;

/** The queue of a channel. */
export function queueOf(channel: ChannelName): string {
  return `notify_${channel}`;
}

/**
 * Brings pg-boss's tables to what this program needs, with the rights of the owner, makes a queue for each channel and gives the platform's role
 * (where there is one) the rights to read and change their rows. Called with each start, after the migrations and under their lock.
 * STORAGE_UNAVAILABLE when it cannot.
 */
export async function installJobQueue(client: pg.Client, logger: Logger): Promise<void> {
  const { rows } = await client.query(`select 1 from pg_namespace where nspname = $1`, [SCHEMA]);
  const boss = new PgBoss({
    schema: SCHEMA,
    db: { executeSql: (text, values) => run(client, text, values) },
    // Where an administrator made the schema, the user need not be able to.
    ...{ createSchema: rows.length === 0, schedule: false, supervise: false },
  });
  boss.on('error', (error) => logger.warn({ part: 'queue', error: error.message }, 'The queue of notifications has an error.'));
  try {
    await boss.start();
    const present = new Set((await boss.getQueues()).map(({ name }) => name));
    for (const name of CHANNELS.map(queueOf)) {
      if (!present.has(name)) await boss.createQueue(name, { notify: true, retentionSeconds: RETENTION_SECONDS });
    }
    await grantPlatform(client);
  } catch (error) {
    throw new AppError(
      'STORAGE_UNAVAILABLE',
      `The queue of notifications (schema ${SCHEMA}) could not be made: ${messageOf(error)}. Grant the database user CREATE on the database, or create a schema ${SCHEMA} that it owns, and start again.`,
      { cause: error },
    );
  } finally {
    await boss.stop({ graceful: false });
  }
}

async function grantPlatform(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ granted: boolean }>(
    `select has_schema_privilege($1, 'pgboss', 'usage') and has_table_privilege($1, 'pgboss.job', 'delete') as granted from pg_roles where rolname = $1`,
    [PLATFORM_ROLE],
  );
  // No role: the platform connects as the owner.
  if (rows[0] === undefined || rows[0].granted) return;
  await client.query(`grant usage on schema ${SCHEMA} to ${PLATFORM_ROLE}`);
  await client.query(`grant select, insert, update, delete on all tables in schema ${SCHEMA} to ${PLATFORM_ROLE}`);
}

/** See `JobQueue`. Jobs are removed when their notification is recorded: pg-boss has nothing to tidy up and none of its own schedules runs. */
export class PgBossJobQueue implements JobQueue {
  private readonly options: { db: OpenDatabase; logger: Logger };
  private readonly listeners = new Set<(channel: ChannelName) => void>();
  private pool: pg.Pool | undefined;
  private boss: PgBoss | undefined;

  constructor(options: { db: OpenDatabase; logger: Logger }) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { db, logger } = this.options;
    const pool = newPool({ ...db.connectionOfWorker, application_name: 'insa-notify' }, CONNECTIONS, logger);
    this.pool = pool;
    const boss = new PgBoss({
      schema: SCHEMA,
      db: {
        executeSql: (text, values) => run(pool, text, values),
        listen: (channel, onNotification, onBack) => this.listen(channel, onNotification, onBack),
      },
      useListenNotify: true,
      ...{ migrate: false, schedule: false, supervise: false },
    });
    // Nobody listening would end the process when the database goes away; what fails is seen by whoever asked for it.
    boss.on('error', (error) => logger.debug({ part: 'queue', error: error.message }, 'The queue of notifications has an error.'));
    boss.on('warning', ({ message }) => logger.warn({ part: 'queue', warning: message }, 'The queue of notifications warns.'));
    this.boss = boss;
    await boss.start();
  }

  async stop(): Promise<void> {
    const { boss, pool } = this;
    this.boss = undefined;
    this.pool = undefined;
    await boss?.stop({ graceful: false });
    await pool?.end();
  }

  async add(tx: Queryable, jobs: readonly Job[]): Promise<void> {
    for (const [channel, own] of byChannel(jobs)) {
      await this.running().insert(
        queueOf(channel),
        own.map(({ id, delayMs }) => ({ id, ...(delayMs > 0 ? { startAfter: delayMs / 1_000 } : {}) })),
        { db: { executeSql: (text, values) => run(tx, text, values) } },
      );
    }
  }

  async remove(tx: Queryable, jobs: readonly Pick<Job, 'id' | 'channel'>[]): Promise<void> {
    for (const [channel, own] of byChannel(jobs)) {
      const ids = own.map(({ id }) => id);
      await this.running().deleteJob(queueOf(channel), ids, { db: { executeSql: (text, values) => run(tx, text, values) } });
    }
  }

  async take(channel: ChannelName, atMost: number): Promise<string[]> {
    const jobs = await this.running().fetch(queueOf(channel), { batchSize: atMost });
    return jobs.map(({ id }) => id);
  }

  async transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return inTransaction(this.opened(), work, this.options.db.writes);
  }

  async read<Result>(work: (db: Queryable) => Promise<Result>): Promise<Result> {
    return work(this.opened());
  }

  recover(channel: ChannelName, besides: readonly string[]): Promise<number> {
    return this.transaction(async (tx) => {
      const lost = await notificationsWithoutJob(tx, channel, queueOf(channel), besides);
      if (lost.length === 0) return 0;
      const jobs = lost.map((job) => ({ ...job, channel }));
      await this.remove(tx, jobs);
      await this.add(tx, jobs);
      return jobs.length;
    });
  }

  onDue(listener: (channel: ChannelName) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async listen(
    channel: string,
    onNotification: (payload: string) => void,
    onBack: () => void,
  ): Promise<{ close(): Promise<void> }> {
    const { db, logger } = this.options;
    const tell = (due: ChannelName): void => this.listeners.forEach((listener) => listener(due));
    const listener = new Listener({
      ...{ db, logger, channel },
      onNotification: (payload) => {
        onNotification(payload);
        const due = CHANNELS.find((name) => queueOf(name) === payload);
        if (due !== undefined) tell(due);
      },
      onBack: () => {
        onBack();
        CHANNELS.forEach(tell);
      },
    });
    await listener.start();
    return { close: () => listener.stop() };
  }

  private opened(): pg.Pool {
    if (this.pool === undefined) throw new Error('The queue of notifications is not running');
    return this.pool;
  }

  private running(): PgBoss {
    if (this.boss === undefined) throw new Error('The queue of notifications is not running');
    return this.boss;
  }
}

function byChannel<Item extends { channel: ChannelName }>(jobs: readonly Item[]): Map<ChannelName, Item[]> {
  return Map.groupBy(jobs, ({ channel }) => channel);
}

function run(db: Queryable | pg.Pool, text: string, values: unknown[] | undefined): Promise<{ rows: Record<string, unknown>[] }> {
  return db.query<Record<string, unknown>>(text, values);
}
