/** One field of a change, as text; undefined where the field was not there. */
export interface FieldChange {
  field: string;
  before: string | undefined;
  after: string | undefined;
}

/** What a line of the audit log says beside who and what: the fields that changed, and everything else. */
export interface ShownDetails {
  changes: FieldChange[];
  rest: { name: string; text: string }[];
}

/** The details of a line for people: `before` and `after` field by field, the rest as it is. */
export function shownDetails({ before, after, ...rest }: Readonly<Record<string, unknown>>): ShownDetails {
  const old = fieldsOf(before);
  const now = fieldsOf(after);
  const fields = [...new Set([...old.keys(), ...now.keys()])];
  return {
    changes: fields.map((field) => ({ field, before: old.get(field), after: now.get(field) })),
    rest: Object.entries(rest).map(([name, value]) => ({ name, text: textOfValue(value) })),
  };
}

/** A value as a person reads it: texts as they are, a list of texts with commas, anything else as JSON. */
export function textOfValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return JSON.stringify(value, null, 1) ?? '';
}

function fieldsOf(record: unknown): Map<string, string> {
  if (typeof record !== 'object' || record === null) return new Map();
  return new Map(Object.entries(record).map(([name, value]) => [name, textOfValue(value)]));
}
