import type { Principal } from '../core/principal.ts';
import type { RejectedPoint, RejectReason } from '../contracts/telemetry.ts';

export type SourceKind = 'mqtt' | 'http';

/** A telemetry message as a source received it, before any flow saw it. */
export interface SourceMessage {
  kind: SourceKind;
  principal: Principal;
  /** The device it speaks of: from the topic, the body, or the principal itself. */
  deviceId: string;
  /** The key, when the topic names one (`.../telemetry/{key}`); otherwise undefined. */
  key: string | undefined;
  /** MQTT topic; for HTTP the path. */
  topic: string;
  /** The message as it came. */
  raw: Buffer;
  /** Position in an HTTP batch; 0 otherwise. */
  index: number;
  /** Arrival, epoch milliseconds. */
  receivedAtMs: number;
  /** What keeps the sender's order: the connection's or the request's name. A sender always uses the same ingest lane. */
  sender: string;
  /** By which its way is found in the log; the hub gives one to what comes without. */
  requestId?: string;
  /** How many ingest requests made from it are under way; such a message is not given to the flow a second time. */
  beingStored?: number;
}

/** How a message ended. `stored` and `rejected` are final; after `unavailable` the sender is not acknowledged and sends again. */
export type Settlement =
  | { kind: 'stored'; stored: number; duplicates: number; rejected: readonly RejectedPoint[] }
  | { kind: 'rejected'; reason: RejectReason; field: string | null; message: string; rejected: readonly RejectedPoint[] }
  | { kind: 'discarded' }
  | { kind: 'unavailable'; code: 'STORAGE_UNAVAILABLE' | 'FLOW_DID_NOT_STORE' | 'NO_OUTLET' | 'DISK_FULL'; message: string };

/** `msg.parts` of a split message: the acknowledgement settles when every index has. */
export interface MessageParts {
  id: string;
  index: number;
  count: number;
}

/** The message that an outlet puts on the wire. `ack_id` is opaque; whoever stores the message settles it. */
export interface OutletMessage {
  topic: string;
  /** Parsed JSON where it parses (and is not too deep), text or a Buffer otherwise. */
  payload: unknown;
  ack_id: string;
  /** By which its way is found in the log. */
  request_id: string;
  device: { device_id: string };
}

/** A node on the canvas through which messages of one kind enter the flow. */
export interface Outlet {
  nodeId: string;
  tabLabel: string;
  deliver(message: OutletMessage): void;
  /** Tells the node whether it takes part: of several outlets of one kind the lowest node id does. */
  onTurn(turn: { active: true } | { active: false; otherTab: string }): void;
}

/** What sources (broker, HTTP route) see of the hub. */
export interface SourceIntake {
  /** Hands a message to the flow; `onSettled` is called exactly once. Never throws. */
  submit(message: SourceMessage, onSettled: (settlement: Settlement) => void): void;
}

/** What nodes see of the hub. */
export interface FlowAcknowledgements {
  attachOutlet(kind: SourceKind, outlet: Outlet): () => void;
  /** The source message behind an acknowledgement that is still open. */
  open(ackId: string): SourceMessage | undefined;
  /** Settles one or (a joined message) several acknowledgements; later settlements of the same id are ignored. */
  settle(ackIds: string | readonly string[], settlement: Settlement, parts?: MessageParts): void;
}
