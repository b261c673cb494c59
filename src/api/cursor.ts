import { z } from 'zod';
import type { Page } from '../contracts/common.ts';
import { AppError } from '../core/errors.ts';
import { findUnstorable } from './unstorable.ts';

/** How many items a list has when the caller does not say. */
const DEFAULT_LIMIT = 50;

/** How many items to answer. */
export function limitOf(query: { limit?: number | undefined }): number {
  return query.limit ?? DEFAULT_LIMIT;
}

/** The place in a list that a cursor names: the keys of the last item shown. Opaque to callers, checked when it comes back. */
export function readCursor<Schema extends z.ZodType>(cursor: string | undefined, schema: Schema): z.output<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const value = parsed(cursor);
  const result = schema.safeParse(value);
  if (result.success && findUnstorable(value).length === 0) return result.data;
  const message = '"cursor" is not one that this list gave; send `next_cursor` of the answer before, with the same filters, or none.';
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'cursor', message }] });
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    // Not even JSON: the schema refuses it with the same words as a cursor of another list.
    return undefined;
  }
}

/**
 * The page made of what a query for `limit + 1` rows found: the extra row only tells that there is more, so that the last page
 * never leads to an empty one.
 */
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  shape: { item: (row: Row) => Item; key: (row: Row) => unknown },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(shape.item), next_cursor: more ? nextCursor(shape.key(last)) : null };
}

/** A cursor that names this place in a list; `readCursor` reads it. */
export function nextCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Whole epoch microseconds as text, as keyset cursors carry them. */
export const cursorUs = z.string().regex(/^-?\d{1,18}$/);
