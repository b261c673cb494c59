import { silentLogger } from '../../src/core/logger.ts';
import type { Logger } from '../../src/core/logger.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Database } from '../../src/storage/database.ts';
import { AccountChecks } from '../../src/storage/repositories/account-checks.ts';
import { AccountRepository } from '../../src/storage/repositories/accounts.ts';
import { Accountant } from '../../src/telemetry/accounts/accountant.ts';
import { Reconciler } from '../../src/telemetry/accounts/reconciler.ts';

/** The accountant over a database, not started: tests say when it adds up and when it looks. */
export function accountsOf(db: Database, clock: Clock = systemClock, retentionDays?: number, logger: Logger = silentLogger) {
  const accountant = new Accountant({ store: new AccountRepository(db), clock, logger });
  const reconciler = new Reconciler({ checks: new AccountChecks(db), clock, logger, retentionDays });
  return { accountant, reconciler, figures: { totals: () => accountant.totals, state: () => reconciler.state } };
}
