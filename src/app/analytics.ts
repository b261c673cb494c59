import { Analytics } from '../analytics/analytics-service.ts';
import type { Database } from '../storage/database.ts';

/** What can be learnt from stored readings, for the API and for nodes. */
export function createAnalytics({ db }: { db: Database }): Analytics {
  return new Analytics(db);
}
