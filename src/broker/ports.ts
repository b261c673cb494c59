import type { DeviceStatus } from '../contracts/devices.ts';
import type { MqttChanges, MqttState } from '../contracts/mqtt-state.ts';
import type { Principal } from '../core/principal.ts';

/** Who a client is. Both answer undefined when the proof is wrong and reject when it cannot be checked now (CONNACK 3). */
export interface BrokerAuthenticator {
  /** `username` is the device id (gateways and programs: any text), `key` the secret. */
  byKey(username: string, key: string): Promise<Principal | undefined>;
  /** The device that a verified client certificate names. */
  byCertificate(commonName: string): Promise<Principal | undefined>;
}

/** What a connection, a status topic or a last will says of a device. */
export interface PresenceChange {
  deviceId: string;
  tenantId: string;
  status: Exclude<DeviceStatus, 'unknown'>;
  /** Epoch milliseconds. */
  atMs: number;
}

/**
 * Records the presence of devices. Rejecting with an `AppError` that is not retryable (a device that does not exist, or is not of
 * that tenant) refuses the message; any other rejection means "not now".
 */
export interface PresenceSink {
  record(change: PresenceChange): Promise<void>;
}

/** Told when connections with a gateway key begin and end. Called synchronously; must be quick and never throw. */
export interface GatewaySink {
  connected(tenantId: string, name: string, atMs: number): void;
  disconnected(tenantId: string, name: string, atMs: number): void;
}

/** An answer to a command, as the device sent it. */
export interface CommandResponse {
  deviceId: string;
  tenantId: string;
  payload: Buffer;
  receivedAtMs: number;
}

/** Records answers to commands; rejections as with `PresenceSink`. */
export interface CommandResponseSink {
  record(response: CommandResponse): Promise<void>;
}

/** Something a client was refused. */
export interface BrokerRefusal {
  /** Undefined when it is not known who it was. */
  tenantId: string | undefined;
  actor: string;
  action: 'mqtt.connect' | 'mqtt.publish' | 'mqtt.subscribe';
  /** The topic, or the user name that was tried. */
  target: string;
  address: string;
  reason: string;
}

/** The audit log as the broker sees it; called at most once a minute per client and action. Never throws. */
export interface BrokerAudit {
  refused(refusal: BrokerRefusal): void;
}

/** Where the broker's state lives between two runs. */
export interface MqttStore {
  load(): Promise<MqttState>;
  /** All or nothing. */
  write(changes: MqttChanges): Promise<void>;
  /** Whether the same write may succeed later without being changed. */
  isPassing(error: unknown): boolean;
}
