import type { StoredQueued } from '../contracts/mqtt-state.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { bytesOf, DEFAULT_TENANT, keptCopy, tenantOfPacket, tenantProperties } from './packets.ts';
import type { BrokerPacket } from './packets.ts';

/** Messages that wait for one session; of more than that the oldest are dropped, so that a client that stays away costs a bounded amount. */
const MAX_QUEUED = 1_000;

/** What was loaded has no counter of this run; its position takes the place. */
const STORED_BROKER_ID = 'stored';

interface Entry {
  readonly position: number;
  readonly clientId: string;
  readonly tenantId: string;
  packet: BrokerPacket | { cmd: 'pubrel'; messageId: number | undefined };
}

/** The messages on their way to sessions: waiting for the client, or for its acknowledgement. */
export class SessionQueues {
  readonly dirty = new DirtyKeys<number>();
  private readonly queues = new Map<string, Entry[]>();
  private readonly byPosition = new Map<number, Entry>();
  private lastPosition = 0;
  private dropped = 0;

  /** Messages that wait now. */
  get size(): number {
    return this.byPosition.size;
  }

  get droppedCount(): number {
    return this.dropped;
  }

  load(queued: readonly StoredQueued[]): void {
    for (const record of queued) {
      this.lastPosition = Math.max(this.lastPosition, record.position);
      this.dirty.loaded(record.position);
      this.insert({ position: record.position, clientId: record.clientId, tenantId: record.tenantId, packet: packetOf(record) });
    }
  }

  enqueue(clientId: string, packet: BrokerPacket): void {
    this.lastPosition += 1;
    const entry = { position: this.lastPosition, clientId, tenantId: tenantOfPacket(packet) ?? DEFAULT_TENANT, packet: keptCopy(packet) };
    this.insert(entry);
    this.dirty.changed(entry.position);
    const queue = this.queueOf(clientId);
    const oldest = queue.length > MAX_QUEUED ? queue[0] : undefined;
    if (oldest === undefined) return;
    this.dropped += 1;
    this.drop(queue, 0, oldest);
  }

  /** What waits for the client, in order. */
  list(clientId: string): Entry['packet'][] {
    return this.queueOf(clientId).map((entry) => entry.packet);
  }

  /** Gives a message its number on the wire, or replaces it by the release that follows it. A message that is gone stays gone. */
  update(clientId: string, packet: BrokerPacket): void {
    for (const entry of this.queueOf(clientId)) {
      const known = entry.packet;
      const isSame = isNumbered(packet) && isNumbered(known) && sameOrigin(known, packet);
      if (!isSame && (known.messageId === undefined || known.messageId !== packet.messageId || isOther(known, packet))) continue;
      if (packet.cmd === 'pubrel') entry.packet = { cmd: 'pubrel', messageId: packet.messageId };
      else known.messageId = packet.messageId;
      this.dirty.changed(entry.position);
      return;
    }
  }

  /** Takes a message out: the one with that number on the wire or, when it never got one, with that origin. */
  clear(clientId: string, packet: BrokerPacket): Entry['packet'] | undefined {
    const queue = this.queueOf(clientId);
    const index =
      packet.messageId === undefined
        ? queue.findLastIndex(({ packet: known }) => known.messageId === undefined && isNumbered(known) && sameOrigin(known, packet))
        : queue.findIndex((entry) => entry.packet.messageId === packet.messageId);
    const entry = queue[index];
    if (entry === undefined) return undefined;
    this.drop(queue, index, entry);
    return entry.packet;
  }

  /** Gives up what waits for the client, was never sent to it, and is meant by `isMeant`; true when there was any. */
  withdraw(clientId: string, isMeant: (packet: BrokerPacket) => boolean): boolean {
    const queue = this.queueOf(clientId);
    let found = false;
    for (const entry of [...queue]) {
      const { packet } = entry;
      if (!isNumbered(packet) || packet.messageId !== undefined || !isMeant(packet)) continue;
      this.drop(queue, queue.indexOf(entry), entry);
      found = true;
    }
    return found;
  }

  /** Everything that waits for the client is given up. */
  clearAll(clientId: string): void {
    for (const entry of this.queueOf(clientId)) {
      this.byPosition.delete(entry.position);
      this.dirty.removed(entry.position);
    }
    this.queues.delete(clientId);
  }

  /** The record to store, or undefined when the message is gone. */
  record(position: number): StoredQueued | undefined {
    const entry = this.byPosition.get(position);
    if (entry === undefined) return undefined;
    const { clientId, tenantId, packet } = entry;
    const messageId = packet.messageId ?? null;
    if (!isNumbered(packet))
      return { position, clientId, tenantId, command: 'pubrel', topic: '', payload: Buffer.alloc(0), qos: 2, messageId };
    return {
      position,
      clientId,
      tenantId,
      command: 'publish',
      topic: packet.topic,
      payload: bytesOf(packet.payload),
      qos: packet.qos,
      messageId,
    };
  }

  private queueOf(clientId: string): Entry[] {
    return this.queues.get(clientId) ?? [];
  }

  private insert(entry: Entry): void {
    this.byPosition.set(entry.position, entry);
    const queue = this.queues.get(entry.clientId);
    if (queue === undefined) this.queues.set(entry.clientId, [entry]);
    else queue.push(entry);
  }

  private drop(queue: Entry[], index: number, entry: Entry): void {
    queue.splice(index, 1);
    if (queue.length === 0) this.queues.delete(entry.clientId);
    this.byPosition.delete(entry.position);
    this.dirty.removed(entry.position);
  }
}

/** True for a message (a release carries only its number). */
function isNumbered(packet: Entry['packet']): packet is BrokerPacket {
  return packet.cmd === 'publish';
}

/** The broker numbers every message once: that is what copies of it have in common. */
function sameOrigin(known: BrokerPacket, packet: BrokerPacket): boolean {
  return known.brokerId === packet.brokerId && known.brokerCounter === packet.brokerCounter;
}

/** Numbers on the wire come round after 65,535: the same number on two messages of this run does not make them one. */
function isOther(known: Entry['packet'], packet: BrokerPacket): boolean {
  return isNumbered(packet) && isNumbered(known) && known.brokerId === packet.brokerId;
}

function packetOf(record: StoredQueued): Entry['packet'] {
  if (record.command === 'pubrel') return { cmd: 'pubrel', messageId: record.messageId ?? undefined };
  return {
    cmd: 'publish',
    brokerId: STORED_BROKER_ID,
    brokerCounter: record.position,
    topic: record.topic,
    payload: record.payload,
    qos: record.qos,
    retain: false,
    dup: false,
    messageId: record.messageId ?? undefined,
    properties: tenantProperties(record.tenantId),
  };
}
