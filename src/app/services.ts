import type { AlertTransitions } from '../alerts/types.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { DeviceCatalog } from '../devices/types.ts';
import type { RuleEngine } from '../engine/types.ts';
import type { Outbox } from '../notify/types.ts';
import type { FieldError } from '../core/errors.ts';
import type { FlowAcknowledgements } from '../sources/types.ts';
import type { IngestService } from '../telemetry/types.ts';

/**
 * What nodes may use of the platform. The same object reference is at `RED.settings.insa` in every node.
 */
export interface NodeServices {
  clock: Clock;
  logger: Logger;
  /** The tenant whose flows run here. */
  tenantId: string;
  topicRoot: string;
  acknowledgements: FlowAcknowledgements;
  ingest: IngestService;
  /** The MQTT broker as its outlet shows it. */
  broker: { connectedDevices(): number };
  rules: RuleEngine;
  alerts: AlertTransitions;
  /** Where notifications are queued; never waits for whom they tell. */
  notify: Outbox;
  catalog: DeviceCatalog;
  /** Where a node type says, when it is loaded, how the configuration of its nodes is checked. */
  nodeTypes: { register(type: string, check: (fields: Readonly<Record<string, unknown>>) => readonly FieldError[]): void };
  /** One click in the editor removes the demo plant with its devices, credentials, data and tab. */
  demo: { isInstalled(): Promise<boolean>; remove(): Promise<void> };
}
