import type { Client, PublishPacket } from 'aedes';
import type { DeviceTopic } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { actorOf } from '../core/principal.ts';
import type { Settlement, SourceIntake } from '../sources/types.ts';
import type { MqttConnection } from './connection.ts';
import { bytesOf, tenantProperties } from './packets.ts';
import type { Peer, TopicCache } from './peer.ts';
import type { MqttPersistence } from './persistence.ts';
import { connectionOf, endHere } from './platform-aedes.ts';
import type { CommandResponseSink } from './ports.ts';
import { isFinal } from './presence-tracker.ts';
import type { PresenceTracker } from './presence-tracker.ts';
import type { RefusalLog } from './refusal-log.ts';
import { MqttRefusal } from './refusal.ts';
import { END, FORWARD } from './settlement-queue.ts';
import type { PendingPublish, PublishOutcome } from './settlement-queue.ts';
import { parseStatus } from './status-payload.ts';
import { hasControlCharacter } from './text.ts';

type Done = (error?: Error | null) => void;
type OnOutcome = (outcome: PublishOutcome) => void;

/** What decides about PUBLISH packets. */
export interface PublishGatePorts {
  topics: TopicCache;
  intake: SourceIntake;
  presence: PresenceTracker;
  responses: CommandResponseSink;
  persistence: MqttPersistence;
  refusals: RefusalLog;
  clock: Clock;
  /** Devices that subscribed to everything of their own, their telemetry included. */
  echo: ReadonlySet<string>;
  /** The connection ends by no fault of the client: its will must not be published. */
  dropWill(client: Client): void;
}

/** A PUBLISH on its way to whoever takes it. */
interface Arrival {
  peer: Peer;
  packet: PublishPacket;
  sender: string;
}

/**
 * aedes' `authorizePublish`: the only place before the acknowledgement. Telemetry goes to the flow, status and answers to their sinks,
 * and each is acknowledged when it is settled, in the order of arrival. Synchronous up to `intake.submit`, without a promise a message.
 */
export class PublishGate {
  /** PUBLISH packets that came from clients. */
  received = 0;
  private readonly ports: PublishGatePorts;

  constructor(ports: PublishGatePorts) {
    this.ports = ports;
  }

  authorize(client: Client | null, packet: PublishPacket, done: Done): void {
    if (client === null) {
      done(null); // The platform itself.
      return;
    }
    const connection = connectionOf(client);
    const { peer } = connection;
    if (peer === undefined) {
      done(new MqttRefusal('not_mqtt', 'A message came before the login.'));
      return;
    }
    // A closed client publishes one thing only: its last will.
    if (client.closed) this.will(connection, { peer, packet, sender: client.id }, done);
    else this.message(client, connection, { peer, packet, sender: client.id }, done);
  }

  private message(client: Client, connection: MqttConnection, arrival: Arrival, done: Done): void {
    const { packet } = arrival;
    const bytes = packet.length ?? 0;
    this.received += 1;
    connection.taken(bytes);
    const entry: PendingPublish = {
      outcome: undefined,
      release: (outcome) => {
        connection.settled(bytes);
        if (client.closed || connection.isClosing) this.releaseLate(client, packet, outcome);
        else this.release(client, packet, outcome, done);
      },
    };
    connection.pending.add(entry);
    // The sender of a QoS 2 message repeats it until it is received; the flow has it already.
    if (packet.qos === 2 && this.isRepeated(client.id, packet)) {
      connection.pending.settle(entry, FORWARD);
      return;
    }
    this.route(connection, arrival, (outcome) => connection.pending.settle(entry, outcome));
  }

  /**
   * Whether a QoS 2 message was taken before. A sender that lost its memory begins its numbers anew: another message under a number that
   * was never released is new, or it would be acknowledged and not stored.
   */
  private isRepeated(clientId: string, packet: PublishPacket): boolean {
    const { persistence } = this.ports;
    const messageId = packet.messageId ?? 0;
    const earlier = persistence.incomingOf(clientId, messageId);
    if (earlier === undefined) return false;
    // Of messages that were taken before a restart nothing but the number is known.
    if (packet.dup || earlier.topic === '') return true;
    if (earlier.topic === packet.topic && bytesOf(earlier.payload).equals(bytesOf(packet.payload))) return true;
    persistence.forgetIncoming(clientId, messageId);
    return false;
  }

