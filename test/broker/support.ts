import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { BROKER_LIMITS, MqttBroker } from '../../src/broker/broker.ts';
import type { BrokerLimits, MqttBrokerOptions } from '../../src/broker/broker.ts';
import type { BrokerRefusal, CommandResponse, PresenceChange } from '../../src/broker/ports.ts';
import { Topics } from '../../src/contracts/topics.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { DEVICE_PERMISSIONS } from '../../src/core/permissions.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Settlement, SourceMessage } from '../../src/sources/types.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { ForgetfulStore } from './memory-store.ts';

export const STORED: Settlement = { kind: 'stored', stored: 1, duplicates: 0, rejected: [] };
export const topics = new Topics('insa');

/** Everybody the tests log in as; the key is `key-of-<username>`. */
const PRINCIPALS: Record<string, Principal> = {
  'pump-01': device('pump-01', 'default'),
  'pump-02': device('pump-02', 'default'),
  'alien-01': device('alien-01', 'other'),
  gateway: {
    kind: 'gateway',
    tenantId: 'default',
    credentialId: 'gw-1',
    name: 'gateway',
    autoRegister: true,
    permissions: new Set(DEVICE_PERMISSIONS),
  },
  'alien-gateway': {
    kind: 'gateway',
    tenantId: 'other',
    credentialId: 'gw-2',
    name: 'alien',
    autoRegister: true,
    permissions: new Set(DEVICE_PERMISSIONS),
  },
  program: { kind: 'program', tenantId: 'default', credentialId: 'pr-1', name: 'program', permissions: new Set(['alerts:read']) },
  blind: { kind: 'program', tenantId: 'default', credentialId: 'pr-2', name: 'blind', permissions: new Set(['telemetry:read']) },
};

function device(deviceId: string, tenantId: string): Principal {
  return { kind: 'device', deviceId, tenantId, credentialId: `credential-of-${deviceId}`, permissions: new Set(DEVICE_PERMISSIONS) };
}

export function principal(username: string): Principal | undefined {
  return PRINCIPALS[username];
}

/** A message that the broker handed over, with the means to settle it. */
export interface Taken {
  message: SourceMessage;
  settle(settlement: Settlement): void;
}

/** A broker on a free port with sinks that remember. Messages are settled as stored at once unless `holds` is set. */
export class BrokerUnderTest {
  readonly port: number;
  readonly taken: Taken[] = [];
  readonly presence: PresenceChange[] = [];
  readonly responses: CommandResponse[] = [];
  readonly audited: BrokerRefusal[] = [];
  readonly broker: MqttBroker;
  holds = false;
  settlement: Settlement = STORED;
  /** Called before a presence change is recorded; may reject. */
  beforePresence: (change: PresenceChange) => Promise<void> = () => Promise.resolve();
  beforeResponse: () => Promise<void> = () => Promise.resolve();
  private readonly clients: MqttClient[] = [];
  private readonly raw: RawClient[] = [];

  constructor(port: number, options: Partial<MqttBrokerOptions> & { limits?: Partial<BrokerLimits> }) {
    this.port = port;
    this.broker = new MqttBroker({
      listeners: { host: '127.0.0.1', port, tlsPort: 0, tls: undefined },
      topics,
      clock: systemClock,
      logger: silentLogger,
      authenticator: {
        byKey: (username, key) => Promise.resolve(key === `key-of-${username}` ? PRINCIPALS[username] : undefined),
        byCertificate: (commonName) => Promise.resolve(PRINCIPALS[commonName]),
      },
      intake: { submit: (message, onSettled) => this.submit(message, onSettled) },
      presence: {
        record: async (change) => {
          await this.beforePresence(change);
          this.presence.push(change);
        },
      },
      responses: {
        record: async (response) => {
          await this.beforeResponse();
          this.responses.push(response);
        },
      },
      audit: { refused: (refusal) => this.audited.push(refusal) },
      store: new ForgetfulStore(),
      ...options,
    });
  }

