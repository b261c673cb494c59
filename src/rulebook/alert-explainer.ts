import type { Alert } from '../contracts/alerts.ts';
import type { AlertExplanation } from '../contracts/explanations.ts';
import type { AuthoredRule, RuleTransition } from '../contracts/rules.ts';
import { AppError } from '../core/errors.ts';
import { explainAlert } from '../rules/explain/alert-explanation.ts';
import type { AlertRecord } from '../rules/explain/alert-explanation.ts';
import { wordsFor } from '../rules/explain/words/words.ts';
import type { Listener } from '../rules/explain/words/words.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { findAlert, listHistory } from '../storage/repositories/alerts.ts';
import type { AlertHistoryEntry } from '../storage/repositories/alerts.ts';
import { raisingTransition, runningStateOf } from '../storage/repositories/rule-evidence.ts';
import { findRule, findVersion } from '../storage/repositories/rulebook.ts';
import { masked } from './header-values.ts';

/** Tells why alerts were raised, from what was recorded. */
export class AlertExplainer {
  private readonly db: Database;

  constructor({ db }: { db: Database }) {
    this.db = db;
  }

  /** Why there is this alert, in the words of `listener`; NOT_FOUND. */
  explain(tenantId: string, alertId: string, listener: Listener): Promise<AlertExplanation> {
    return this.db.asTenant(tenantId, async (tx) => {
      const alert = await findAlert(tx, tenantId, alertId);
      if (alert === undefined) throw new AppError('NOT_FOUND', `There is no alert ${alertId}; GET /api/v1/alerts lists those that exist.`);
      const history = await listHistory(tx, tenantId, alertId);
      const { rule_id: ruleId, device_id: deviceId } = alert;
      const rule = await findRule(tx, tenantId, ruleId);
      const version = await findVersion(tx, { tenantId, ruleId, version: alert.rule_version });
      const state = await runningStateOf(tx, { tenantId, ruleId, deviceId });
      const record: AlertRecord = {
        alert,
        history,
        raised: await raisedBy(tx, tenantId, alert, history),
        // What the platform itself wrote as the definition of a rule.
        definition: version === undefined ? undefined : masked(version.definition as unknown as AuthoredRule),
        rule:
          rule === undefined
            ? undefined
            : { origin: rule.origin, version: rule.version, enabled: rule.enabled, removedAt: rule.removed_at },
        late: { count: state?.lateCount ?? 0, lastAt: state?.lateLast ?? null },
      };
      return explainAlert(record, wordsFor(listener));
    });
  }
}

/** From the history of the alert, which keeps it for good; or from the record of the rule. */
async function raisedBy(
  tx: Queryable,
  tenantId: string,
  alert: Alert,
  history: readonly AlertHistoryEntry[],
): Promise<RuleTransition | undefined> {
  const body = history.find(({ change }) => change === 'raised')?.body;
  if (body !== null && body !== undefined) return body as RuleTransition;
  return raisingTransition(tx, { tenantId, ruleId: alert.rule_id, deviceId: alert.device_id, raisedAt: alert.raised_at });
}
