import type { AuthoredRule } from '../../../../src/contracts/rules.ts';

/** What the form says now: the rule, or the first thing that is wrong with it in the form's own words. */
export type FormRule = { ok: true; rule: AuthoredRule; unit: string } | { ok: false; problem: string };

/** What the panel asks of the form in which it stands. */
export interface RuleForm {
  /** A text of the panel in the editor's language; `key` without the node's name. */
  text: (key: string, values?: Record<string, string>) => string;
  rule(): FormRule;
  /** The rule as it is deployed; undefined when this node never was, or with fields that no longer make a rule. */
  deployed(): AuthoredRule | undefined;
  /** Calls back whenever a field of the rule changes. */
  onChange(listener: () => void): void;
}

/** The one thing that the shared script of the panel offers to the forms. */
export interface HistoryScript {
  openPanel(place: HTMLElement, form: RuleForm): void;
}