  private release(client: Client, packet: PublishPacket, outcome: PublishOutcome, done: Done): void {
    if (outcome.kind === 'close') {
      const { error } = outcome;
      connectionOf(client).isClosing = true; // Nothing behind it is acknowledged before it.
      if (error.reason === 'unavailable') this.ports.dropWill(client);
      setImmediate(() => done(error)); // Acknowledgements of this turn leave first.
      return;
    }
    if (outcome.kind === 'end') endHere(packet);
    done(null);
  }

  /** Nobody is there to hear the acknowledgement, but a repeat of a QoS 2 message in the next connection must be recognised. */
  private releaseLate(client: Client, packet: PublishPacket, outcome: PublishOutcome): void {
    if (packet.qos === 2 && outcome.kind !== 'close') void this.ports.persistence.incomingStorePacket(client, packet);
  }

  private route(connection: MqttConnection, arrival: Arrival, onOutcome: OnOutcome): void {
    const { peer, packet } = arrival;
    if (packet.topic === peer.ownTelemetryTopic && peer.deviceId !== undefined) {
      this.telemetry(arrival, peer.deviceId, undefined, onOutcome);
      return;
    }
    const topic = this.ports.topics.parse(packet.topic);
    if (topic === undefined || !peer.mayPublish(topic)) {
      onOutcome({ kind: 'close', error: this.foreign(connection, arrival) });
      return;
    }
    this.take(arrival, topic, onOutcome);
  }

  private take(arrival: Arrival, topic: DeviceTopic, onOutcome: OnOutcome): void {
    switch (topic.kind) {
      case 'telemetry':
        this.telemetry(arrival, topic.deviceId, undefined, onOutcome);
        return;
      case 'telemetry_key':
        this.telemetry(arrival, topic.deviceId, topic.key, onOutcome);
        return;
      case 'status':
        this.status(arrival, topic.deviceId, onOutcome);
        return;
      case 'command_response':
        this.response(arrival, topic.deviceId, onOutcome);
        return;
      case 'config':
      case 'command':
        onOutcome({ kind: 'close', error: new MqttRefusal('foreign_topic', `${arrival.packet.topic} is written by the platform only.`) });
    }
  }

  private telemetry({ peer, packet, sender }: Arrival, deviceId: string, key: string | undefined, onOutcome: OnOutcome): void {
    const { intake, clock, echo } = this.ports;
    packet.retain = false;
    intake.submit(
      {
        kind: 'mqtt',
        principal: peer.principal,
        deviceId,
        key,
        topic: packet.topic,
        // Not copied: it is a part of what was read from the socket, which stays in memory as long as it does.
        raw: bytesOf(packet.payload),
        index: 0,
        receivedAtMs: clock.nowMs(),
        sender,
      },
      (settlement) => {
        const forwards = echo.size > 0 && echo.has(deviceId);
        if (forwards) packet.properties = tenantProperties(peer.principal.tenantId);
        onOutcome(this.outcomeOf(settlement, packet, forwards));
      },
    );
  }

  private outcomeOf(settlement: Settlement, packet: PublishPacket, forwards: boolean): PublishOutcome {
    switch (settlement.kind) {
      case 'stored':
      case 'discarded':
        return forwards ? FORWARD : END;
      case 'rejected':
        return END;
      case 'unavailable':
        // At QoS 0 the device would not send again: closing the connection would help nobody.
        if (packet.qos === 0) {
          this.ports.refusals.count('unavailable');
          return END;
        }
        return { kind: 'close', error: new MqttRefusal('unavailable', settlement.message) };
    }
  }