  /** Ends all clients of the test, then the broker. */
  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.endAsync(true)));
    for (const client of this.raw) client.socket.destroy();
    await this.broker.stop();
  }

  /** A client that is connected; rejects when it is refused. */
  async connect(username: string, options: IClientOptions = {}): Promise<MqttClient> {
    const client = this.client(username, options);
    await connected(client);
    return client;
  }

  /** A client that tries to connect. */
  client(username: string, options: IClientOptions = {}): MqttClient {
    const url = options.servers === undefined ? `mqtt://127.0.0.1:${this.port}` : undefined;
    const all: IClientOptions = { username, password: `key-of-${username}`, reconnectPeriod: 0, protocolVersion: 4, ...options };
    const client = url === undefined ? mqtt.connect(all) : mqtt.connect(url, all);
    client.on('error', () => undefined); // Tests look at what happened.
    this.clients.push(client);
    return client;
  }

  /** A socket that speaks MQTT packet by packet. */
  async rawClient(): Promise<RawClient> {
    const client = await RawClient.open(this.port);
    this.raw.push(client);
    return client;
  }

  /** A socket that is logged in. */
  async loggedIn(username: string, options: { clientId?: string; clean?: boolean; will?: RawWill } = {}): Promise<RawClient> {
    const client = await this.rawClient();
    client.send(connectPacket(username, options));
    const connack = await client.next('connack');
    if (connack.returnCode !== 0) throw new Error(`refused with ${String(connack.returnCode)}`);
    return client;
  }

  private submit(message: SourceMessage, onSettled: (settlement: Settlement) => void): void {
    this.taken.push({ message, settle: onSettled });
    if (!this.holds) setImmediate(() => onSettled(this.settlement));
  }
}

export interface RawWill {
  topic: string;
  payload: Buffer;
  qos?: 0 | 1 | 2;
  retain?: boolean;
}

export function connectPacket(
  username: string,
  options: { clientId?: string; clean?: boolean; will?: RawWill; keepalive?: number } = {},
): Packet {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: options.clean ?? true,
    clientId: options.clientId ?? 'raw',
    keepalive: options.keepalive ?? 60,
    username,
    password: Buffer.from(`key-of-${username}`),
    ...(options.will === undefined ? {} : { will: { qos: 1, retain: true, ...options.will } }),
  };
}

export function publishPacket(topic: string, payload: string, messageId: number, qos: 0 | 1 | 2 = 1): Packet {
  return { cmd: 'publish', topic, payload, qos, messageId, retain: false, dup: false };
}

export class RawClient {
  readonly socket: net.Socket;
  readonly packets: Packet[] = [];
  closed = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    const parser = mqttPacket.parser();
    parser.on('packet', (packet: Packet) => this.packets.push(packet));
    socket.on('data', (chunk) => parser.parse(chunk));
    socket.on('error', () => undefined); // `closed` says it.
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...packets: Packet[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => mqttPacket.generate(packet))));
  }

  /** The first packet of that kind; waits for it. */
  async next<Command extends Packet['cmd']>(command: Command): Promise<Extract<Packet, { cmd: Command }>> {
    await until(() => this.closed || this.packets.some((packet) => packet.cmd === command), `a ${command}`);
    const packet = this.packets.find((candidate): candidate is Extract<Packet, { cmd: Command }> => candidate.cmd === command);
    if (packet === undefined) throw new Error(`the connection was closed before a ${command} came`);
    return packet;
  }

  /** Message ids of all packets of that kind, in order. */
  ids(command: Packet['cmd']): (number | undefined)[] {
    return this.packets.filter((packet) => packet.cmd === command).map((packet) => packet.messageId);
  }

  async untilClosed(): Promise<void> {
    await until(() => this.closed, 'the connection to be closed');
  }
}

export async function startBroker(options: Partial<MqttBrokerOptions> & { limits?: Partial<BrokerLimits> } = {}): Promise<BrokerUnderTest> {
  const under = new BrokerUnderTest(await freePort(), options);
  await under.broker.start();
  await under.broker.openForClients();
  return under;
}

export async function connected(client: MqttClient): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed before it was connected')));
  });
}

/** The CONNACK return code of a refusal. */
export async function refusalOf(client: MqttClient): Promise<number> {
  try {
    await connected(client);
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return error.code;
    throw error;
  }
  throw new Error('the login was accepted');
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits for a condition, at most `PATIENCE_MS`. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves when the broker has handled what this connection sent before: its PINGRESP comes after it. */
export async function roundTrip(client: RawClient): Promise<void> {
  const before = client.packets.filter((packet) => packet.cmd === 'pingresp').length;
  client.send({ cmd: 'pingreq' });
  await until(() => client.closed || client.packets.filter((packet) => packet.cmd === 'pingresp').length > before, 'a PINGRESP');
}

export const limits = BROKER_LIMITS;
