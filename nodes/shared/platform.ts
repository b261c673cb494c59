import type { NodeAPI, NodeAPISettingsWithData } from 'node-red';
import type { NodeServices } from '../../src/app/services.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import type { Alert } from '../../src/contracts/alerts.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import type { MessageParts } from '../../src/sources/types.ts';

/** Node-RED's settings as the platform starts it: its services under `insa`. Absent when these nodes run in a Node-RED of its own. */
export interface PlatformSettings extends NodeAPISettingsWithData {
  insa?: NodeServices;
}

export type PlatformRED = NodeAPI<PlatformSettings>;

/** What may travel on the wires between our nodes; every field is checked where it is used, for any node can be in between. */
export interface FlowMessage {
  _msgid?: string;
  topic?: unknown;
  payload?: unknown;
  /** Opaque: the acknowledgement(s) that whoever stores the message settles. */
  ack_id?: string | readonly string[];
  /** By which the way of the message is found in the log. */
  request_id?: unknown;
  parts?: Partial<MessageParts>;
  device?: { device_id?: unknown };
  telemetry?: StoredTelemetry;
  alert?: RuleTransition | Alert;
  /** The decision by which an alert node changed `alert`. */
  transition?: RuleTransition;
  /** What an analysis node is asked, by the names of the API; it writes there what it answered. */
  analysis?: unknown;
  /** What happened to `alert`, as an alert-in node says. */
  event?: unknown;
  /** True when an alert node sends on what it may have sent before it was started again. */
  alert_replay?: boolean;
}

export type Done = (error?: Error) => void;
