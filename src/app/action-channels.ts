import path from 'node:path';
import type { MqttBroker } from '../broker/broker.ts';
import type { Config } from '../config/config.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import { CommandChannel } from '../notify/channels/command/command-channel.ts';
import { FlowChannel } from '../notify/channels/flow/flow-channel.ts';
import type { FlowEntries } from '../notify/channels/flow/flow-entries.ts';
import { MqttChannel } from '../notify/channels/mqtt/mqtt-channel.ts';
import { N8nChannel } from '../notify/channels/n8n/n8n-channel.ts';
import { ScriptChannel } from '../notify/channels/script/script-channel.ts';
import type { GuardedHttp } from '../notify/channels/webhook/guarded-http.ts';
import type { Channel } from '../notify/types.ts';
import type { DeviceControl } from './device-control.ts';

/** What the channels to machines, flows and programs are made of. */
export interface ActionChannelsOptions {
  config: Pick<Config, 'dataDir' | 'publicUrl' | 'scriptActions'>;
  broker: Pick<MqttBroker, 'publish'>;
  control: Pick<DeviceControl, 'commands'>;
  topics: Topics;
  flowEntries: Pick<FlowEntries, 'deliver'>;
  http: GuardedHttp;
  clock: Clock;
}

/** The channels mqtt, command, n8n, flow and script over the running platform. */
export function createActionChannels(options: ActionChannelsOptions): readonly Channel[] {
  const { config, broker, control, topics, flowEntries, http, clock } = options;
  const linkTo = (alertId: string): string => (config.publicUrl === undefined ? '' : `${config.publicUrl}/alerts/${alertId}`);
  return [
    new MqttChannel({ publish: (message) => broker.publish(message), topicRoot: topics.root, linkTo }),
    new CommandChannel({ commands: control.commands, clock, linkTo }),
    new N8nChannel({ http, clock, linkTo }),
    new FlowChannel({ entries: flowEntries, linkTo }),
    new ScriptChannel({
      enabled: config.scriptActions,
      folder: path.join(config.dataDir, 'scripts'),
      // Nothing else of the environment: it holds what programs of others need not know.
      environment: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LANG: process.env['LANG'] ?? 'C.UTF-8' },
      linkTo,
    }),
  ];
}
