import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { OrphanedWill } from './last-wills.ts';
import { bytesOf, tenantProperties } from './packets.ts';
import type { TopicCache } from './peer.ts';
import type { MqttPersistence } from './persistence.ts';
import { publishWith } from './platform-aedes.ts';
import type { PlatformAedes } from './platform-aedes.ts';
import type { PresenceTracker } from './presence-tracker.ts';
import { parseStatus } from './status-payload.ts';

/** What publishing the wills of the last run needs. */
export interface OrphanedWillPorts {
  aedes: PlatformAedes;
  persistence: MqttPersistence;
  presence: PresenceTracker;
  topics: TopicCache;
  clock: Clock;
  logger: Logger;
}

/**
 * Publishes the wills of connections whose end nobody saw, because the program ended first. Only a status has a meaning afterwards.
 * Never fails: there is nobody to be told.
 */
export async function publishOrphanedWills(ports: OrphanedWillPorts): Promise<void> {
  for (const will of ports.persistence.orphanedWills()) {
    await publishOne(ports, will);
    await ports.persistence.delWill({ id: will.clientId });
  }
}

async function publishOne(
  { aedes, presence, topics, clock, logger }: OrphanedWillPorts,
  { tenantId, packet }: OrphanedWill,
): Promise<void> {
  const topic = topics.parse(packet.topic);
  const payload = bytesOf(packet.payload);
  const status = topic?.kind === 'status' ? parseStatus(payload) : undefined;
  if (topic === undefined || status === undefined) return;
  const { deviceId } = topic;
  // Not waited for: the sink repeats it until it is taken, and the start goes on.
  presence.status({ deviceId, tenantId, status, atMs: clock.nowMs() }).catch((error: unknown) => {
    logger.info({ deviceId, reason: messageOf(error) }, 'A last will of the last run was not recorded at once.');
  });
  const { qos, retain } = packet;
  try {
    await publishWith(aedes, {
      cmd: 'publish',
      topic: packet.topic,
      payload,
      qos,
      retain,
      dup: false,
      properties: tenantProperties(tenantId),
    });
  } catch (error) {
    logger.warn({ deviceId, reason: messageOf(error) }, 'A last will of the last run was not published.');
  }
}
