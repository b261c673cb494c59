import { readFileSync } from 'node:fs';
import { MqttBroker } from '../broker/broker.ts';
import type { BrokerTls } from '../broker/listeners.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { RejectedAnswers } from '../devices/command-service.ts';
import type { SourceIntake } from '../sources/types.ts';
import type { Database } from '../storage/database.ts';
import { MqttPersistenceRepository } from '../storage/repositories/mqtt-persistence.ts';
import { createDeviceControl } from './device-control.ts';
import type { DeviceControl } from './device-control.ts';
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
  rejected: RejectedAnswers;
}

/** The broker with everything it asks of the platform, and what the platform says to devices through it. */
export function createBroker(options: BrokerOptions): { broker: MqttBroker; control: DeviceControl } {
  const { config, identity, events, logger } = options;
  const control = createDeviceControl({
    ...options,
    link: {
      publish: (message) => broker.publish(message),
      audienceOf: (tenantId, topic) => broker.audienceOf(tenantId, topic),
      withdraw: (topic, isMeant) => broker.withdraw(topic, isMeant),
      retainedOn: (topic) => broker.retainedOn(topic),
    },
  });
  const broker: MqttBroker = new MqttBroker({
    listeners: { host: config.host, port: config.mqtt.port, tlsPort: config.mqtt.tlsPort, tls: brokerTls(config.tls) },
    topics: options.topics,
    clock: options.clock,
    logger: logger.child({ part: 'broker' }),
    authenticator: identity.credentials,
    intake: options.intake,
    presence: { record: ({ tenantId, deviceId, status, atMs }) => identity.presence.setStatus(tenantId, deviceId, status, atMs) },
    gateways: {
      connected: (tenantId, name, atMs) => identity.watched.gatewayConnected(tenantId, name, atMs),
      disconnected: (tenantId, name, atMs) => identity.watched.gatewayDisconnected(tenantId, name, atMs),
    },
    responses: { record: (response) => control.commands.answered(response) },
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
  return { broker, control };
}

function brokerTls(files: Config['tls']): BrokerTls | undefined {
  if (files === undefined) return undefined;
  const clientCa = files.clientCaFile === undefined ? undefined : readFileSync(files.clientCaFile);
  return { certificate: readFileSync(files.certFile), key: readFileSync(files.keyFile), clientCa };
}
