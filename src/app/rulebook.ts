import type { Answers } from '../contracts/cache.ts';
import type { TransactionalAudit } from '../auth/audit.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { StoredRuleChanges } from '../engine/types.ts';
import type { HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import { AlertExplainer } from '../rulebook/alert-explainer.ts';
import { AlertRecords } from '../rulebook/alert-records.ts';
import type { AlertRecordsDeps } from '../rulebook/alert-records.ts';
import { RuleBook } from '../rulebook/rule-book.ts';
import { RuleTester } from '../rulebook/rule-tester.ts';
import type { RulePresence } from '../rulebook/rule-tester.ts';
import { RuleTransfer } from '../rulebook/rule-transfer.ts';
import type { Database } from '../storage/database.ts';

export interface RulebookOptions {
  db: Database;
  cache: Answers;
  alerts: AlertRecordsDeps['alerts'];
  audit: TransactionalAudit;
  clock: Clock;
  logger: Logger;
  /** The engine, which takes changes over. */
  changes: StoredRuleChanges;
  presence: RulePresence;
  /** Encrypts the values of headers. */
  secrets: HeaderSecrets;
  /** The first level or levels of the platform's own topics. */
  topicRoot: string;
  /** See `ActionSurroundings`. */
  neverReachable: (url: string) => string | undefined;
}

/** Everything that keeps stored rules and explains rules. */
export interface Rulebook {
  rules: RuleBook;
  ruleTransfer: RuleTransfer;
  ruleTester: RuleTester;
  alertRecords: AlertRecords;
  alertExplainer: AlertExplainer;
}

/** Makes the keeper of stored rules and what goes with it. */
export function createRulebook(options: RulebookOptions): Rulebook {
  const { db, cache, alerts, clock, presence } = options;
  const alertRecords = new AlertRecords({ db, cache, alerts });
  const rules = new RuleBook({ ...options, newId: newUuid });
  return {
    rules,
    ruleTransfer: new RuleTransfer({ db, clock, newId: newUuid, book: rules }),
    ruleTester: new RuleTester({ db, clock, presence, book: rules }),
    alertRecords,
    alertExplainer: new AlertExplainer({ records: alertRecords }),
  };
}
