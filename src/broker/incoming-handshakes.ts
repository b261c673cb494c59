import type { StoredIncoming } from '../contracts/mqtt-state.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { DEFAULT_TENANT, keptCopy, tenantOfPacket, tenantProperties } from './packets.ts';
import type { BrokerPacket } from './packets.ts';

/** QoS 2 messages that were taken and whose senders have not released their numbers yet: a repeat is recognised by them. */
export class IncomingHandshakes {
  /** Client id, NUL, message id. */
  readonly dirty = new DirtyKeys<string>();
  private readonly packets = new Map<string, Map<number, BrokerPacket>>();

  load(records: readonly StoredIncoming[]): void {
    for (const { clientId, tenantId, messageId } of records) {
      this.dirty.loaded(keyOf(clientId, messageId));
      const properties = tenantProperties(tenantId);
      const packet = { cmd: 'publish', topic: '', payload: Buffer.alloc(0), qos: 2, retain: false, dup: false, properties } as const;
      this.ofClient(clientId).set(messageId, { ...packet, messageId });
    }
  }

  get(clientId: string, messageId: number): BrokerPacket | undefined {
    return this.packets.get(clientId)?.get(messageId);
  }

  add(clientId: string, messageId: number, packet: BrokerPacket): void {
    this.ofClient(clientId).set(messageId, { ...keptCopy(packet), messageId });
    this.dirty.changed(keyOf(clientId, messageId));
  }

  /** False when there is none. */
  remove(clientId: string, messageId: number): boolean {
    const packets = this.packets.get(clientId);
    if (packets?.delete(messageId) !== true) return false;
    if (packets.size === 0) this.packets.delete(clientId);
    this.dirty.removed(keyOf(clientId, messageId));
    return true;
  }

  clear(clientId: string): void {
    for (const messageId of this.packets.get(clientId)?.keys() ?? []) this.dirty.removed(keyOf(clientId, messageId));
    this.packets.delete(clientId);
  }

  /** The record to store, or undefined when it is gone. */
  record(key: string): StoredIncoming | undefined {
    const { clientId, messageId } = incomingKey(key);
    const packet = this.get(clientId, messageId);
    return packet === undefined ? undefined : { clientId, messageId, tenantId: tenantOfPacket(packet) ?? DEFAULT_TENANT };
  }

  putBack({ clientId, messageId }: { clientId: string; messageId: number }): void {
    this.dirty.putBack(keyOf(clientId, messageId));
  }

  private ofClient(clientId: string): Map<number, BrokerPacket> {
    let packets = this.packets.get(clientId);
    if (packets === undefined) {
      packets = new Map();
      this.packets.set(clientId, packets);
    }
    return packets;
  }
}

/** What a key of `dirty` names. */
export function incomingKey(key: string): { clientId: string; messageId: number } {
  const end = key.indexOf('\0');
  return { clientId: key.slice(0, end), messageId: Number(key.slice(end + 1)) };
}

function keyOf(clientId: string, messageId: number): string {
  return `${clientId}\0${messageId}`;
}
