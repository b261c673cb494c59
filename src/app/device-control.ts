import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { CommandService } from '../devices/command-service.ts';
import type { RejectedAnswers } from '../devices/command-service.ts';
import { ConfigService } from '../devices/config-service.ts';
import type { DeviceLink } from '../devices/device-link.ts';
import type { Database } from '../storage/database.ts';
import type { Identity } from './identity.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What is said to devices: their configuration, and commands. */
export interface DeviceControl {
  commands: CommandService;
  configs: ConfigService;
}

/** The services that speak to devices through `link`. */
export function createDeviceControl(options: {
  db: Database;
  identity: Pick<Identity, 'directory'>;
  topics: Topics;
  link: DeviceLink;
  rejected: RejectedAnswers;
  clock: Clock;
  logger: Logger;
}): DeviceControl {
  const { db: database, identity, topics, link, rejected, clock, logger } = options;
  return {
    commands: new CommandService({ database, link, topics, rejected, clock, newId: newUuid, logger }),
    configs: new ConfigService({ database, devices: identity.directory, link, topics, clock, logger }),
  };
}

/** Starts both; the broker must run, and listen to nobody yet. */
export async function startDeviceControl(lifecycle: Lifecycle, { commands, configs }: DeviceControl): Promise<void> {
  await lifecycle.start('commands', commands);
  await lifecycle.start('configurations', configs);
}
