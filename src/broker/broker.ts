import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client, PublishPacket } from 'aedes';
import { LIMITS } from '../contracts/limits.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { SourceIntake } from '../sources/types.ts';
import { MqttConnection } from './connection.ts';
import type { ConnectionLimits, ConnectionOrigin } from './connection.ts';
import { IntakeBudget } from './intake-budget.ts';
import { Listeners } from './listeners.ts';
import type { ListenerOptions } from './listeners.ts';
import { Login } from './login.ts';
import { tenantProperties } from './packets.ts';
import { publishOrphanedWills } from './orphaned-wills.ts';
import { TopicCache } from './peer.ts';
import { MqttPersistence } from './persistence.ts';
import { connectionOf, PlatformAedes, publishWith, suppressWill } from './platform-aedes.ts';
import type { BrokerAudit, BrokerAuthenticator, CommandResponseSink, GatewaySink, MqttStore, PresenceSink } from './ports.ts';
import { PresenceTracker } from './presence-tracker.ts';
import { PublishGate } from './publish-gate.ts';
import { RefusalLog } from './refusal-log.ts';
import { MqttRefusal } from './refusal.ts';
import type { RefusalCounts } from './refusal.ts';
import { SubscribeGate } from './subscribe-gate.ts';
import { filterMatches } from './topic-tree.ts';

/** A subscriber that takes nothing for this long is cut off: it would hold up everybody on its topics. */
const DRAIN_TIMEOUT_MS = 2_000;
/** Topic and message id of a PUBLISH come on top of the message. */
const HEADER_ALLOWANCE_BYTES = 1_024;
const STOP_PRESENCE_MS = 2_000;
const EXPIRY_SWEEP_MS = 10_000;
/** Sessions that one credential may leave behind; of more, the oldest that is not connected goes. */
const SESSIONS_PER_IDENTITY = 16;

/** What may be changed for tests and special installations. */
export interface BrokerLimits extends ConnectionLimits {
  /** Unsettled messages of all connections together, bytes. */
  intakeBytes: number;
}

/** The limits of DESIGN, sections 4 and 11. */
export const BROKER_LIMITS: BrokerLimits = {
  connectBytes: 64 * 1024,
  packetBytes: LIMITS.messageBytes + HEADER_ALLOWANCE_BYTES,
  unsettled: 1_000,
  connectTimeoutMs: 10_000,
  subscriptions: 100,
  intakeBytes: 64 * 1024 * 1024,
};

/** What the broker is made of; `app` wires it. */
export interface MqttBrokerOptions {
  listeners: ListenerOptions;
  topics: Topics;
  clock: Clock;
  logger: Logger;
  authenticator: BrokerAuthenticator;
  intake: SourceIntake;
  presence: PresenceSink;
  gateways?: GatewaySink;
  responses: CommandResponseSink;
  audit: BrokerAudit;
  store: MqttStore;
  limits?: Partial<BrokerLimits>;
}

/** A message of the platform to its subscribers. */
export interface PlatformMessage {
  /** Only clients of this tenant receive it. */
  tenantId: string;
  topic: string;
  payload: string | Buffer;
  qos: 0 | 1 | 2;
  retain: boolean;
}

/** What the broker holds and has done since its start. */
export interface BrokerStats {
  connections: number;
  sessions: number;
  retained: number;
  /** Messages that wait for sessions, and those dropped because a session had too many. */
  queued: number;
  queueDropped: number;
  /** PUBLISH packets received. */
  received: number;
  /** Bytes of messages that are not settled. */
  unsettledBytes: number;
  refusals: RefusalCounts;
}

/** The MQTT 3.1.1 broker of the platform (REQUIREMENTS, section 4; DESIGN, sections 4 and 11): aedes behind guards. */
export class MqttBroker {
  private readonly options: MqttBrokerOptions;
  private readonly limits: BrokerLimits;
  private readonly topics: TopicCache;
  private readonly budget: IntakeBudget;
  private readonly refusals: RefusalLog;
  private readonly presence: PresenceTracker;
  private readonly persistence: MqttPersistence;
  private readonly gate: PublishGate;
  private readonly listeners: Listeners;
  private readonly clients = new Map<MqttConnection, Client>();
  private readonly subscriptions: SubscribeGate;
  private aedes: PlatformAedes | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private accepting: 'not yet' | 'yes' | 'storage lost' | 'stopped' = 'not yet';

