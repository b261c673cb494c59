import type { StoredWill } from '../contracts/mqtt-state.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { bytesOf, tenantProperties } from './packets.ts';
import type { BrokerPacket } from './packets.ts';

/** The connection that a will belongs to. */
export interface WillOwner {
  id: string;
  closed?: boolean;
}

/** A will as aedes keeps it: it names the client and the broker that took it. */
export interface WillPacket extends BrokerPacket {
  clientId?: string;
}

interface Will {
  packet: WillPacket;
  tenantId: string;
  /** Undefined when it was left by an earlier run. */
  owner: WillOwner | undefined;
}

/** A will of an earlier run: of a connection whose end nobody saw. */
export interface OrphanedWill {
  clientId: string;
  tenantId: string;
  packet: BrokerPacket;
}

/** The last will of every connection. */
export class LastWills {
  readonly dirty = new DirtyKeys<string>();
  private readonly wills = new Map<string, Will>();

  load(records: readonly StoredWill[]): void {
    for (const { clientId, tenantId, topic, payload, qos, retain } of records) {
      this.dirty.loaded(clientId);
      const packet = {
        cmd: 'publish',
        topic,
        payload,
        qos,
        retain,
        dup: false,
        clientId,
        brokerId: 'stored',
        properties: tenantProperties(tenantId),
      };
      this.wills.set(clientId, { packet, tenantId, owner: undefined });
    }
  }

  put(owner: WillOwner, tenantId: string, packet: WillPacket): void {
    this.wills.set(owner.id, { packet, tenantId, owner });
    this.dirty.changed(owner.id);
  }

  get(clientId: string): WillPacket | undefined {
    return this.wills.get(clientId)?.packet;
  }

  /** A connection that ends takes its own will along only, not that of the connection which has taken its place. */
  remove(owner: WillOwner): WillPacket | undefined {
    const will = this.wills.get(owner.id);
    if (will === undefined || (will.owner !== owner && will.owner?.closed === false)) return undefined;
    this.wills.delete(owner.id);
    this.dirty.removed(owner.id);
    return will.packet;
  }

  list(): WillPacket[] {
    return [...this.wills.values()].map((will) => will.packet);
  }

  orphans(): OrphanedWill[] {
    return [...this.wills].flatMap(([clientId, { tenantId, packet, owner }]) =>
      owner === undefined ? [{ clientId, tenantId, packet }] : [],
    );
  }

  /** The record to store, or undefined when the will is gone. */
  record(clientId: string): StoredWill | undefined {
    const will = this.wills.get(clientId);
    if (will === undefined) return undefined;
    const { topic, payload, qos, retain } = will.packet;
    return { clientId, tenantId: will.tenantId, topic, payload: bytesOf(payload), qos, retain };
  }
}
