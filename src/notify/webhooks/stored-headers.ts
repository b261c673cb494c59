import type { Logger } from '../../core/logger.ts';
import type { Database } from '../../storage/database.ts';
import {
  notificationsWithUnsealedHeaders,
  rewriteActionsOfVersion,
  rewriteNotification,
  versionsWithUnsealedHeaders,
} from '../../storage/repositories/stored-headers.ts';
import { sealedContent } from './header-secrets.ts';
import type { HeaderSecrets } from './header-secrets.ts';

const AT_ONCE = 500;

/**
 * Encrypts the values of headers that an older version stored as they were entered: in versions of rules, and in notifications that may still be sent. Called
 * at each start, before anything is delivered; without such rows it is two quick questions.
 */
export async function sealStoredHeaders(options: {
  db: Pick<Database, 'transaction'>;
  secrets: HeaderSecrets;
  logger: Logger;
}): Promise<void> {
  const { db, secrets, logger } = options;
  const versions = await db.transaction(async (tx) => {
    const found = await versionsWithUnsealedHeaders(tx);
    for (const version of found) {
      const actions = version.actions.map((action) => sealedContent(secrets, version.tenantId, { action }).action);
      await rewriteActionsOfVersion(tx, { ...version, actions });
    }
    return found.length;
  });
  let notifications = 0;
  for (let sealed = AT_ONCE; sealed === AT_ONCE; notifications += sealed) {
    sealed = await db.transaction(async (tx) => {
      const found = await notificationsWithUnsealedHeaders(tx, AT_ONCE);
      for (const each of found) await rewriteNotification(tx, { ...each, content: sealedContent(secrets, each.tenantId, each.content) });
      return found.length;
    });
  }
  if (versions + notifications === 0) return;
  logger.info(
    { part: 'notify', versions, notifications },
    'Encrypted the values of headers that an older version had stored in plain text.',
  );
}
