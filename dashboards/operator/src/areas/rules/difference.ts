import type { RuleInput, RuleView } from '../../../../../src/contracts/stored-rules.ts';
import { USUAL_LATENESS_SECONDS, USUAL_PRIORITY } from './terms.ts';

/** One field that two wordings of a rule have otherwise; what one of them does not have is undefined there. */
export interface Difference {
  /** As in the request: `conditions.value`, `actions.0.url`. */
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** What says the same as leaving a field out. */
const DEFAULTS: Readonly<Record<string, string>> = {
  cooldown_seconds: '0',
  min_quality: '0',
  lateness_seconds: String(USUAL_LATENESS_SECONDS),
  'conditions.duration_seconds': '0',
};
/** Fields are told in this order; those of conditions and actions in that of the rule. */
const ORDER = ['name', 'rule_type', 'severity', 'scope', 'conditions', 'message', 'actions', 'active'];

/** What differs between two wordings of a rule, field by field. */
export function differencesOf(before: object, after: object): Difference[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)];
  const paths = [...new Set([...old.keys(), ...fresh.keys()])];
  return paths
    .filter((path) => old.get(path) !== fresh.get(path))
    .map((path) => ({ path, before: old.get(path), after: fresh.get(path) }))
    .sort((one, other) => rankOf(one.path) - rankOf(other.path));
}

/** A rule as its versions have it. */
export function wordingOf(rule: RuleView | RuleInput): object {
  const { name, rule_type, severity, scope, conditions, message, actions, active } = rule;
  const { cooldown_seconds, min_quality, lateness_seconds, priority } = rule;
  return {
    ...{ name, rule_type, severity, scope, conditions, message, actions, active },
    ...{ cooldown_seconds, min_quality, lateness_seconds, priority: priority ?? USUAL_PRIORITY },
  };
}

/** The path without the numbers of places in lists, for its label; and the first of those numbers, from 1 on. */
export function placeOf(path: string): { label: string; number: number | undefined } {
  const [, digits] = /\.(\d+)(?:\.|$)/.exec(path) ?? [];
  return { label: path.replaceAll(/\.\d+(?=\.|$)/g, ''), number: digits === undefined ? undefined : Number(digits) + 1 };
}

function fieldsOf(value: object): Map<string, string> {
  const fields = new Map<string, string>();
  collect(fields, '', value);
  return fields;
}

function collect(fields: Map<string, string>, path: string, value: unknown): void {
  if (value === undefined || value === null || value === '') return;
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) {
    if (value.length > 0) fields.set(path, value.map(String).join(', '));
  } else if (typeof value === 'object') {
    for (const [name, each] of Object.entries(value)) collect(fields, path === '' ? name : `${path}.${name}`, each);
  } else {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (DEFAULTS[path] !== text) fields.set(path, text);
  }
}

function rankOf(path: string): number {
  const place = ORDER.indexOf(path.split('.')[0] ?? '');
  return place === -1 ? ORDER.length : place;
}
