import { z } from 'zod';
import type { Route } from '../../src/api/route.ts';

/** JSON Schema as far as the schemas of our routes use it. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  definitions?: Record<string, JsonSchema>;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minItems?: number;
}

/** An id that nothing has. */
export const NO_ID = '00000000-0000-4000-8000-000000000000';

/** What may stand in a part of a request. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
}

/** A value that the schema takes, with required fields alone; refinements that JSON Schema cannot tell may still refuse it. */
export function sampleOf(schema: JsonSchema, root: JsonSchema = schema): unknown {
  const { examples, enum: words, anyOf, oneOf, allOf } = schema;
  if (schema.$ref !== undefined) return sampleOf(resolved(schema, root), root);
  if (schema.const !== undefined) return schema.const;
  if (examples?.[0] !== undefined) return examples[0];
  if (words !== undefined) return words[0];
  const [first] = anyOf ?? oneOf ?? allOf ?? [];
  if (first !== undefined) return sampleOf(first, root);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'string':
      return textSample(schema);
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}, root));
    case 'object': {
      const required = schema.required ?? [];
      return Object.fromEntries(required.map((name) => [name, sampleOf(schema.properties?.[name] ?? {}, root)]));
    }
    default:
      return 'sample';
  }
}

/** The schema that a reference leads to. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  if (name === undefined) return schema;
  if (schema.$ref === '#') return root;
  return root.$defs?.[name] ?? root.definitions?.[name] ?? {};
}

const TEXTS = ['sample', 'Sample 1', 'a1', '1', '1m', '5', '60', '2026-01-01', 'true', 'UTC', NO_ID, 'a@example.com'];

function textSample({ format, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: JsonSchema): string {
  switch (format) {
    case 'uuid':
      return NO_ID;
    case 'date-time':
      return '2026-01-01T00:00:00Z';
    case 'email':
      return 'sample@example.com';
    case 'uri':
      return 'https://example.com/';
    default:
      break;
  }
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const fits = TEXTS.find((text) => (expression === undefined || expression.test(text)) && text.length <= maxLength) ?? 'sample';
  return fits.padEnd(minLength, fits.at(-1));
}

/** What is to be sent in the body so that a route takes it, where the schema does not tell. By method and path. */
const BODIES: Record<string, unknown> = {
  'post /telemetry': { device_id: 'pump-of-nobody', data: { temperature: 1 } },
  'post /devices/import': 'device_id,name\nimported-1,Imported\n',
  'post /rules': ruleSample(),
  'put /rules/{id}': ruleSample(),
};

function ruleSample(): object {
  return { name: 'Sample', rule_type: 'threshold', severity: 'info', conditions: { key: 'temperature', operator: '>', value: 1 } };
}

/** A body that a route probably takes; undefined when it reads none. */
export function bodySample(route: Route): unknown {
  if (route.body === undefined) return undefined;
  const given = BODIES[nameOf(route)];
  return given ?? sampleOf(jsonSchemaOf(route.body));
}

/** The path of a route with its parameters filled in: from `values`, otherwise with ids of nothing. */
export function pathOf(route: Route, values: Readonly<Record<string, string>> = {}): string {
  const shape = route.params === undefined ? {} : (jsonSchemaOf(route.params).properties ?? {});
  return route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(values[name] ?? (name === 'device_id' ? 'device-of-nobody' : String(sampleOf(shape[name] ?? { type: 'string' })))),
  );
}

/** What is to be sent in the query, where the schema does not tell. By method and path. */
const QUERIES: Record<string, Record<string, unknown>> = {
  'get /analytics/correlation/{device_id}': { keys: 'temperature,vibration' },
};

/** The parameters of the query that a route demands. */
export function querySample(route: Route): string {
  if (route.query === undefined) return '';
  const sample = QUERIES[nameOf(route)] ?? (sampleOf(jsonSchemaOf(route.query)) as Record<string, unknown>);
  const text = new URLSearchParams(Object.entries(sample).map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

/** The content type of a route's body. */
export function bodyHeaders(route: Route): Record<string, string> {
  return route.bodyMode === 'csv' ? { 'content-type': 'text/csv' } : {};
}

/** `get /devices/{device_id}`. */
export function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}
