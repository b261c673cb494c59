import { Readable } from 'node:stream';
import type { MqttChanges, StoredSession } from '../contracts/mqtt-state.ts';
import type { Logger } from '../core/logger.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { IncomingHandshakes, incomingKey } from './incoming-handshakes.ts';
import { LastWills } from './last-wills.ts';
import type { OrphanedWill, WillPacket } from './last-wills.ts';
import { bytesOf, DEFAULT_TENANT, tenantOfPacket } from './packets.ts';
import type { BrokerPacket } from './packets.ts';
import type { MqttStore } from './ports.ts';
import { RetainedMessages } from './retained-messages.ts';
import { SessionQueues } from './session-queues.ts';
import { TopicTree } from './topic-tree.ts';
import type { TreeSubscription } from './topic-tree.ts';
import { isEmpty, noChanges, WriteBehind } from './write-behind.ts';

/** Records in one write. */
const BATCH = 2_000;
/** An acknowledged subscription is stored; when the database does not answer in this time the client does not wait for it. */
const SUBSCRIPTION_WRITE_MS = 1_000;
const STOP_WRITE_MS = 3_000;

/** An aedes client, or the little of one that aedes passes where the client is gone. */
export interface PersistedClient {
  id: string;
  clean?: boolean;
  closed?: boolean;
  conn?: unknown;
}

/** A subscription as aedes passes it; the last three belong to MQTT 5 and are kept as they come. */
interface Subscription {
  topic: string;
  qos: 0 | 1 | 2;
  rh?: number;
  rap?: boolean;
  nl?: boolean;
  subscriptionIdentifier?: number;
}

interface Session {
  tenantId: string;
  subscriptions: Map<string, Omit<Subscription, 'topic'>>;
}

/** What the persistence has to know of a client beyond its id. */
export interface PersistenceOptions {
  store: MqttStore;
  logger: Logger;
  /** The tenant of a connected client. */
  tenantOfClient?(client: PersistedClient): string | undefined;
  /** Whether the client was granted that topic: aedes stores a SUBSCRIBE as a whole, refused topics included. */
  isGranted?(client: PersistedClient, topic: string): boolean;
}

/**
 * aedes' persistence (the interface of aedes-persistence 11): sessions, retained messages, wills, queues and half-done QoS 2 handshakes
 * in memory, written through to the store behind the caller's back. No call waits for the database, except a subscription for a moment,
 * and none rejects because of it.
 */
export class MqttPersistence {
  readonly queues = new SessionQueues();
  broker: { id: string } | undefined;
  private readonly options: PersistenceOptions;
  private readonly writer: WriteBehind;
  private readonly tree = new TopicTree();
  private readonly sessions = new Map<string, Session>();
  private readonly sessionsByIdentity = new Map<string, Set<string>>();
  private readonly retained = new RetainedMessages();
  private readonly wills = new LastWills();
  private readonly incoming = new IncomingHandshakes();
  private readonly dirtySessions = new DirtyKeys<string>();

  constructor(options: PersistenceOptions) {
    this.options = options;
    this.writer = new WriteBehind({
      take: () => this.takeChanges(),
      putBack: (changes) => this.putBack(changes),
      write: (changes) => options.store.write(changes),
      isPassing: (error) => options.store.isPassing(error),
      logger: options.logger,
    });
  }

  /** Called by aedes before it takes connections; reads what the last run left. */
  async setup(broker: { id: string }): Promise<void> {
    this.broker = broker;
    const state = await this.options.store.load();
    for (const session of state.sessions) this.loadSession(session);
    this.retained.load(state.retained);
    this.wills.load(state.wills);
    this.queues.load(state.queued);
    this.incoming.load(state.incoming);
  }

  /** Counts for `stats()`. */
  sizes(): { sessions: number; retained: number; queued: number } {
    return { sessions: this.sessions.size, retained: this.retained.size, queued: this.queues.size };
  }

  /** Every filter of every session. */
  *filters(): Generator<string> {
    for (const session of this.sessions.values()) yield* session.subscriptions.keys();
  }

  /** Client ids of the sessions of an identity (what client ids begin with, up to the first slash), oldest first. */
  sessionsOf(identity: string): string[] {
    return [...(this.sessionsByIdentity.get(identity) ?? [])];
  }

