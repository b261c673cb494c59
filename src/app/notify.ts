import type { MqttBroker } from '../broker/broker.ts';
import type { Config } from '../config/config.ts';
import type { Topics } from '../contracts/topics.ts';
import type { PlatformWarning } from '../contracts/warnings.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { FlowEntries } from '../notify/channels/flow/flow-entries.ts';
import { Dispatcher } from '../notify/dispatcher.ts';
import { FailureWatch } from '../notify/failure-watch.ts';
import { NotificationLedger } from '../notify/ledger.ts';
import { NotificationOutbox } from '../notify/outbox.ts';
import type { Channel, Outbox } from '../notify/types.ts';
import { SealingOutbox } from '../notify/webhooks/header-secrets.ts';
import { sealStoredHeaders } from '../notify/webhooks/stored-headers.ts';
import type { DataDir } from '../storage/data-dir.ts';
import { PgBossJobQueue } from '../storage/job-queue.ts';
import { createActionChannels, endLeftScripts } from './action-channels.ts';
import type { DeviceControl } from './device-control.ts';
import { createEmailChannel, createReportClock } from './email.ts';
import type { Identity } from './identity.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Storage } from './storage.ts';
import { createWebhooks } from './webhooks.ts';
import type { Webhooks } from './webhooks.ts';

/** What notifications and their channels are made of. */
export interface NotifyOptions {
  storage: Pick<Storage, 'db'>;
  config: Config;
  dataDir: DataDir;
  identity: Identity;
  topics: Topics;
  broker: Pick<MqttBroker, 'publish'>;
  control: DeviceControl;
  flowEntries: Pick<FlowEntries, 'deliver'>;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
}

/** Where notifications are queued, and who delivers them. */
export interface Notify {
  outbox: Outbox;
  ledger: NotificationLedger;
  webhooks: Webhooks;
  dispatcher: Dispatcher;
  /** What failed and nobody has tried again, in a sentence for people. */
  warnings(): PlatformWarning[];
  /** Delivers from now on: called when flows run. */
  begin(): Promise<void>;
}

/** Opens the queue of notifications; nothing is delivered before flows run. */
export async function startNotify(options: NotifyOptions): Promise<Notify> {
  const { storage, clock, logger, lifecycle } = options;
  const webhooks = createWebhooks({ ...options, db: storage.db, audit: options.identity.audit });
  await sealStoredHeaders({ db: storage.db, secrets: webhooks.secrets, logger });
  const jobs = new PgBossJobQueue({ db: storage.db, logger });
  await lifecycle.start('queue of notifications', jobs);
  const outbox = new NotificationOutbox({ jobs, newId: newUuid, logger });
  lifecycle.onStop('outbox', () => outbox.stop());
  const failures = new FailureWatch({ read: (work) => jobs.read(work), clock, logger });
  await lifecycle.start('failed notifications', failures);
  const dispatcher = new Dispatcher({
    ...{ jobs, clock, logger },
    channels: channelsOf(options, webhooks),
    random: Math.random,
    onRecorded: (_channel, outcome) => {
      if (outcome === 'failed') void failures.look();
    },
  });
  const reports = createReportClock({ ...options, outbox });
  return {
    outbox: new SealingOutbox(outbox, webhooks.secrets),
    webhooks,
    ledger: new NotificationLedger({ db: storage.db, jobs }),
    dispatcher,
    warnings: () => failures.warnings(),
    begin: async () => {
      endLeftScripts(options.config.dataDir, logger);
      await lifecycle.start('deliveries', dispatcher);
      await lifecycle.start('reports by e-mail', reports);
    },
  };
}

/** The registry: one line for each channel that is there. A notification of another one fails at once and says so. */
export function channelsOf(options: NotifyOptions, webhooks: Webhooks): readonly Channel[] {
  return [createEmailChannel({ ...options, db: options.storage.db }), webhooks.channel, ...createActionChannels({ ...options, webhooks })];
}