  constructor(options: MqttBrokerOptions) {
    const { topics, clock, logger, intake, responses } = options;
    this.options = options;
    this.limits = { ...BROKER_LIMITS, ...options.limits };
    this.topics = new TopicCache(topics);
    this.budget = new IntakeBudget(this.limits.intakeBytes);
    this.refusals = new RefusalLog(options.audit, clock);
    this.presence = new PresenceTracker(options.presence, logger);
    this.persistence = new MqttPersistence({
      store: options.store,
      logger,
      tenantOfClient: ({ conn }) => (conn instanceof MqttConnection ? conn.peer?.principal.tenantId : undefined),
      isGranted: ({ conn }, topic) => conn instanceof MqttConnection && conn.granted.has(topic),
    });
    this.subscriptions = new SubscribeGate({ topics, persistence: this.persistence, refusals: this.refusals });
    this.gate = new PublishGate({
      topics: this.topics,
      intake,
      presence: this.presence,
      responses,
      persistence: this.persistence,
      refusals: this.refusals,
      clock,
      echo: this.subscriptions.echo,
      dropWill: (client) => this.dropWill(client),
    });
    this.listeners = new Listeners(options.listeners, {
      logger,
      connected: (source, origin) => this.connected(source, origin),
      badCertificate: (address, reason) => this.badCertificate(address, reason),
    });
  }

  /** Loads what the last run left and publishes its orphaned wills. Nobody can connect before `openForClients`. */
  async start(): Promise<void> {
    const aedes = this.createAedes();
    this.aedes = aedes;
    await aedes.listen();
    this.subscriptions.rememberSessions();
    const { persistence, presence, topics } = this;
    await publishOrphanedWills({ aedes, persistence, presence, topics, clock: this.options.clock, logger: this.options.logger });
  }

  /**
   * Flows run: listens. Not before, because a client that is answered "unavailable" may give up for good, while one that finds the port
   * closed tries again. Rejects with `INVALID_CONFIG` when a port is taken.
   */
  async openForClients(): Promise<void> {
    if (this.accepting !== 'not yet') return;
    this.accepting = 'yes';
    this.sweeper = setInterval(() => this.endExpired(), EXPIRY_SWEEP_MS).unref();
    await this.listeners.start();
  }

  /** Closes everything and writes what is left. Wills are kept: the next start publishes those of devices that had one. */
  async stop(): Promise<void> {
    this.accepting = 'stopped';
    clearInterval(this.sweeper);
    this.listeners.stop();
    for (const client of this.clients.values()) suppressWill(client);
    await this.closeAll();
    const { aedes } = this;
    this.aedes = undefined;
    if (aedes !== undefined) await new Promise<void>((resolve) => aedes.close(resolve));
    await this.presence.stop(STOP_PRESENCE_MS);
    await this.persistence.destroy();
  }

  /** Nothing can be stored: all connections are closed without their wills, and nobody may log in. */
  async storageLost(): Promise<void> {
    if (this.accepting === 'stopped') return;
    this.accepting = this.accepting === 'not yet' ? 'not yet' : 'storage lost';
    for (const client of this.clients.values()) this.dropWill(client);
    await this.closeAll();
  }

  /** Storage works again. */
  storageBack(): void {
    if (this.accepting === 'storage lost') this.accepting = 'yes';
  }

  /** A WebSocket upgrade at `/mqtt`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.listeners.handleUpgrade(request, socket, head);
  }

  /** Sends a message to its subscribers and queues it for their sessions. Rejects before the start and after the stop. */
  async publish({ tenantId, topic, payload, qos, retain }: PlatformMessage): Promise<void> {
    const { aedes } = this;
    if (aedes === undefined) throw new AppError('INTERNAL', `The message on ${topic} was not published: the MQTT broker is not running.`);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const packet: PublishPacket = {
      cmd: 'publish',
      topic,
      payload: bytes,
      qos,
      retain,
      dup: false,
      properties: tenantProperties(tenantId),
    };
    await publishWith(aedes, packet);
  }

