import os from 'node:os';
import type pg from 'pg';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';

/** `taken`: somebody else got the database while our connection was gone; this process must stop. */
export type InstanceLockState = 'released' | 'held' | 'lost' | 'taken';

/** Which database to hold, and whom to tell. */
export interface InstanceLockOptions {
  connection: ConnectionConfig;
  logger: Logger;
  /** Told at every change, for health and for stopping at `taken`. */
  onState?: (state: InstanceLockState) => void;
  /** How long `start` waits for a session of a process that has just been killed; 5 s unless given. */
  patienceMs?: number;
}

const INSTANCE_LOCK = 4_957_331_002;
const RETRY_MS = 250;

/**
 * One instance per database: an advisory lock on a connection of its own, which the server releases by itself when that connection ends.
 * A lost connection is noticed and the lock taken again; `start` and `stop` may be repeated.
 */
export class InstanceLock {
  private readonly options: InstanceLockOptions;
  private client: pg.Client | undefined;
  private current: InstanceLockState = 'released';
  private retryTimer: NodeJS.Timeout | undefined;

  constructor(options: InstanceLockOptions) {
    this.options = options;
  }

  get state(): InstanceLockState {
    return this.current;
  }

  /** Takes the lock; rejects with `ALREADY_RUNNING` naming the holder when another instance keeps it. */
  async start(): Promise<void> {
    if (this.current === 'held') return;
    const deadline = performance.now() + (this.options.patienceMs ?? 5_000);
    for (;;) {
      const holder = await this.tryTake();
      if (holder === undefined) {
        this.become('held');
        return;
      }
      if (performance.now() >= deadline) throw heldBy(holder);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Gives the lock back. */
  async stop(): Promise<void> {
    this.become('released');
    clearTimeout(this.retryTimer);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined); // It is gone, and so is the lock.
  }

  private become(state: InstanceLockState): void {
    if (this.current === state) return;
    this.current = state;
    this.options.onState?.(state);
  }

  /** Undefined when the lock is ours now, otherwise who holds it. */
  private async tryTake(): Promise<string | undefined> {
    const name = `insa-instance ${os.hostname()} ${process.pid}`.slice(0, 63);
    const client = await connectClient({ ...this.options.connection, application_name: name, keepAlive: true }, this.options.logger);
    try {
      // So that a server across the network notices within half a minute that this machine has vanished.
      await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3');
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [INSTANCE_LOCK]);
      if (rows[0]?.taken === true) {
        this.keep(client);
        return undefined;
      }
      const holder = await holderOf(client);
      await client.end();
      return holder;
    } catch (error) {
      await client.end().catch(() => undefined); // The first error is the one to tell.
      throw error;
    }
  }

  private keep(client: pg.Client): void {
    this.client = client;
    client.once('end', () => {
      if (this.client !== client) return;
      this.client = undefined;
      if (this.current !== 'held') return;
      this.options.logger.warn(
        { part: 'instance-lock' },
        'The connection that holds this database for this instance was lost; it is taken again.',
      );
      this.become('lost');
      this.retryLater();
    });
  }

  private retryLater(): void {
    this.retryTimer = setTimeout(() => {
      this.tryTake().then(
        (holder) => this.settleRetry(holder),
        (error: unknown) => {
          this.options.logger.debug({ part: 'instance-lock', error: messageOf(error) }, 'The database cannot be reached yet.');
          if (this.current === 'lost') this.retryLater();
        },
      );
    }, RETRY_MS);
  }

  private settleRetry(holder: string | undefined): void {
    if (this.current !== 'lost') {
      // Stopped meanwhile.
      void this.stop();
      return;
    }
    if (holder === undefined) {
      this.become('held');
      return;
    }
    this.options.logger.error({ part: 'instance-lock', holder }, 'Another instance has taken this database.');
    this.become('taken');
  }
}

async function holderOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ holder: string | null }>(
    `select a.application_name || coalesce(' from ' || host(a.client_addr), '') as holder
       from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32 | l.objid::bigint) = $1`,
    [INSTANCE_LOCK],
  );
  return rows[0]?.holder ?? 'an unknown session';
}

function heldBy(holder: string): AppError {
  return new AppError(
    'ALREADY_RUNNING',
    `Another instance uses this database (${holder}); only one may. Stop it first, or set another DATABASE_URL.`,
    {
      details: { holder },
    },
  );
}
