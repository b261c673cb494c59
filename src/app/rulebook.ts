import type { TransactionalAudit } from '../auth/audit.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { StoredRuleChanges } from '../engine/types.ts';
import type { HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import { AlertExplainer } from '../rulebook/alert-explainer.ts';
import { RuleBook } from '../rulebook/rule-book.ts';
import { RuleTester } from '../rulebook/rule-tester.ts';
import type { RulePresence } from '../rulebook/rule-tester.ts';
import { RuleTransfer } from '../rulebook/rule-transfer.ts';
import type { Database } from '../storage/database.ts';

export interface RulebookOptions {
  db: Database;
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
  alertExplainer: AlertExplainer;
}

/** Makes the keeper of stored rules and what goes with it. */
export function createRulebook(options: RulebookOptions): Rulebook {
  const { db, clock, presence } = options;
  const rules = new RuleBook({ ...options, newId: newUuid });
  return {
    rules,
    ruleTransfer: new RuleTransfer({ db, clock, newId: newUuid, book: rules }),
    ruleTester: new RuleTester({ db, clock, presence, book: rules }),
    alertExplainer: new AlertExplainer({ db }),
  };
}
