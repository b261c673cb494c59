import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import { createDeviceCatalog } from '../devices/device-catalog.ts';
import type { FlowEntries } from '../notify/channels/flow/flow-entries.ts';
import type { Analytics } from '../analytics/analytics-service.ts';
import type { MqttBroker } from '../broker/broker.ts';
import type { DemoPlant } from './demo-plant/demo-plant.ts';
import type { Flows } from './flows.ts';
import { TENANT_ID } from './identity.ts';
import type { Identity } from './identity.ts';
import type { Notify } from './notify.ts';
import type { Rules } from './rules.ts';
import type { NodeServices } from './services.ts';
import type { Storage } from './storage.ts';
import type { Telemetry } from './telemetry.ts';

/** The parts that nodes use something of. */
export interface NodeServicesOptions {
  clock: Clock;
  logger: Logger;
  topicRoot: string;
  events: EventBus<PlatformEvents>;
  flowEntries: FlowEntries;
  telemetry: Pick<Telemetry, 'hub' | 'ingest'>;
  broker: Pick<MqttBroker, 'stats'>;
  rules: Pick<Rules, 'engine' | 'alerts' | 'journal' | 'actions'>;
  storage: Pick<Storage, 'db'>;
  flows: Pick<Flows, 'nodeTypes'>;
  notify: Pick<Notify, 'outbox'>;
  identity: Pick<Identity, 'directory'>;
  analytics: Analytics;
  /** The demo plant; undefined where there is none yet. */
  demo: Pick<DemoPlant, 'isInstalled' | 'remove'> | undefined;
}

/** What nodes may use, and no more. */
export function nodeServices(options: NodeServicesOptions): NodeServices {
  const { clock, logger, topicRoot, events, flowEntries, telemetry, broker, rules, storage, flows, notify, identity, analytics, demo } =
    options;
  return {
    clock,
    logger,
    tenantId: TENANT_ID,
    topicRoot,
    acknowledgements: telemetry.hub,
    ingest: telemetry.ingest,
    broker: { connectedDevices: () => broker.stats().connections },
    rules: rules.engine,
    alerts: rules.journal.of(rules.alerts),
    notify: notify.outbox,
    analytics,
    catalog: createDeviceCatalog(storage.db),
    devices: identity.directory,
    ruleActions: rules.actions,
    flowEntries,
    events,
    nodeTypes: flows.nodeTypes,
    demo: { isInstalled: () => demo?.isInstalled() ?? Promise.resolve(false), remove: () => demo?.remove() ?? Promise.resolve() },
  };
}
