import path from 'node:path';
import type { MqttBroker } from '../broker/broker.ts';
import type { Config } from '../config/config.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { CommandChannel } from '../notify/channels/command/command-channel.ts';
import { FlowChannel } from '../notify/channels/flow/flow-channel.ts';
import type { FlowEntries } from '../notify/channels/flow/flow-entries.ts';
import { MqttChannel } from '../notify/channels/mqtt/mqtt-channel.ts';
import { N8nChannel } from '../notify/channels/n8n/n8n-channel.ts';
import { endLeftPrograms, marksIn } from '../notify/channels/script/running-programs.ts';
import { ScriptChannel } from '../notify/channels/script/script-channel.ts';
import type { Channel } from '../notify/types.ts';
import { findDevice } from '../storage/repositories/devices.ts';
import type { DeviceControl } from './device-control.ts';
import type { Storage } from './storage.ts';
import type { Webhooks } from './webhooks.ts';

/** What the channels to machines, flows and programs are made of. */
export interface ActionChannelsOptions {
  config: Pick<Config, 'dataDir' | 'publicUrl' | 'scriptActions'>;
  broker: Pick<MqttBroker, 'publish'>;
  control: Pick<DeviceControl, 'commands'>;
  storage: Pick<Storage, 'db'>;
  topics: Topics;
  flowEntries: Pick<FlowEntries, 'deliver'>;
  /** The guarded sender, and what opens the values of headers. */
  webhooks: Pick<Webhooks, 'http' | 'secrets'>;
  clock: Clock;
}

/** Where it is noted which scripts run; not the folder of scripts, which belongs to the administrator. */
function runningFolder(dataDir: string): string {
  return path.join(dataDir, 'scripts-running');
}

/** Ends scripts that a platform that was killed left running. To be called before anything is delivered. */
export function endLeftScripts(dataDir: string, logger: Logger): void {
  const ended = endLeftPrograms(runningFolder(dataDir));
  if (ended > 0)
    logger.warn({ part: 'notify', ended }, 'Ended scripts that were still running from before; they run again with the same delivery id.');
}

/** The channels mqtt, command, n8n, flow and script over the running platform. */
export function createActionChannels(options: ActionChannelsOptions): readonly Channel[] {
  const { config, broker, control, topics, flowEntries, webhooks, clock, storage } = options;
  const linkTo = (alertId: string): string => (config.publicUrl === undefined ? '' : `${config.publicUrl}/alerts/${alertId}`);
  return [
    new MqttChannel({ publish: (message) => broker.publish(message), topicRoot: topics.root, linkTo }),
    new CommandChannel({
      commands: control.commands,
      allowedCommands: (tenantId, deviceId) =>
        storage.db.readAsTenant(tenantId, async (db) => (await findDevice(db, tenantId, deviceId))?.allowed_commands),
      clock,
      linkTo,
    }),
    new N8nChannel({ http: webhooks.http, secrets: webhooks.secrets, clock, linkTo }),
    new FlowChannel({ entries: flowEntries, linkTo }),
    new ScriptChannel({
      running: marksIn(runningFolder(config.dataDir)),
      enabled: config.scriptActions,
      folder: path.join(config.dataDir, 'scripts'),
      // Nothing else of the environment: it holds what programs of others need not know.
      environment: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LANG: process.env['LANG'] ?? 'C.UTF-8' },
      linkTo,
    }),
  ];
}
