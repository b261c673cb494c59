import type { Client, PublishPacket, Subscription } from 'aedes';
import type { Topics } from '../contracts/topics.ts';
import { actorOf } from '../core/principal.ts';
import { tenantOfPacket } from './packets.ts';
import type { MqttPersistence } from './persistence.ts';
import { connectionOf } from './platform-aedes.ts';
import type { RefusalLog } from './refusal-log.ts';

/** What decides about subscriptions. */
export interface SubscribeGatePorts {
  topics: Topics;
  persistence: MqttPersistence;
  refusals: RefusalLog;
}

/** aedes' `authorizeSubscribe` and `authorizeForward`: who may subscribe to what, and who is given which message. */
export class SubscribeGate {
  /** Devices that subscribed to everything of their own, their telemetry included. */
  readonly echo = new Set<string>();
  private readonly ports: SubscribeGatePorts;

  constructor(ports: SubscribeGatePorts) {
    this.ports = ports;
  }

  /** Sessions of the last run may have subscribed to everything of their device. */
  rememberSessions(): void {
    const prefix = `${this.ports.topics.root}/devices/`;
    for (const filter of this.ports.persistence.filters()) {
      if (filter.startsWith(prefix) && filter.endsWith('/#')) this.echo.add(filter.slice(prefix.length, -2));
    }
  }

  /** The subscription if it is granted; null is answered with 128. */
  grant(client: Client, subscription: Subscription): Subscription | null {
    const connection = connectionOf(client);
    const { peer, granted, limits } = connection;
    const { topic } = subscription;
    if (peer === undefined) return null;
    if (!peer.maySubscribe(topic)) {
      this.ports.refusals.count('foreign_filter');
      const { tenantId } = peer.principal;
      const reason = 'The topic is not one this client may subscribe to.';
      const refusal = { tenantId, actor: actorOf(peer.principal), target: topic, address: connection.origin.address, reason };
      this.ports.refusals.report(client.id, { ...refusal, action: 'mqtt.subscribe' });
      return null;
    }
    if (!granted.has(topic) && granted.size >= limits.subscriptions) {
      this.ports.refusals.count('too_many_subscriptions');
      return null;
    }
    granted.add(topic);
    if (peer.deviceId !== undefined && topic.endsWith('/#')) this.echo.add(peer.deviceId);
    return subscription;
  }

  /** Asked again at each message: rights, and the tenant behind topics that many tenants share. */
  mayReceive(client: Client, packet: PublishPacket): boolean {
    const { peer } = connectionOf(client);
    if (peer?.mayReceive(packet.topic) !== true) return false;
    const tenantId = tenantOfPacket(packet) ?? (packet.retain ? this.ports.persistence.tenantOfRetained(packet.topic) : undefined);
    return tenantId === peer.principal.tenantId;
  }
}
