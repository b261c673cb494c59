import { randomUUID } from 'node:crypto';
import type { Client, ConnectPacket } from 'aedes';
import type { Topics } from '../contracts/topics.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { actorOf } from '../core/principal.ts';
import type { Principal } from '../core/principal.ts';
import type { MqttConnection } from './connection.ts';
import { Peer } from './peer.ts';
import { connectionOf } from './platform-aedes.ts';
import type { BrokerAuthenticator } from './ports.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { RefusalReason } from './refusal.ts';
import { hasControlCharacter } from './text.ts';

const MAX_CLIENT_ID = 256;

/** The CONNACK return codes that refuse (MQTT 3.1.1, table 3.1). */
const RETURN_CODE = { identifier: 2, unavailable: 3, credentials: 4, forbidden: 5 } as const;

/** What logging in needs. */
export interface LoginPorts {
  topics: Topics;
  authenticator: BrokerAuthenticator;
  refusals: RefusalLog;
  logger: Logger;
  /** False before flows run and while storage is away. */
  isOpen(): boolean;
  /** A connected client with that (prefixed) id. */
  connectedClient(clientId: string): Client | undefined;
}

class LoginRefusal extends Error {
  readonly returnCode: number;
  readonly reason: RefusalReason;

  constructor(returnCode: number, reason: RefusalReason, message: string) {
    super(message);
    this.name = 'LoginRefusal';
    this.returnCode = returnCode;
    this.reason = reason;
  }
}

type Callback = (error: (Error & { returnCode: number }) | null, success: boolean) => void;

/**
 * aedes' `preConnect` and `authenticate`. The first finds out who it is and prefixes the client id with that; the second gives the
 * answer, because only there a refusal becomes a CONNACK.
 */
export class Login {
  private readonly ports: LoginPorts;
  private readonly decisions = new WeakMap<MqttConnection, Peer | LoginRefusal>();

  constructor(ports: LoginPorts) {
    this.ports = ports;
  }

  preConnect(client: Client, packet: ConnectPacket, callback: (error: Error | null, success: boolean) => void): void {
    if (packet.protocolVersion !== 3 && packet.protocolVersion !== 4) {
      this.ports.refusals.count('unsupported_version');
      callback(null, true); // aedes answers with return code 1.
      return;
    }
    const connection = connectionOf(client);
    void this.decide(connection, packet).then((decision) => {
      if (client.closed || connection.destroyed) return;
      this.decisions.set(connection, decision);
      if (decision instanceof Peer) packet.clientId = `${decision.identity}/${packet.clientId === '' ? randomUUID() : packet.clientId}`;
      callback(null, true);
    });
  }

  authenticate(client: Client, callback: Callback): void {
    const connection = connectionOf(client);
    const decision = this.decisions.get(connection);
    if (!(decision instanceof Peer)) {
      const refusal = decision ?? new LoginRefusal(RETURN_CODE.forbidden, 'not_mqtt', 'The login was not decided.');
      callback(refusal, false);
      return;
    }
    connection.peer = decision;
    const earlier = this.ports.connectedClient(client.id);
    if (earlier !== undefined) connectionOf(earlier).replaced = true;
    callback(null, true);
  }

  /** Never rejects. */
  private async decide(connection: MqttConnection, packet: ConnectPacket): Promise<Peer | LoginRefusal> {
    const decision = await this.tryLogin(connection, packet);
    if (decision instanceof LoginRefusal) this.ports.refusals.count(decision.reason);
    return decision;
  }

  private async tryLogin(connection: MqttConnection, packet: ConnectPacket): Promise<Peer | LoginRefusal> {
    try {
      if (!this.ports.isOpen()) throw new LoginRefusal(RETURN_CODE.unavailable, 'not_open', 'The platform does not take messages now.');
      checkClientId(packet);
      const peer = new Peer(await this.prove(connection, packet), this.ports.topics);
      this.checkWill(connection, peer, packet);
      return peer;
    } catch (error) {
      if (error instanceof LoginRefusal) return error;
      this.ports.logger.warn({ reason: messageOf(error) }, 'A login over MQTT could not be checked.');
      return new LoginRefusal(RETURN_CODE.unavailable, 'login_unavailable', messageOf(error));
    }
  }

  private async prove(connection: MqttConnection, packet: ConnectPacket): Promise<Principal> {
    const { commonName } = connection.origin;
    const username = packet.username ?? '';
    if (commonName !== undefined) {
      const isNamed = username === '' || username === commonName;
      const principal = isNamed ? await this.ports.authenticator.byCertificate(commonName) : undefined;
      if (principal !== undefined) return principal;
      throw this.refuse(
        connection,
        commonName,
        'bad_certificate',
        'The client certificate names no device, or another than the user name.',
      );
    }
    const key = packet.password?.toString('utf8') ?? '';
    if (username === '' || key === '' || hasControlCharacter(username)) {
      throw this.refuse(connection, username, 'bad_credentials', 'User name and password (device id and key) are needed.');
    }
    const principal = await this.ports.authenticator.byKey(username, key);
    if (principal === undefined) throw this.refuse(connection, username, 'bad_credentials', 'The user name or the key is wrong.');
    return principal;
  }

  private refuse(connection: MqttConnection, actor: string, reason: 'bad_credentials' | 'bad_certificate', message: string): LoginRefusal {
    const { address } = connection.origin;
    const printable = hasControlCharacter(actor) ? '' : actor.slice(0, MAX_CLIENT_ID);
    this.ports.refusals.report(address, {
      tenantId: undefined,
      actor: printable === '' ? 'unknown' : printable,
      action: 'mqtt.connect',
      target: printable,
      address,
      reason: message,
    });
    return new LoginRefusal(reason === 'bad_credentials' ? RETURN_CODE.credentials : RETURN_CODE.forbidden, reason, message);
  }

  /** A will is published when nobody can be told any more that it was refused. */
  private checkWill(connection: MqttConnection, peer: Peer, { will }: ConnectPacket): void {
    if (will === undefined) return;
    const topic = hasControlCharacter(will.topic) ? undefined : this.ports.topics.parse(will.topic);
    if (topic !== undefined && peer.mayPublish(topic)) return;
    const actor = actorOf(peer.principal);
    const reason = 'The last will is on a topic that this client may not publish to.';
    const { address } = connection.origin;
    const { tenantId } = peer.principal;
    this.ports.refusals.report(peer.identity, { tenantId, actor, action: 'mqtt.connect', target: will.topic, address, reason });
    throw new LoginRefusal(RETURN_CODE.forbidden, 'foreign_will', reason);
  }
}

function checkClientId({ clientId, clean }: ConnectPacket): void {
  if (clientId === '' && clean !== true) {
    throw new LoginRefusal(RETURN_CODE.identifier, 'bad_client_id', 'An empty client id needs a clean session.');
  }
  if (clientId.length > MAX_CLIENT_ID || hasControlCharacter(clientId)) {
    throw new LoginRefusal(
      RETURN_CODE.identifier,
      'bad_client_id',
      `A client id has at most ${MAX_CLIENT_ID} characters and no control characters.`,
    );
  }
}
