import { appendFileSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Dispatcher } from '../../src/notify/dispatcher.ts';
import { NotificationOutbox } from '../../src/notify/outbox.ts';
import { PgBossJobQueue } from '../../src/storage/job-queue.ts';
import { openDatabase } from '../../src/storage/postgres.ts';

/**
 * Outbox and dispatcher in a process of their own, with a channel that writes the id of what it sends to a file. `dies`: the process kills itself
 * right after the channel has sent, before anything is recorded.
 */
const [url = '', file = '', mode = ''] = process.argv.slice(2);

const db = await openDatabase({ connection: { connectionString: url }, logger: silentLogger });
const jobs = new PgBossJobQueue({ db, logger: silentLogger });
await jobs.start();
const dispatcher = new Dispatcher({
  ...{ jobs, clock: systemClock, logger: silentLogger, random: () => 0 },
  channels: [
    {
      ...{ name: 'webhook', atOnce: 1, retryDelaysMs: [] },
      send: ({ id, attempt }) => {
        appendFileSync(file, `${id} ${String(attempt)}\n`);
        if (mode === 'dies') process.kill(process.pid, 'SIGKILL');
        return Promise.resolve({ delivered: true, reason: 'ok' });
      },
    },
  ],
});
dispatcher.start();
await new NotificationOutbox({ jobs, newId: newUuid }).queue([
  {
    ...{ tenantId: 'default', dedupKey: 'the only one', event: 'raised', channel: 'webhook', recipient: 'https://example.com/' },
    ...{ alertId: null, deviceId: null, ruleId: null, content: {} },
  },
]);
// Until the test ends it.
setInterval(() => undefined, 1_000);
