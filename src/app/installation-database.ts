import type { Config } from '../config/config.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { DataDir } from '../storage/data-dir.ts';
import { EmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { hasEmbeddedDatabase, runningServerOf } from '../storage/embedded/running-server.ts';
import { reachServer } from '../storage/external.ts';
import type { ConnectionConfig } from '../storage/postgres.ts';

/** Which installation. */
export interface InstallationOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl'>;
  logger: Logger;
}

/**
 * Does `work` with the database of an installation, whether the platform runs or not: a running one is left alone and its database asked; of
 * a stopped one the database is started as its own start would, and stopped again. Rejects with an `AppError` that says what to do when
 * there is no installation or it is just starting or stopping.
 */
export async function withDatabase<Result>(
  options: InstallationOptions,
  work: (connection: ConnectionConfig) => Promise<Result>,
): Promise<Result> {
  const { config, logger } = options;
  const { databaseUrl } = config;
  if (databaseUrl === undefined) return withEmbedded(options, work);
  const connection = { connectionString: databaseUrl };
  await reachServer({ connection, logger, patienceMs: 5_000 });
  return work(connection);
}

async function withEmbedded<Result>(
  { config, logger }: InstallationOptions,
  work: (connection: ConnectionConfig) => Promise<Result>,
): Promise<Result> {
  if (!hasEmbeddedDatabase(config.dataDir)) {
    const message = `There is no installation in ${config.dataDir}. Run this where the platform runs, with its .env or its DATA_DIR (or DATABASE_URL).`;
    throw new AppError('INVALID_CONFIG', message);
  }
  const dataDir = new DataDir(config.dataDir);
  const isRunning = !taken(dataDir);
  const password = dataDir.secret('database-password', 32);
  if (isRunning) {
    const connection = runningServerOf(dataDir.path, password);
    if (connection !== undefined) return work(connection);
    throw new AppError('STORAGE_UNAVAILABLE', 'The platform is just starting or stopping; run it again in a few seconds.', {
      retryable: true,
    });
  }
  const embedded = new EmbeddedPostgres({ dataDir: dataDir.path, password, logger });
  try {
    return await work(await embedded.start());
  } finally {
    await embedded.stop();
    dataDir.stop();
  }
}

/** False when a running platform has the folder. */
function taken(dataDir: DataDir): boolean {
  try {
    dataDir.start();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'ALREADY_RUNNING') return false;
    throw error;
  }
}
