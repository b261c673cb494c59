import type { Config } from '../config/config.ts';
import type { DataDir } from '../storage/data-dir.ts';
import { DiskMonitor } from '../storage/disk.ts';
import type { FreeBytesProbe } from '../storage/disk.ts';
import { EmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { reachServer } from '../storage/external.ts';
import { InstanceLock } from '../storage/instance-lock.ts';
import { Maintenance } from '../storage/maintenance.ts';
import { migrate } from '../storage/migrate.ts';
import { Partitions } from '../storage/partitions.ts';
import { openDatabase } from '../storage/postgres.ts';
import type { QueryTally } from '../storage/query-times.ts';
import type { ConnectionConfig, OpenDatabase } from '../storage/postgres.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface StorageOptions {
  dataDir: DataDir;
  config: Pick<Config, 'notifications' | 'embeddedDatabasePort'>;
  databaseUrl: string | undefined;
  retentionDays: number | undefined;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  /** How much room there is; the operating system unless given (tests). */
  freeBytes?: FreeBytesProbe | undefined;
  /** Times the statements of the pools. */
  queries?: QueryTally | undefined;
  /** Another process took the database while ours was unreachable: this one must stop. */
  onTaken(): void;
}

/** Everything that keeps data, started and migrated. */
export interface Storage {
  db: OpenDatabase;
  partitions: Partitions;
  disk: DiskMonitor;
  lock: InstanceLock;
  maintenance: Maintenance;
  /** Undefined with an external server. */
  embedded: EmbeddedPostgres | undefined;
}

/**
 * Starts storage in its order: the server, the claim on it, its schema, pools, partitions, disk watch. Rejects with an `AppError` that
 * tells what to do when one of them cannot be had; what was started before is undone by `lifecycle`.
 */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const { clock, logger, lifecycle, dataDir } = options;
  const embedded = options.databaseUrl === undefined ? embeddedServer(options) : undefined;
  const connection = await serverOf(options, embedded);
  const lock = new InstanceLock({
    connection,
    logger,
    onState: (state) => {
      if (state === 'taken') options.onTaken();
    },
  });
  // Before the schema is touched: a second program, a newer one perhaps, must not change it under the first.
  await lifecycle.start('instance lock', lock);
  await migrate({ connection, logger });
  const db = await openDatabase({ connection, logger, queries: options.queries });
  lifecycle.onStop('database pools', () => db.close());
  const partitions = new Partitions({ connection, clock, logger });
  const { retentionDays: notificationDays } = options.config.notifications;
  const maintenance = new Maintenance({ db, partitions, clock, logger, retentionDays: options.retentionDays, notificationDays });
  await lifecycle.start('maintenance', maintenance);
  const folders = [dataDir.path, ...(embedded?.folder === undefined ? [] : [embedded.folder])];
  const disk = new DiskMonitor({ folders, logger, ...(options.freeBytes === undefined ? {} : { probe: options.freeBytes }) });
  await lifecycle.start('disk watch', disk);
  return { db, partitions, disk, lock, maintenance, embedded };
}

function embeddedServer({ dataDir, config, logger }: StorageOptions): EmbeddedPostgres {
  const password = dataDir.secret('database-password', 32);
  return new EmbeddedPostgres({ dataDir: dataDir.path, password, logger, tcpPort: config.embeddedDatabasePort });
}

async function serverOf(options: StorageOptions, embedded: EmbeddedPostgres | undefined): Promise<ConnectionConfig> {
  if (embedded !== undefined) return options.lifecycle.start('embedded database', embedded);
  const connection = { connectionString: options.databaseUrl ?? '' };
  await reachServer({ connection, logger: options.logger });
  return connection;
}
