import { z } from 'zod';
import { runningStateSchema } from '../../../contracts/stored-rules.ts';
import { AppError } from '../../../core/errors.ts';
import { actorOf } from '../../../core/principal.ts';
import type { Author, EditOptions } from '../../../rulebook/rule-book.ts';
import type { Caller } from '../../route.ts';
import { uuidParam } from '../shared.ts';

/** The group of the routes in the documents. */
export const RULES_TAG = 'rules';

/** A rule in the address. */
export const ruleParams = z.object({ id: uuidParam });

/** A version number as text. */
export const versionText = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'A version is a whole number from 1 on.')
  .transform(Number);

/** Which version the caller has read, for changes that must not overwrite somebody else's. */
export const versionQuery = z.strictObject({
  version: versionText.optional().meta({ description: 'The version that you have read; the header `If-Match: "3"` says the same' }),
});

/** The same, and what becomes of running state. */
export const editQuery = versionQuery.extend({ running_state: runningStateSchema.optional() });

interface Request {
  caller: Caller;
  address: string;
  header(name: string): string | undefined;
}

/** Who changes a rule, and from where. */
export function authorOf({ caller: { principal }, address }: Request): Author {
  return { tenantId: principal.tenantId, actor: actorOf(principal), address };
}

/** Which version the caller has read, by query or header; undefined: whichever is there. INVALID_REQUEST for a header that names none. */
export function expectedVersion(request: Request & { query: { version?: number | undefined } }): number | undefined {
  const { version } = request.query;
  const header = request.header('If-Match')?.trim();
  if (header === undefined || header === '' || header === '*') return version;
  const [, digits] = /^"?([1-9]\d{0,8})"?$/.exec(header) ?? [];
  if (digits === undefined) {
    throw invalidVersion(
      'If-Match',
      `"If-Match" is ${JSON.stringify(header.slice(0, 80))}; send the version that you have read, such as "3" in quotes.`,
    );
  }
  const named = Number(digits);
  if (version !== undefined && version !== named) {
    throw invalidVersion(
      'version',
      `"version" is ${String(version)} and "If-Match" is ${String(named)}; send the same version in both, or one of them.`,
    );
  }
  return named;
}

/** How an edit is meant. */
export function editOptions(request: Request & { query: z.output<typeof editQuery> }): EditOptions {
  return { expected: expectedVersion(request), runningState: request.query.running_state };
}

function invalidVersion(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
