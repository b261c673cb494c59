/** A schema of the document, as far as types can be made of it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  items?: JsonSchema | boolean;
  prefixItems?: readonly JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
}

const PREFIX = '#/components/schemas/';
const PLAIN: Readonly<Record<string, string>> = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null' };

/** The TypeScript type of a schema; named schemas are members of `Schemas`. What no type can say (patterns, bounds) is left out. */
export function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `Schemas['${schema.$ref.slice(PREFIX.length)}']`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return unionOf(members.map(typeOf));
  if (schema.allOf !== undefined) return allOf(schema.allOf, schema);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? 'unknown' : unionOf(types.map((type) => typeNamed(type, schema)));
}

/** Parts that only narrow a value (a second pattern) say nothing of its type. */
function allOf(parts: readonly JsonSchema[], { type }: JsonSchema): string {
  const own = type === undefined ? [] : [typeOf({ type })];
  const types = [...own, ...parts.map(typeOf)].filter((one) => one !== 'unknown');
  if (types.length < 2) return types[0] ?? 'unknown';
  return types.map((one) => `(${one})`).join(' & ');
}

function typeNamed(type: string, schema: JsonSchema): string {
  if (type === 'array') return listOf(schema);
  if (type === 'object') return objectOf(schema);
  const plain = PLAIN[type];
  if (plain === undefined) throw new Error(`The document has the type "${type}", for which scripts/openapi knows no TypeScript.`);
  return plain;
}

function listOf({ prefixItems, items }: JsonSchema): string {
  const rest = typeof items === 'object' ? `(${typeOf(items)})[]` : 'unknown[]';
  if (prefixItems === undefined) return rest;
  const first = prefixItems.map(typeOf).join(', ');
  return typeof items === 'object' ? `[${first}, ...${rest}]` : `[${first}]`;
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const type = typeOf(schema);
    return required.includes(name) ? `${JSON.stringify(name)}: ${type}` : `${JSON.stringify(name)}?: ${unionOf([type, 'undefined'])}`;
  });
  if (additionalProperties === undefined || additionalProperties === false) return `{ ${fields.join('; ')} }`;
  // Fields beside the named ones have the named ones' types too, as far as an index can say.
  const others = additionalProperties === true || fields.length > 0 ? 'unknown' : typeOf(additionalProperties);
  return `{ ${[...fields, `[name: string]: ${others}`].join('; ')} }`;
}

function unionOf(types: readonly string[]): string {
  return types.includes('unknown') ? 'unknown' : [...new Set(types)].join(' | ');
}
