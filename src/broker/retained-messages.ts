import type { StoredRetained } from '../contracts/mqtt-state.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { bytesOf, DEFAULT_TENANT, tenantOfPacket, tenantProperties } from './packets.ts';
import type { BrokerPacket } from './packets.ts';
import { filterMatches, hasWildcard } from './topic-tree.ts';

/** The message that each topic keeps for whoever subscribes later. */
export class RetainedMessages {
  readonly dirty = new DirtyKeys<string>();
  private readonly packets = new Map<string, BrokerPacket>();

  get size(): number {
    return this.packets.size;
  }

  load(records: readonly StoredRetained[]): void {
    for (const { topic, tenantId, payload, qos } of records) {
      this.dirty.loaded(topic);
      this.packets.set(topic, { cmd: 'publish', topic, payload, qos, retain: true, dup: false, properties: tenantProperties(tenantId) });
    }
  }

  /** An empty payload clears the topic (MQTT 3.1.1, section 3.3.1.3). */
  store(packet: BrokerPacket): void {
    if (packet.payload.length === 0) {
      this.remove(packet.topic);
      return;
    }
    this.packets.set(packet.topic, { ...packet });
    this.dirty.changed(packet.topic);
  }

  /** Clears all topics that begin with `prefix`. */
  forget(prefix: string): void {
    for (const topic of this.packets.keys()) if (topic.startsWith(prefix)) this.remove(topic);
  }

  /** What the filter matches; a filter without wildcards costs one look. */
  matching(filter: string): BrokerPacket[] {
    if (hasWildcard(filter)) return [...this.packets.values()].filter(({ topic }) => filterMatches(filter, topic));
    const packet = this.packets.get(filter);
    return packet === undefined ? [] : [packet];
  }

  tenantOf(topic: string): string | undefined {
    const packet = this.packets.get(topic);
    return packet === undefined ? undefined : tenantOfPacket(packet);
  }

  /** The record to store, or undefined when the topic keeps nothing any more. */
  record(topic: string): StoredRetained | undefined {
    const packet = this.packets.get(topic);
    if (packet === undefined) return undefined;
    return { topic, tenantId: tenantOfPacket(packet) ?? DEFAULT_TENANT, payload: bytesOf(packet.payload), qos: packet.qos };
  }

  private remove(topic: string): void {
    this.packets.delete(topic);
    this.dirty.removed(topic);
  }
}
