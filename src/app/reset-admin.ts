import { AuditService } from '../auth/audit.ts';
import { resetAdministrator } from '../auth/reset-administrator.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { InstanceLock } from '../storage/instance-lock.ts';
import { migrate } from '../storage/migrate.ts';
import { openDatabase } from '../storage/postgres.ts';
import type { ConnectionConfig } from '../storage/postgres.ts';
import { withDatabase } from './installation-database.ts';

/** Which installation, and whom to let in again. */
export interface ResetAdminOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl'>;
  /** A user name or e-mail address; undefined: the only administrator there is. */
  username: string | undefined;
  logger: Logger;
}

/** What to tell: the password this once, and whether a platform runs whose logins have ended. */
export interface ResetAdmin {
  username: string;
  password: string;
  isRunning: boolean;
}

/**
 * Lets an administrator in again, whether the platform runs or not: a running one is left alone and its database asked; of a stopped one
 * the database is started (and brought to this version) as its own start would, and stopped again. Fails with an `AppError` that says what
 * to do.
 */
export function resetAdmin(options: ResetAdminOptions): Promise<ResetAdmin> {
  return withDatabase(options, (connection) => resetIn(connection, options));
}

async function resetIn(connection: ConnectionConfig, { username, logger }: ResetAdminOptions): Promise<ResetAdmin> {
  const lock = new InstanceLock({ connection, logger, patienceMs: 0 });
  const isRunning = !(await held(lock));
  try {
    // The schema of a running platform is its own affair.
    if (!isRunning) await migrate({ connection, logger });
    const database = await openDatabase({ connection, logger, systemPoolSize: 2, apiPoolSize: 1 });
    try {
      const audit = new AuditService({ database, clock: systemClock, logger });
      return { ...(await resetAdministrator({ database, audit, clock: systemClock, username })), isRunning };
    } finally {
      await database.close();
    }
  } finally {
    await lock.stop();
  }
}

async function held(lock: InstanceLock): Promise<boolean> {
  try {
    await lock.start();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'ALREADY_RUNNING') return false;
    throw error;
  }
}