  /** Ends a session for good. */
  async forgetSession(clientId: string): Promise<void> {
    await this.cleanSubscriptions({ id: clientId });
    await this.cleanIncoming({ id: clientId });
  }

  /** The tenant of the retained message on `topic`. */
  tenantOfRetained(topic: string): string | undefined {
    return this.retained.tenantOf(topic);
  }

  /** What `topic` keeps. */
  retainedOn(topic: string): Buffer | undefined {
    const [packet] = this.retained.matching(topic);
    return packet === undefined ? undefined : bytesOf(packet.payload);
  }

  /** Whether a session of the tenant keeps messages on `topic` for its client. */
  queuesFor(tenantId: string, topic: string): boolean {
    return this.tree.match(topic).some(({ clientId }) => this.sessions.get(clientId)?.tenantId === tenantId);
  }

  /** Messages on `topic` whose payload is meant go from the queues of sessions, unless they are on their way to a client. */
  withdraw(topic: string, isMeant: (payload: Buffer) => boolean): void {
    for (const { clientId } of this.tree.match(topic)) {
      if (this.queues.withdraw(clientId, (packet) => packet.topic === topic && isMeant(bytesOf(packet.payload)))) this.writer.touch();
    }
  }

  /** Retained messages on topics that begin with `prefix` go. */
  forgetRetained(prefix: string): void {
    this.retained.forget(prefix);
    this.writer.touch();
  }

  /** The QoS 2 message that was taken under that number and not released yet; its topic is empty when it is of an earlier run. */
  incomingOf(clientId: string, messageId: number): BrokerPacket | undefined {
    return this.incoming.get(clientId, messageId);
  }

  /** Its number belongs to another message now. */
  forgetIncoming(clientId: string, messageId: number): void {
    if (this.incoming.remove(clientId, messageId)) this.writer.touch();
  }

  /** Wills of earlier runs: of connections whose end nobody saw. */
  orphanedWills(): OrphanedWill[] {
    return this.wills.orphans();
  }

  // Retained messages ----------------------------------------------------------------------------------------------------

  storeRetained(packet: BrokerPacket): Promise<void> {
    this.retained.store(packet);
    this.writer.touch();
    return Promise.resolve();
  }

  createRetainedStream(pattern: string): Readable {
    return this.createRetainedStreamCombi([pattern]);
  }

  createRetainedStreamCombi(patterns: readonly string[]): Readable {
    return Readable.from(patterns.flatMap((pattern) => this.retained.matching(pattern)));
  }

  // Subscriptions --------------------------------------------------------------------------------------------------------

  async addSubscriptions(client: PersistedClient, subscriptions: readonly Subscription[]): Promise<void> {
    const granted = subscriptions.filter(({ topic }) => this.options.isGranted?.(client, topic) ?? true);
    const session = this.sessionOf(client);
    for (const { topic, ...record } of granted) {
      session.subscriptions.set(topic, record);
      this.tree.remove(topic, client.id);
      if (record.qos > 0) this.tree.add({ clientId: client.id, topic, qos: record.qos, rh: record.rh, rap: record.rap, nl: record.nl });
    }
    this.dirtySessions.changed(client.id);
    await this.writer.written(SUBSCRIPTION_WRITE_MS);
  }

  async removeSubscriptions(client: PersistedClient, topics: readonly string[]): Promise<void> {
    const session = this.sessions.get(client.id);
    if (session === undefined) return;
    for (const topic of topics) {
      session.subscriptions.delete(topic);
      this.tree.remove(topic, client.id);
    }
    if (session.subscriptions.size === 0) this.removeSession(client.id);
    else this.dirtySessions.changed(client.id);
    await this.writer.written(SUBSCRIPTION_WRITE_MS);
  }

  subscriptionsByClient(client: PersistedClient): Promise<Subscription[]> {
    const records = this.sessions.get(client.id)?.subscriptions ?? new Map<string, Omit<Subscription, 'topic'>>();
    return Promise.resolve([...records].map(([topic, record]) => ({ topic, ...record })));
  }

