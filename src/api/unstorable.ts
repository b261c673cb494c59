import { LIMITS } from '../contracts/limits.ts';
import type { FieldError } from '../core/errors.ts';

/** Names that mean something to JavaScript itself: a copy of an object that has one may not be what was sent. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const MOST_FAULTS = 50;

interface Search {
  found: FieldError[];
  /** Values seen so far. */
  values: number;
}

/**
 * What of a part of a request no schema should ever see: text that cannot be stored, numbers beyond a double, reserved names, and more or
 * deeper JSON than any request needs. Each with its field and what to do; at most fifty, and nothing is looked at behind what is too much.
 */
export function findUnstorable(value: unknown): readonly FieldError[] {
  const search: Search = { found: [], values: 0 };
  look(value, [], search);
  return search.found;
}

/** How a place in a request is written: `conditions.value`, or `body` for the whole. */
export function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : path.map(String).join('.');
}

function look(value: unknown, path: readonly (string | number)[], search: Search): void {
  search.values += 1;
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== undefined) tell(search, path, `"${nameOf(path)}" ${problem}`);
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) tell(search, path, `"${nameOf(path)}" is beyond what a double can hold; send a finite number.`);
  } else if (typeof value === 'object' && value !== null && !isTooMuch(value, path, search)) {
    for (const [name, inner] of Object.entries(value)) {
      if (search.found.length >= MOST_FAULTS || search.values > LIMITS.jsonValues) return;
      if (isNameGood(name, path, search)) look(inner, [...path, name], search);
    }
  }
}

function isTooMuch(value: object, path: readonly (string | number)[], search: Search): boolean {
  if (path.length >= LIMITS.jsonDepth) {
    tell(search, path, `The body nests deeper than ${String(LIMITS.jsonDepth)} levels; send flatter JSON.`);
    return true;
  }
  const entries = Array.isArray(value) ? value.length : 0;
  if (entries > LIMITS.jsonListEntries) {
    const message = `"${nameOf(path)}" has ${String(entries)} entries; a list may have at most ${String(LIMITS.jsonListEntries)}. Send it in parts.`;
    tell(search, path, message);
    return true;
  }
  if (search.values + Object.keys(value).length <= LIMITS.jsonValues) return false;
  search.values = LIMITS.jsonValues + 1;
  tell(search, [], `The body has more than ${String(LIMITS.jsonValues)} values in all; send it in parts.`);
  return true;
}

function isNameGood(name: string, path: readonly (string | number)[], search: Search): boolean {
  const problem = textProblem(name);
  if (problem !== undefined) tell(search, path, `A name inside "${nameOf(path)}" ${problem}`);
  else if (RESERVED_NAMES.has(name)) {
    const field = [...path, name];
    tell(search, field, `"${nameOf(field)}" has a reserved name (${[...RESERVED_NAMES].join(', ')}); choose another or remove it.`);
  } else return true;
  return false;
}

function tell(search: Search, path: readonly (string | number)[], message: string): void {
  search.found.push({ field: nameOf(path), message });
}

function textProblem(text: string): string | undefined {
  if (text.includes('\u0000')) return 'has a NUL character, which cannot be stored; remove it.';
  if (!text.isWellFormed()) return 'has half of a surrogate pair, which is no character; send valid Unicode.';
  return undefined;
}
