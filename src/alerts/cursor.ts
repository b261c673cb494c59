import { AppError } from '../core/errors.ts';

/** The place in the list of alerts after which the next page begins. */
export interface AlertCursor {
  knownAtUs: string;
  alertId: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for text that PostgreSQL would take as the id of an alert. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The cursor as clients carry it. */
export function encodeCursor(cursor: AlertCursor): string {
  return Buffer.from(`${cursor.knownAtUs},${cursor.alertId}`).toString('base64url');
}

/** Reads a client's cursor; INVALID_REQUEST when this API did not make it. */
export function decodeCursor(text: string): AlertCursor {
  const [knownAtUs = '', alertId = ''] = Buffer.from(text, 'base64url').toString('utf8').split(',');
  if (/^-?\d{1,18}$/.test(knownAtUs) && isUuid(alertId)) return { knownAtUs, alertId };
  const message = `"${text.slice(0, 100)}" is not a cursor of this list; use next_cursor of the page before, or leave it out.`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'cursor', message }] });
}
