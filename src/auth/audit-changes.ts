/** What a change did, for the audit log: only what differs, with secrets masked. */
export interface AuditedChange {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

const SECRET = /password|secret|token|credential|authorization|_key$/i;
const MASKED = '***';

/**
 * The fields that differ between two records of one thing, before and after; `undefined` and a missing field are the same. Made: no
 * `before`. Removed: no `after`. Fields whose names say that they hold a secret are masked at any depth.
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
  if (SECRET.test(name)) return value === null || value === '' ? value : MASKED;
  if (Array.isArray(value)) return value.map((item: unknown) => masked('', item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, content]) => [inner, masked(inner, content)]));
}
