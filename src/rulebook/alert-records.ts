import type { Answers, Question } from '../contracts/cache.ts';
import type { ToldAlert } from '../alerts/types.ts';
import { rowOf } from '../contracts/cache.ts';
import type { AuthoredRule, RuleTransition } from '../contracts/rules.ts';
import type { Database } from '../storage/database.ts';
import { raisingTransition, runningStateOf } from '../storage/repositories/rule-evidence.ts';
import { findRule, findVersion } from '../storage/repositories/rulebook.ts';
import { masked } from './header-values.ts';

/** What is on record of the rule of an alert. */
export interface AlertEvidence {
  /** The decision that opened the alert; null when it was not recorded. */
  raised: RuleTransition | null;
  /** The version that raised it, values of headers masked; null when it is not stored. */
  definition: AuthoredRule | null;
  /** The rule as it is now; null when it is gone without a trace. */
  rule: { origin: 'stored' | 'flow'; version: number; enabled: boolean; removedAt: string | null } | null;
  /** Readings that came too late to be judged, for this rule and device, since it began. */
  late: { count: number; lastAt: string | null };
}

/** Something that was read, and how long ago. */
export interface Aged<Content> {
  content: Content;
  ageMs: number;
}

/** What the records of alerts are read with. */
export interface AlertRecordsDeps {
  db: Pick<Database, 'asTenant'>;
  cache: Answers;
  alerts: { told(tenantId: string, alertId: string): Promise<ToldAlert> };
}

const EVIDENCE_READS = ['rules', 'rule_versions', 'rule_states', 'rule_transitions'] as const;

/**
 * What is on record of one alert, kept in two parts: what happened to it, which ends with every step of its life, and what its rule was and is, which an
 * acknowledgement does not change.
 */
export class AlertRecords {
  private readonly deps: AlertRecordsDeps;

  constructor(deps: AlertRecordsDeps) {
    this.deps = deps;
  }

  /** The alert with its history; NOT_FOUND. */
  told(tenantId: string, alertId: string): Promise<Aged<ToldAlert>> {
    const reads = [rowOf('alerts', alertId), rowOf('alert_history', alertId)];
    return this.kept({ tenantId, key: ['alert', alertId.toLowerCase()], reads }, () => this.deps.alerts.told(tenantId, alertId));
  }

  /** What its rule was when the alert was raised, and is now. */
  evidence(tenantId: string, { alert, history }: ToldAlert): Promise<Aged<AlertEvidence>> {
    const { id, rule_id: ruleId, rule_version: version, device_id: deviceId } = alert;
    const key = ['evidence', id, String(version), alert.raised_at];
    return this.kept({ tenantId, key, reads: EVIDENCE_READS }, () =>
      this.deps.db.asTenant(tenantId, async (tx) => {
        const rule = await findRule(tx, tenantId, ruleId);
        const stored = await findVersion(tx, { tenantId, ruleId, version });
        const state = await runningStateOf(tx, { tenantId, ruleId, deviceId });
        // The history keeps the decision for good; of alerts that were opened before it did, the record of the rule has it.
        const found = raisedIn(history) ?? (await raisingTransition(tx, { tenantId, ruleId, deviceId, raisedAt: alert.raised_at }));
        return {
          raised: found ?? null,
          // What the platform itself wrote as the definition of a rule.
          definition: stored === undefined ? null : masked(stored.definition as unknown as AuthoredRule),
          rule:
            rule === undefined ? null : { origin: rule.origin, version: rule.version, enabled: rule.enabled, removedAt: rule.removed_at },
          late: { count: state?.lateCount ?? 0, lastAt: state?.lateLast ?? null },
        };
      }),
    );
  }

  private async kept<Content>(
    { key, ...question }: { tenantId: string; key: readonly string[]; reads: Question['reads'] },
    read: () => Promise<Content>,
  ): Promise<Aged<Content>> {
    const asked = { ...question, region: 'alerts', key: JSON.stringify(key) } as const;
    const { text, ageMs } = await this.deps.cache.answer(asked, async () => JSON.stringify(await read()));
    // What this process, or another of the same version, wrote.
    return { content: JSON.parse(text) as Content, ageMs };
  }
}

function raisedIn(history: ToldAlert['history']): RuleTransition | undefined {
  const body = history.find(({ change }) => change === 'raised')?.body;
  return body === null || body === undefined ? undefined : (body as RuleTransition);
}
