import type { AlertExplanation } from '../contracts/explanations.ts';
import { explainAlert } from '../rules/explain/alert-explanation.ts';
import { wordsFor } from '../rules/explain/words/words.ts';
import type { Listener } from '../rules/explain/words/words.ts';
import type { Aged, AlertRecords } from './alert-records.ts';

/** Tells why alerts were raised, from what was recorded. */
export class AlertExplainer {
  private readonly records: AlertRecords;

  constructor({ records }: { records: AlertRecords }) {
    this.records = records;
  }

  /** Why there is this alert, in the words of `listener`, and how old the older part of it is; NOT_FOUND. */
  async explain(tenantId: string, alertId: string, listener: Listener): Promise<Aged<AlertExplanation>> {
    const told = await this.records.told(tenantId, alertId);
    const evidence = await this.records.evidence(tenantId, told.content);
    const { raised, definition, rule, late } = evidence.content;
    const record = { ...told.content, raised: raised ?? undefined, definition: definition ?? undefined, rule: rule ?? undefined, late };
    return { content: explainAlert(record, wordsFor(listener)), ageMs: Math.max(told.ageMs, evidence.ageMs) };
  }
}
