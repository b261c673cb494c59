import { MASKED, secrecyOf, withoutSecrets } from './secrets.ts';

/** What a change did, for the audit log: only what differs, with secrets masked. */
export interface AuditedChange {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/**
 * The fields that differ between two records of one thing, before and after; `undefined` and a missing field are the same. Made: no
 * `before`. Removed: no `after`. Fields whose names say that they hold a secret are masked at any depth, and so are secrets within texts, such
 * as the password in an address. Yes and no stay: nothing is hidden behind them.
 */
export function changesOf(before: object | undefined, after: object | undefined): AuditedChange {
  const old = entriesOf(before);
  const now = entriesOf(after);
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name)),
  );
  return { before: picked(old, changed), after: picked(now, changed) };
}

function entriesOf(record: object | undefined): Map<string, unknown> {
  return new Map(Object.entries(record ?? {}).filter(([, value]) => value !== undefined));
}

function picked(record: ReadonlyMap<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => record.has(name)).map((name) => [name, masked(name, record.get(name))]));
}

function masked(name: string, value: unknown): unknown {
  if (value === null || value === '' || typeof value === 'boolean') return value;
  const secrecy = secrecyOf(name);
  if (secrecy === 'certainly') return MASKED;
  if (Array.isArray(value)) return value.map((item: unknown) => masked(name, item));
  if (typeof value === 'object') return maskedEntries(value);
  if (secrecy === 'likely') return MASKED;
  return typeof value === 'string' ? withoutSecrets(value) : value;
}

/** A header or a parameter may be written as a pair: its name is the value of one field, its content that of another. */
function maskedEntries(record: object): Record<string, unknown> {
  const entries = Object.entries(record);
  const named = entries.some(([name, value]) => /^(?:key|name)$/i.test(name) && typeof value === 'string' && secrecyOf(value) !== 'none');
  return Object.fromEntries(
    entries.map(([name, value]) => [name, named && name === 'value' && typeof value === 'string' ? MASKED : masked(name, value)]),
  );
}
