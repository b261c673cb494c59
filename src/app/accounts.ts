import { platformWarning } from '../contracts/warning-texts.ts';
import type { PlatformWarning } from '../contracts/warnings.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { MetricSources } from '../metrics/types.ts';
import type { Database } from '../storage/database.ts';
import { AccountChecks } from '../storage/repositories/account-checks.ts';
import { AccountRepository } from '../storage/repositories/accounts.ts';
import { Accountant } from '../telemetry/accounts/accountant.ts';
import { Reconciler } from '../telemetry/accounts/reconciler.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What the accounts are made with. */
export interface AccountsOptions {
  db: Database;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  retentionDays: number | undefined;
}

/** What became of everything that arrived, and whether that adds up. */
export interface Accounts {
  /** For metrics. */
  figures: MetricSources['loss'];
  /** What somebody should look at. */
  warnings(): PlatformWarning[];
}

/** Rules judge within seconds; a deploy or a start may hold them up for a minute. */
const LAG_WARNED_MS = 120_000;

/** Starts to add up what commits decide, and to compare it. Before ingest: it has to end after it. */
export async function startAccounts({ db, clock, logger, lifecycle, retentionDays }: AccountsOptions): Promise<Accounts> {
  const accountant = new Accountant({ store: new AccountRepository(db), clock, logger });
  const reconciler = new Reconciler({ checks: new AccountChecks(db), clock, logger, retentionDays });
  await lifecycle.start('accounts', accountant);
  await lifecycle.start('comparison of accounts', reconciler);
  return {
    figures: { totals: () => accountant.totals, state: () => reconciler.state },
    warnings: () => warningsOf(reconciler),
  };
}

function warningsOf({ state: { unbalanced, judgingLagMs } }: Pick<Reconciler, 'state'>): PlatformWarning[] {
  const warnings: PlatformWarning[] = [];
  const [device] = unbalanced;
  if (device !== undefined) warnings.push(platformWarning({ code: 'accounts_differ', params: { count: unbalanced.length, device } }));
  if (judgingLagMs > LAG_WARNED_MS)
    warnings.push(platformWarning({ code: 'judging_lags', params: { seconds: Math.round(judgingLagMs / 1_000) } }));
  return warnings;
}
