import { Aedes } from 'aedes';
import type { Client, PublishPacket } from 'aedes';
import { MqttConnection } from './connection.ts';

type Done = (error?: Error) => void;
type PublishWithClient = (packet: PublishPacket, client: Client | null, done?: Done) => void;

// aedes' types leave out the form that its own handlers call.
const basePublish = Reflect.get(Aedes.prototype, 'publish') as unknown as PublishWithClient;

const ENDS_HERE = Symbol('ends here');

/** What aedes 1.2 has on a client and its types leave out. */
interface ClientInside {
  will: unknown;
  _will: unknown;
}

/**
 * aedes, which forwards only what somebody may receive. Telemetry goes to the flow and nowhere else: looking for subscribers, asking the
 * persistence and walking the emitter for it would cost more than everything before it. `$SYS` messages are for other brokers, and
 * nobody may subscribe to them.
 */
export class PlatformAedes extends Aedes {
  override publish(packet: PublishPacket, clientOrDone: Client | Done | null, done?: Done): void {
    const finished = typeof clientOrDone === 'function' ? clientOrDone : done;
    if (ENDS_HERE in packet || packet.topic.startsWith('$SYS/')) {
      finished?.();
      return;
    }
    Reflect.apply(basePublish, this, [packet, typeof clientOrDone === 'function' ? null : clientOrDone, finished]);
  }

  /** The connected client of that id. */
  clientOf(id: string): Client | undefined {
    return (this as unknown as { clients: Record<string, Client | undefined> }).clients[id];
  }
}

/** The packet is acknowledged and not forwarded to anybody. */
export function endHere(packet: PublishPacket): void {
  Object.assign(packet, { [ENDS_HERE]: true });
}

/** The guarded connection that a client of aedes speaks through. */
export function connectionOf(client: Client): MqttConnection {
  if (client.conn instanceof MqttConnection) return client.conn;
  throw new TypeError('A client of the broker has a connection that did not come through the guards.');
}

/** The connection may end without its last will being published. */
export function suppressWill(client: Client): void {
  Object.assign(client as unknown as ClientInside, { will: null, _will: null } satisfies ClientInside);
}

/** Publishes on behalf of the platform; resolves when the message is forwarded and queued. */
export function publishWith(aedes: PlatformAedes, packet: PublishPacket): Promise<void> {
  return new Promise((resolve, reject) => {
    aedes.publish(packet, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}
