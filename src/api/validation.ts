import type { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import { findUnstorable, nameOf } from './unstorable.ts';

/** Where a value came from; `body` is left out of the names of fields. */
export type Place = 'path' | 'query' | 'body';

const SECRET = /password|token|secret|key$/i;

/**
 * Checks a part of a request against its schema. Fails with INVALID_REQUEST that names every field at fault, its value, the rule
 * it breaks and what to do. What no column can hold and what is too much of it (NUL, broken surrogates, endless nesting) is refused before.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, place: Place): z.output<Schema> {
  const unstorable = findUnstorable(value);
  if (unstorable.length > 0) throw invalidRequest(unstorable, place);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(
    result.error.issues.flatMap((issue) => explain(issue, value, place)),
    place,
  );
}

function invalidRequest(errors: readonly FieldError[], place: Place): AppError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
  const where = place === 'body' ? '' : place === 'path' ? 'In the address: ' : 'In the query: ';
  return new AppError('INVALID_REQUEST', `${where}${first?.message ?? 'The request is not valid.'}${more}`, {
    errors: errors.slice(0, 50),
  });
}

/** Sentences for one issue: which field, which value, which rule, what to do. */
function explain(issue: z.core.$ZodIssue, root: unknown, place: Place): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const field = nameOf([...issue.path, key]);
      return { field, message: `"${field}" is not known here; remove it or correct its name.` };
    });
  }
  const field = nameOf(issue.path);
  const value = valueAt(root, issue.path);
  if (place === 'query' && Array.isArray(value)) return [{ field, message: `"${field}" is given several times; send it once.` }];
  return [{ field, message: `"${field}" ${sentence(issue, value, SECRET.test(field))}` }];
}

function sentence(issue: z.core.$ZodIssue, value: unknown, secret: boolean): string {
  const shownValue = secret && value !== undefined ? 'not accepted' : shown(value);
  switch (issue.code) {
    case 'invalid_type':
      return `is ${shownValue}; send ${withArticle(issue.expected)}.`;
    case 'invalid_union':
      return `is ${shownValue}; send ${alternatives(issue)}.`;
    case 'invalid_value':
      return `is ${shownValue}; send one of ${issue.values.map((allowed) => JSON.stringify(allowed)).join(', ')}.`;
    case 'too_small':
      if (hasOwnWords(issue.message)) return `is ${shownValue}. ${issue.message}`;
      return `is ${shownValue}; it must ${boundOf(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}.`;
    case 'too_big':
      if (hasOwnWords(issue.message)) return `is ${shownValue}. ${issue.message}`;
      return `is ${shownValue}; it may ${boundOf(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}.`;
    default:
      return hasOwnWords(issue.message) ? `is ${shownValue}. ${issue.message}` : `is ${shownValue}, which is not valid: ${issue.message}.`;
  }
}

/** What a union takes: the words of its discriminator, or the types of its members. */
function alternatives(issue: z.core.$ZodIssueInvalidUnion): string {
  const { options } = issue as { options?: readonly unknown[] };
  if (options !== undefined) return `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`;
  const types = issue.errors.flat().flatMap((inner) => (inner.code === 'invalid_type' ? [withArticle(inner.expected)] : []));
  return types.length === 0 ? 'a value as the documentation of the field says' : [...new Set(types)].join(' or ');
}

function withArticle(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** Messages written for this project are whole sentences; the library's own are not. */
function hasOwnWords(message: string): boolean {
  return message.endsWith('.');
}

/** A text has characters, a list has entries, a number is. */
function boundOf(origin: string, how: string, limit: number | bigint): string {
  const isOne = Number(limit) === 1;
  if (origin === 'string') return `have ${how} ${String(limit)} ${isOne ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') return `have ${how} ${String(limit)} ${isOne ? 'entry' : 'entries'}`;
  return `be ${how} ${String(limit)}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}
