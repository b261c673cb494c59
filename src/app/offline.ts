import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import { OfflineWatch } from '../devices/offline-watch.ts';
import type { StorageWatch } from '../storage/storage-watch.ts';
import type { Identity } from './identity.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Notify } from './notify.ts';
import type { Rules } from './rules.ts';
import type { Storage } from './storage.ts';

/** What telling that devices are offline is made of. */
export interface OfflineOptions {
  storage: Pick<Storage, 'db'>;
  watch: StorageWatch;
  identity: Identity;
  rules: Rules;
  notify: Pick<Notify, 'outbox'>;
  config: Config;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
}

/** Begins to tell when devices go offline; to be called when sources are open, because devices have their time from then on. */
export async function startOfflineWatch(options: OfflineOptions): Promise<void> {
  const { storage, watch, identity, rules, notify, config, events, clock, logger, lifecycle } = options;
  const { watched, directory, presence } = identity;
  const offline = new OfflineWatch({
    ...{ database: storage.db, watched, directory, presence, events, clock, logger },
    alerts: rules.alerts,
    outbox: notify.outbox,
    recipients: config.mail.reportTo,
    isListening: () => !watch.isLost,
  });
  await lifecycle.start('devices that go offline', offline);
}
