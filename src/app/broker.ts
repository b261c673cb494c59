import { readFileSync } from 'node:fs';
import { MqttBroker } from '../broker/broker.ts';
import type { BrokerTls } from '../broker/listeners.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { SourceIntake } from '../sources/types.ts';
import type { Database } from '../storage/database.ts';
import { MqttPersistenceRepository } from '../storage/repositories/mqtt-persistence.ts';
import { TENANT_ID } from './identity.ts';
import type { Identity } from './identity.ts';

export interface BrokerOptions {
  config: Config;
  db: Database;
  identity: Identity;
  topics: Topics;
  intake: SourceIntake;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
}

/** The broker with everything it asks of the platform. */
export function createBroker(options: BrokerOptions): MqttBroker {
  const { config, identity, events, logger } = options;
  const broker = new MqttBroker({
    listeners: { host: config.host, port: config.mqtt.port, tlsPort: config.mqtt.tlsPort, tls: brokerTls(config.tls) },
    topics: options.topics,
    clock: options.clock,
    logger: logger.child({ part: 'broker' }),
    authenticator: identity.credentials,
    intake: options.intake,
    presence: { record: ({ tenantId, deviceId, status, atMs }) => identity.presence.setStatus(tenantId, deviceId, status, atMs) },
    responses: { record: (response) => commandAnswered(response, logger) },
    audit: {
      refused: ({ tenantId, actor, action, target, address, reason }) =>
        void identity.audit.record({
          tenantId: tenantId ?? TENANT_ID,
          actor,
          action,
          target,
          outcome: 'refused',
          address,
          details: { reason },
        }),
    },
    store: new MqttPersistenceRepository(options.db),
  });
  events.on('credential.revoked', ({ credentialId }) => broker.disconnectCredential(credentialId));
  events.on('device.changed', ({ deviceId, change }) => {
    if (change === 'removed') void broker.forgetDevice(deviceId);
  });
  return broker;
}

/** Commands are not sent yet, so an answer to one has nothing to be kept with: it is logged. */
function commandAnswered(response: { deviceId: string; payload: Buffer }, logger: Logger): Promise<void> {
  logger.info(
    { part: 'broker', device: response.deviceId, bytes: response.payload.length },
    'A device answered a command that this platform did not send',
  );
  return Promise.resolve();
}

function brokerTls(files: Config['tls']): BrokerTls | undefined {
  if (files === undefined) return undefined;
  const clientCa = files.clientCaFile === undefined ? undefined : readFileSync(files.clientCaFile);
  return { certificate: readFileSync(files.certFile), key: readFileSync(files.keyFile), clientCa };
}
