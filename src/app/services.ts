import type { Analytics } from '../analytics/analytics-service.ts';
import type { AlertTransitions } from '../alerts/types.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { DeviceCatalog } from '../devices/types.ts';
import type { RuleEngine } from '../engine/types.ts';
import type { FieldError } from '../core/errors.ts';
import type { FlowEntries } from '../notify/channels/flow/flow-entries.ts';
import type { Outbox } from '../notify/types.ts';
import type { RuleActions } from '../rulebook/rule-actions.ts';
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
  /** What can be learnt from stored readings. */
  analytics: Pick<Analytics, 'statistics' | 'trend' | 'timeSeries' | 'correlation' | 'forecast'>;
  catalog: DeviceCatalog;
  /** What texts of actions say of a device, from memory; undefined when it is not registered (any more). */
  devices: { lookup(deviceId: string): { name: string; type: string; location: string } | undefined };
  /** The actions of stored rules. */
  ruleActions: Pick<RuleActions, 'of'>;
  /** Where flows for the action `flow` begin. */
  flowEntries: Pick<FlowEntries, 'register'>;
  /** What parts of the platform tell each other. */
  events: Pick<EventBus<PlatformEvents>, 'on'>;
  /** Where a node type says, when it is loaded, how the configuration of its nodes is checked. */
  nodeTypes: { register(type: string, check: (fields: Readonly<Record<string, unknown>>) => readonly FieldError[]): void };
  /** One click in the editor removes the demo plant with its devices, credentials, data and tab. */
  demo: { isInstalled(): Promise<boolean>; remove(): Promise<void> };
}
