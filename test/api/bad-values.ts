import type { Route } from '../../src/api/route.ts';
import { jsonSchemaOf, resolved, sampleOf } from './route-samples.ts';
import type { JsonSchema } from './route-samples.ts';

/** Where a field is: names, and 0 for the first entry of a list. */
export type FieldPath = readonly (string | number)[];

/** A field of a body, with a body around it that is good as far as its schema tells. */
export interface BodyField {
  path: FieldPath;
  schema: JsonSchema;
  base: unknown;
  /** Of the whole body, and where its references lead. */
  whole: JsonSchema;
  root: JsonSchema;
}

/** What is put into a field: a value, or JSON as it is written, which no value of ours can say. */
export interface BadValue {
  name: string;
  value: unknown;
  raw?: string;
}

export const SQL = `'; drop table users; --`;
export const TEMPLATE = '{{7919*7907}}${7919*7907}<script>alert(1)</script>';
/** What a template engine would make of it; no name that chance makes has it. */
export const TEMPLATE_WORKED_OUT = '62615533';
const DEEP = `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`;
const MOST_DEPTH = 4;
const DEEP_FIELD = 3;

/** Text that may be refused or stored, and is nothing but text. */
export const BAD_TEXTS: readonly BadValue[] = [
  { name: 'a word of the language', value: '__proto__' },
  { name: 'NUL', value: 'a\u0000b' },
  { name: 'half a surrogate pair', value: 'a\ud800b' },
  { name: 'SQL', value: SQL },
  { name: 'a template', value: TEMPLATE },
  { name: '10,000 characters', value: 'x'.repeat(10_000) },
];
const HUGE: BadValue = { name: 'a huge number', value: 1e308 };
const BEYOND: BadValue = { name: 'a number beyond a double', value: '', raw: '1e400' };
const LEVELS: BadValue = { name: '50 levels', value: '', raw: DEEP };
const PROTOTYPE: BadValue = { name: 'a field __proto__', value: '', raw: '{"__proto__":{"polluted":true}}' };
const UNKNOWN: BadValue = { name: 'an unknown field', value: { nobody_knows_this: 1 } };

/** Deep inside a body it is a matter of the schemas alone, and of them these tell as much. */
const TELLING: ReadonlySet<string> = new Set(['a\u0000b', TEMPLATE]);

/** What to put into a field of this schema; fewer where it is deep. */
export function badValuesFor(schema: JsonSchema, depth: number): readonly BadValue[] {
  const all = allFor(schema);
  return depth < DEEP_FIELD
    ? all
    : all.filter((bad) => bad === BEYOND || bad === PROTOTYPE || bad === UNKNOWN || TELLING.has(String(bad.value)));
}

function allFor(schema: JsonSchema): readonly BadValue[] {
  const types = typesOf(schema);
  const bad: BadValue[] = [];
  if (types.has('string')) bad.push(...BAD_TEXTS, BEYOND, LEVELS);
  if (types.has('number') || types.has('integer')) bad.push(HUGE, BEYOND, { name: 'SQL for a number', value: SQL });
  if (types.has('boolean')) bad.push({ name: 'a word for a boolean', value: 'yes' });
  if (types.has('array')) bad.push({ name: 'an object for a list', value: {} }, LEVELS);
  if (types.has('object')) bad.push(LEVELS, PROTOTYPE, UNKNOWN, { name: 'a list for an object', value: [] });
  return bad.length > 0 ? bad : [...BAD_TEXTS.slice(0, 4), BEYOND, LEVELS, PROTOTYPE];
}

function typesOf(schema: JsonSchema): Set<string> {
  const own = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  return new Set([...own, ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((inner) => [...typesOf(inner)])]);
}

/** Every field of a route's JSON body, some levels deep; of a union at the top the fields of each of its members. */
export function bodyFieldsOf(route: Route, given: unknown): BodyField[] {
  if (route.body === undefined || route.bodyMode === 'csv') return [];
  const root = jsonSchemaOf(route.body);
  const members = root.oneOf ?? root.anyOf ?? [root];
  return members.flatMap((member) => {
    const schema = resolved(member, root);
    const base = members.length === 1 ? given : sampleOf(schema, root);
    return [
      { path: [], schema, base, whole: schema, root },
      ...fieldsIn(schema, root, []).map((field) => ({ ...field, base, whole: schema, root })),
    ];
  });
}

function fieldsIn(schema: JsonSchema, root: JsonSchema, path: FieldPath): { path: FieldPath; schema: JsonSchema }[] {
  if (path.length >= MOST_DEPTH) return [];
  const shape = objectOf(schema, root);
  const inner = Object.entries(shape?.properties ?? {}).map(([name, of]) => ({ path: [...path, name], schema: resolved(of, root) }));
  if (shape?.items !== undefined) inner.push({ path: [...path, 0], schema: resolved(shape.items, root) });
  return inner.flatMap((field) => [field, ...fieldsIn(field.schema, root, field.path)]);
}

/** The schema itself, or the first member of its union that has something inside. */
function objectOf(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
    .map((one) => resolved(one, root))
    .find(({ properties, items }) => properties !== undefined || items !== undefined);
}

/** The body with the bad value in its field, as JSON text. */
export function bodyWith({ path, schema, base, whole, root }: BodyField, bad: BadValue): string {
  const marker = '@@raw@@';
  const isUnknown = bad === UNKNOWN;
  const known = isUnknown ? { ...(asRecord(valueAt(base, path)) ?? asRecord(sampleOf(schema, root))), ...asRecord(bad.value) } : bad.value;
  const body = replaced(base, path, bad.raw === undefined ? known : marker, { schema: whole, root });
  return JSON.stringify(body).replaceAll(`"${marker}"`, () => bad.raw ?? '');
}

function replaced(base: unknown, path: FieldPath, value: unknown, of: { schema: JsonSchema; root: JsonSchema }): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const shape = objectOf(of.schema, of.root) ?? {};
  const inner = resolved((typeof step === 'number' ? shape.items : shape.properties?.[step]) ?? {}, of.root);
  if (typeof step === 'number')
    return [replaced(Array.isArray(base) ? base[0] : sampleOf(inner, of.root), rest, value, { ...of, schema: inner })];
  const record = asRecord(base) ?? asRecord(sampleOf(of.schema, of.root)) ?? {};
  const before = Object.hasOwn(record, step) ? record[step] : sampleOf(inner, of.root);
  return { ...record, [step]: replaced(before, rest, value, { ...of, schema: inner }) };
}

/** What stands in a field; undefined when nothing does. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  );
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