  subscriptionsByTopic(topic: string): Promise<TreeSubscription[]> {
    return Promise.resolve(this.tree.match(topic));
  }

  /** A client begins with a clean session: what an earlier one of its name left is given up, queue included (3.1.1, section 3.1.2.4). */
  cleanSubscriptions(client: PersistedClient): Promise<void> {
    const session = this.sessions.get(client.id);
    for (const topic of session?.subscriptions.keys() ?? []) this.tree.remove(topic, client.id);
    this.removeSession(client.id);
    this.queues.clearAll(client.id);
    this.writer.touch();
    return Promise.resolve();
  }

  countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return Promise.resolve({ subsCount: this.tree.size, clientsCount: this.sessions.size });
  }

  getClientList(topic: string): Readable {
    const clients = [...this.sessions].filter(([, session]) => session.subscriptions.has(topic));
    return Readable.from(clients.map(([clientId]) => clientId));
  }

  // Outgoing queues ------------------------------------------------------------------------------------------------------

  outgoingEnqueue(subscription: { clientId: string }, packet: BrokerPacket): Promise<void> {
    return this.outgoingEnqueueCombi([subscription], packet);
  }

  /** Messages of another tenant than the session's never reach its queue. */
  outgoingEnqueueCombi(subscriptions: readonly { clientId: string }[], packet: BrokerPacket): Promise<void> {
    const tenantId = tenantOfPacket(packet);
    for (const { clientId } of subscriptions) {
      const session = this.sessions.get(clientId);
      if (session !== undefined && tenantId !== undefined && session.tenantId !== tenantId) continue;
      this.queues.enqueue(clientId, packet);
    }
    if (subscriptions.length > 0) this.writer.touch();
    return Promise.resolve();
  }

  outgoingUpdate(client: PersistedClient, packet: BrokerPacket): Promise<void> {
    this.queues.update(client.id, packet);
    this.writer.touch();
    return Promise.resolve();
  }

  outgoingClearMessageId(client: PersistedClient, packet: BrokerPacket): Promise<unknown> {
    const cleared = this.queues.clear(client.id, packet);
    if (cleared !== undefined) this.writer.touch();
    return Promise.resolve(cleared);
  }

  outgoingStream(client: PersistedClient): Readable {
    return Readable.from(this.queues.list(client.id));
  }

  // Incoming QoS 2 -------------------------------------------------------------------------------------------------------

  incomingStorePacket(client: PersistedClient, packet: BrokerPacket): Promise<void> {
    const { messageId } = packet;
    // A clean session ended with its connection; what arrives late would stay for ever.
    if (messageId === undefined || (client.closed === true && client.clean === true)) return Promise.resolve();
    this.incoming.add(client.id, messageId, packet);
    this.writer.touch();
    return Promise.resolve();
  }

  incomingGetPacket(client: PersistedClient, { messageId }: { messageId: number }): Promise<BrokerPacket> {
    const packet = this.incoming.get(client.id, messageId);
    return packet === undefined ? Promise.reject(noSuchPacket(client.id, messageId)) : Promise.resolve(packet);
  }

  incomingDelPacket(client: PersistedClient, { messageId }: { messageId: number }): Promise<void> {
    if (!this.incoming.remove(client.id, messageId)) return Promise.reject(noSuchPacket(client.id, messageId));
    this.writer.touch();
    return Promise.resolve();
  }

  cleanIncoming(client: PersistedClient): Promise<void> {
    this.incoming.clear(client.id);
    this.writer.touch();
    return Promise.resolve();
  }

  // Wills ----------------------------------------------------------------------------------------------------------------

  putWill(client: PersistedClient, packet: WillPacket): Promise<void> {
    Object.assign(packet, { brokerId: this.broker?.id, clientId: client.id });
    this.wills.put(client, this.tenantOf(client), packet);
    this.writer.touch();
    return Promise.resolve();
  }

  getWill(client: PersistedClient): Promise<WillPacket | undefined> {
    return Promise.resolve(this.wills.get(client.id));
  }

  delWill(client: PersistedClient): Promise<WillPacket | undefined> {
    const will = this.wills.remove(client);
    if (will !== undefined) this.writer.touch();
    return Promise.resolve(will);
  }

  /** Wills of other brokers that are not among `brokers`; all wills without it. */
  streamWill(brokers?: Record<string, unknown>): Readable {
    const packets = this.wills.list();
    if (brokers === undefined) return Readable.from(packets);
    return Readable.from(packets.filter(({ brokerId = '' }) => !Object.hasOwn(brokers, brokerId) && brokerId !== this.broker?.id));
  }

  /** Writes what is not written yet, as far as the database takes it. */
  async destroy(): Promise<void> {
    await this.writer.stop(STOP_WRITE_MS);
  }

  // ----------------------------------------------------------------------------------------------------------------------

  private tenantOf(client: PersistedClient): string {
    return this.options.tenantOfClient?.(client) ?? DEFAULT_TENANT;
  }

  private sessionOf(client: PersistedClient): Session {
    let session = this.sessions.get(client.id);
    if (session === undefined) {
      session = { tenantId: this.tenantOf(client), subscriptions: new Map() };
      this.addSession(client.id, session);
    }
    return session;
  }

  private addSession(clientId: string, session: Session): void {
    this.sessions.set(clientId, session);
    const identity = identityOf(clientId);
    const known = this.sessionsByIdentity.get(identity);
    if (known === undefined) this.sessionsByIdentity.set(identity, new Set([clientId]));
    else known.add(clientId);
  }

  private removeSession(clientId: string): void {
    if (!this.sessions.delete(clientId)) return;
    const identity = identityOf(clientId);
    const known = this.sessionsByIdentity.get(identity);
    known?.delete(clientId);
    if (known?.size === 0) this.sessionsByIdentity.delete(identity);
    this.dirtySessions.removed(clientId);
  }

  private loadSession({ clientId, tenantId, subscriptions }: StoredSession): void {
    this.dirtySessions.loaded(clientId);
    this.addSession(clientId, { tenantId, subscriptions: new Map(subscriptions.map(({ topic, qos }) => [topic, { qos }])) });
    for (const { topic, qos } of subscriptions) if (qos > 0) this.tree.add({ clientId, topic, qos });
  }

  private takeChanges(): MqttChanges | undefined {
    const { put, remove } = noChanges();
    this.dirtySessions.take(BATCH, (clientId) => this.sessionRecord(clientId), put.sessions, remove.sessions);
    this.retained.dirty.take(BATCH, (topic) => this.retained.record(topic), put.retained, remove.retained);
    this.wills.dirty.take(BATCH, (clientId) => this.wills.record(clientId), put.wills, remove.wills);
    this.queues.dirty.take(BATCH, (position) => this.queues.record(position), put.queued, remove.queued);
    const gone: string[] = [];
    this.incoming.dirty.take(BATCH, (key) => this.incoming.record(key), put.incoming, gone);
    remove.incoming = gone.map(incomingKey);
    return isEmpty({ put, remove }) ? undefined : { put, remove };
  }

  private putBack({ put, remove }: MqttChanges): void {
    for (const key of [...put.sessions.map((record) => record.clientId), ...remove.sessions]) this.dirtySessions.putBack(key);
    for (const key of [...put.retained.map((record) => record.topic), ...remove.retained]) this.retained.dirty.putBack(key);
    for (const key of [...put.wills.map((record) => record.clientId), ...remove.wills]) this.wills.dirty.putBack(key);
    for (const key of [...put.queued.map((record) => record.position), ...remove.queued]) this.queues.dirty.putBack(key);
    for (const key of [...put.incoming, ...remove.incoming]) this.incoming.putBack(key);
  }

  private sessionRecord(clientId: string): MqttChanges['put']['sessions'][number] | undefined {
    const session = this.sessions.get(clientId);
    if (session === undefined) return undefined;
    return { clientId, tenantId: session.tenantId, subscriptions: [...session.subscriptions].map(([topic, { qos }]) => ({ topic, qos })) };
  }
}

function identityOf(clientId: string): string {
  const end = clientId.indexOf('/');
  return end < 0 ? clientId : clientId.slice(0, end);
}

function noSuchPacket(clientId: string, messageId: number): Error {
  return new Error(`The client ${clientId} has no message ${messageId} in progress.`);
}
