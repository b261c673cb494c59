import { z } from 'zod';

/** The group of the routes in the documents. */
export const ALERTS_TAG = 'alerts';

/** An instant in a query, as epoch milliseconds. */
export const instantMs = z.iso
  .datetime({ offset: true, error: 'Send ISO 8601 with a zone, such as 2026-01-31T06:30:00Z (a + in an address is written %2B).' })
  .transform((text) => Date.parse(text));