  private status(arrival: Arrival, deviceId: string, onOutcome: OnOutcome): void {
    const { peer, packet } = arrival;
    const { tenantId } = peer.principal;
    packet.properties = tenantProperties(tenantId);
    // Nothing, retained: the topic is cleared.
    if (packet.payload.length === 0 && packet.retain) {
      const ownerId = this.ports.persistence.tenantOfRetained(packet.topic);
      onOutcome(ownerId === undefined || ownerId === tenantId ? FORWARD : END);
      return;
    }
    const status = parseStatus(bytesOf(packet.payload));
    if (status === undefined) {
      this.ports.refusals.count('bad_status');
      this.report(arrival, 'The payload is no status; send "online", "offline", "error" or {"status": ...}.');
      onOutcome(END);
      return;
    }
    const recorded = this.ports.presence.status({ deviceId, tenantId, status, atMs: this.ports.clock.nowMs() });
    this.whenRecorded(recorded, arrival, onOutcome);
  }

  private response(arrival: Arrival, deviceId: string, onOutcome: OnOutcome): void {
    const { peer, packet } = arrival;
    const { tenantId } = peer.principal;
    packet.retain = false;
    packet.properties = tenantProperties(tenantId);
    const receivedAtMs = this.ports.clock.nowMs();
    this.whenRecorded(
      this.ports.responses.record({ deviceId, tenantId, payload: bytesOf(packet.payload), receivedAtMs }),
      arrival,
      onOutcome,
    );
  }

  private whenRecorded(recorded: Promise<void>, arrival: Arrival, onOutcome: OnOutcome): void {
    recorded.then(
      () => onOutcome(FORWARD),
      (error: unknown) => {
        const reason = messageOf(error);
        if (!isFinal(error)) {
          onOutcome({ kind: 'close', error: new MqttRefusal('unavailable', reason) });
          return;
        }
        this.ports.refusals.count('refused_by_platform');
        this.report(arrival, reason);
        onOutcome(END);
      },
    );
  }

  private report({ peer, packet, sender }: Arrival, reason: string): void {
    const { tenantId } = peer.principal;
    const actor = actorOf(peer.principal);
    this.ports.refusals.report(sender, { tenantId, actor, action: 'mqtt.publish', target: packet.topic, address: '', reason });
  }

  /** Its rights were checked at the login. */
  private will(connection: MqttConnection, arrival: Arrival, done: Done): void {
    const { peer, packet } = arrival;
    const topic = this.ports.topics.parse(packet.topic);
    if (topic === undefined || !peer.mayPublish(topic)) {
      done(new MqttRefusal('foreign_will', `The last will on ${packet.topic} is not this client's to publish.`));
      return;
    }
    if (topic.kind === 'status' && topic.deviceId === peer.deviceId && this.isStillConnected(connection, topic.deviceId)) {
      done(new MqttRefusal('foreign_will', 'The device is connected again; its last will does not hold any more.'));
      return;
    }
    this.take(arrival, topic, (outcome) => {
      if (outcome.kind === 'end') endHere(packet);
      done(outcome.kind === 'close' ? outcome.error : null);
    });
  }

  private isStillConnected(connection: MqttConnection, deviceId: string): boolean {
    return connection.replaced || this.ports.presence.connectionsOf(deviceId) > (connection.isPresent ? 1 : 0);
  }

  private foreign(connection: MqttConnection, { peer, packet, sender }: Arrival): MqttRefusal {
    const isBroken = hasControlCharacter(packet.topic);
    const reason = isBroken ? 'The topic contains control characters or is not UTF-8.' : 'The topic is not one this client may publish to.';
    this.ports.refusals.report(sender, {
      tenantId: peer.principal.tenantId,
      actor: actorOf(peer.principal),
      action: 'mqtt.publish',
      target: packet.topic,
      address: connection.origin.address,
      reason,
    });
    return new MqttRefusal(isBroken ? 'bad_topic' : 'foreign_topic', `${packet.topic}: ${reason}`);
  }
}