  /** Who would get a message on `topic`: a client that is connected, a session that waits for its client, or nobody. */
  audienceOf(tenantId: string, topic: string): 'connected' | 'queued' | 'none' {
    for (const { peer, granted, destroyed } of this.clients.keys()) {
      if (destroyed || peer?.principal.tenantId !== tenantId || !peer.mayReceive(topic)) continue;
      for (const filter of granted) if (filterMatches(filter, topic)) return 'connected';
    }
    return this.persistence.queuesFor(tenantId, topic) ? 'queued' : 'none';
  }

  /** Takes back messages that wait for clients that are away; what a client was sent cannot be taken back. */
  withdraw(topic: string, isMeant: (payload: Buffer) => boolean): void {
    this.persistence.withdraw(topic, isMeant);
  }

  /** The retained message on `topic`. */
  retainedOn(topic: string): Buffer | undefined {
    return this.persistence.retainedOn(topic);
  }

  /** Ends the connections of a credential that is not valid any more. */
  disconnectCredential(credentialId: string): void {
    for (const connection of this.clients.keys()) if (connection.peer?.credentialId === credentialId) connection.destroy();
  }

  /** Ends the connections of keys that have expired. */
  endExpired(): void {
    const nowMs = this.options.clock.nowMs();
    for (const connection of this.clients.keys()) {
      if ((connection.peer?.principal.expiresAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) connection.destroy();
    }
  }

  /** Ends the connections of a device. */
  disconnectDevice(deviceId: string): void {
    for (const connection of this.clients.keys()) if (connection.peer?.deviceId === deviceId) connection.destroy();
  }

  /** A device was removed: its connections, sessions and retained messages go. */
  async forgetDevice(deviceId: string): Promise<void> {
    for (const [connection, client] of this.clients) if (connection.peer?.deviceId === deviceId) this.dropWill(client);
    this.disconnectDevice(deviceId);
    for (const clientId of this.persistence.sessionsOf(deviceId)) await this.persistence.forgetSession(clientId);
    this.persistence.forgetRetained(`${this.options.topics.root}/devices/${deviceId}/`);
  }

  /** Numbers for metrics and health. */
  stats(): BrokerStats {
    return {
      connections: this.clients.size,
      ...this.persistence.sizes(),
      queueDropped: this.persistence.queues.droppedCount,
      received: this.gate.received,
      unsettledBytes: this.budget.usedBytes,
      refusals: { ...this.refusals.counts },
    };
  }

  private createAedes(): PlatformAedes {
    const login = new Login({
      topics: this.options.topics,
      authenticator: this.options.authenticator,
      refusals: this.refusals,
      logger: this.options.logger,
      isOpen: () => this.accepting === 'yes',
      connectedClient: (clientId) => this.aedes?.clientOf(clientId),
    });
    const aedes = new PlatformAedes({
      persistence: this.persistence,
      concurrency: 0, // Back-pressure is per connection; a limit here would queue without one.
      connectTimeout: this.limits.connectTimeoutMs,
      drainTimeout: DRAIN_TIMEOUT_MS,
      maxClientsIdLength: 1_000, // The prefix is not the client's; MQTT 3.1's 23 characters are not insisted on.
      preConnect: (client, packet, callback) => login.preConnect(client, packet, callback),
      authenticate: (client, _username, _password, callback) => login.authenticate(client, callback),
      authorizePublish: (client, packet, callback) => this.gate.authorize(client, packet, callback),
      authorizeSubscribe: (client, subscription, callback) => callback(null, this.subscriptions.grant(client, subscription)),
      authorizeForward: (client, packet) => (this.subscriptions.mayReceive(client, packet) ? packet : null),
    });
    this.listenTo(aedes);
    return aedes;
  }

  private listenTo(aedes: PlatformAedes): void {
    const { logger } = this.options;
    (aedes as EventEmitter).on('error', (error: unknown) => logger.error({ reason: messageOf(error) }, 'The MQTT broker met an error.'));
    aedes.on('clientError', (client, error) => this.ended(client, error));
    aedes.on('connectionError', (client, error) => this.ended(client, error));
    aedes.on('client', (client) => this.present(client));
    aedes.on('clientReady', (client) => this.limitSessions(client));
    aedes.on('connackSent', ({ returnCode }, client) => {
      if (returnCode === 0) connectionOf(client).open();
    });
    aedes.on('unsubscribe', (topics, client) => {
      for (const topic of topics) connectionOf(client).granted.delete(topic);
    });
  }

  private connected(source: Duplex, origin: ConnectionOrigin): void {
    const { aedes } = this;
    if (aedes === undefined || this.accepting === 'stopped') {
      source.on('error', () => undefined); // It is being closed anyway.
      source.destroy();
      return;
    }
    const connection = new MqttConnection(source, origin, this.limits, this.budget);
    connection.once('close', () => {
      this.clients.delete(connection);
      this.absent(connection);
    });
    this.clients.set(connection, aedes.handle(connection));
  }

  private badCertificate(address: string, reason: string): void {
    this.refusals.count('bad_certificate');
    const refusal = { tenantId: undefined, actor: 'unknown', action: 'mqtt.connect', target: '', address } as const;
    this.refusals.report(address, { ...refusal, reason: `The client certificate was not accepted: ${reason}` });
  }

  /** A connection ended by an error: count what the client did wrong. */
  private ended(client: Client, error: Error): void {
    const reason = reasonOf(error);
    if (reason !== undefined) this.refusals.count(reason);
    this.options.logger.debug({ client: client.id, reason: error.message }, 'An MQTT connection ended with an error.');
  }

  private present(client: Client): void {
    const connection = connectionOf(client);
    const { principal } = connection.peer ?? {};
    if (principal === undefined || connection.destroyed) return;
    connection.isPresent = true;
    const atMs = this.options.clock.nowMs();
    if (principal.kind === 'device') this.presence.connected(principal.deviceId, principal.tenantId, atMs);
    else if (principal.kind === 'gateway') this.options.gateways?.connected(principal.tenantId, principal.name, atMs);
  }

  private absent(connection: MqttConnection): void {
    const { principal } = connection.peer ?? {};
    if (principal === undefined || !connection.isPresent) return;
    connection.isPresent = false;
    const atMs = this.options.clock.nowMs();
    if (principal.kind === 'device') this.presence.disconnected(principal.deviceId, principal.tenantId, atMs);
    else if (principal.kind === 'gateway') this.options.gateways?.disconnected(principal.tenantId, principal.name, atMs);
  }

  private limitSessions(client: Client): void {
    const { peer } = connectionOf(client);
    if (peer === undefined || client.clean) return;
    const sessions = this.persistence.sessionsOf(peer.identity);
    for (const clientId of sessions.slice(0, Math.max(0, sessions.length - SESSIONS_PER_IDENTITY))) {
      if (this.aedes?.clientOf(clientId) === undefined) void this.persistence.forgetSession(clientId);
    }
  }

  private dropWill(client: Client): void {
    suppressWill(client);
    void this.persistence.delWill(client);
  }

  /** Ends every connection; resolves when their sockets are closed. */
  private async closeAll(): Promise<void> {
    await Promise.all([...this.clients.keys()].map((connection) => connection.closeNow()));
  }
}

/** aedes' and mqtt-packet's errors have messages only; those of sockets have a code and are nobody's fault. */
function reasonOf(error: Error): keyof RefusalCounts | undefined {
  if (error instanceof MqttRefusal) return error.reason;
  if ('code' in error || 'errorCode' in error || error.message === 'connection closed') return undefined;
  if (error.message === 'keep alive timeout') return 'keepalive_timeout';
  return error.message === 'drain timeout' ? 'slow_client' : 'malformed_packet';
}
