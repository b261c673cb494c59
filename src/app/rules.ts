import { AlertJournal } from '../alerts/alert-journal.ts';
import { AlertService } from '../alerts/alert-service.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { WiredRuleEngine } from '../engine/engine.ts';
import type { RuleTally } from '../engine/rule-tally.ts';
import type { HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import { RuleActions } from '../rulebook/rule-actions.ts';
import type { Database } from '../storage/database.ts';
import type { Identity } from './identity.ts';
import { TENANT_ID } from './identity.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface RulesOptions {
  db: Database;
  identity: Pick<Identity, 'directory' | 'offline'>;
  topics: Topics;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  /** Opens the values of headers in actions. */
  secrets: Pick<HeaderSecrets, 'open'>;
  decodeBatch(lane: number, points: Buffer): StoredTelemetry[];
  /** Counts what rules do. */
  tally?: RuleTally | undefined;
  /** Publishes to subscribers of the broker. */
  publish(message: { tenantId: string; topic: string; payload: string }): Promise<void>;
}

/** Alerts, the engine that raises them, and what is to be done about them. */
export interface Rules {
  alerts: AlertService;
  journal: AlertJournal;
  engine: WiredRuleEngine;
  actions: RuleActions;
}

/** Starts the rule engine; flows open their rules in it later. */
export async function startRules(options: RulesOptions): Promise<Rules> {
  const { db, identity, topics, events, clock, logger, lifecycle } = options;
  const alerts = new AlertService({
    db,
    clock,
    newId: newUuid,
    events,
    logger,
    publisher: { publish: (topic, payload) => options.publish({ tenantId: TENANT_ID, topic, payload }) },
    topicOf: (severity) => topics.alert(severity),
  });
  const journal = new AlertJournal(logger);
  journal.follow(events);
  const engine = new WiredRuleEngine({
    db,
    clock,
    newId: newUuid,
    logger,
    events,
    alerts,
    devices: {
      lookup: (id) => identity.directory.lookup(id),
      ids: (tenantId) => identity.directory.ids(tenantId),
      isOffline: (id) => identity.offline.isOffline(id),
      awaySinceMs: (id) => identity.offline.awaySinceMs(id),
    },
    decodeBatch: (lane, points) => options.decodeBatch(lane, points),
    tally: options.tally,
  });
  await lifecycle.start('rules', engine);
  lifecycle.onStop('alerts', () => alerts.stop());
  const actions = new RuleActions(db, options.secrets);
  lifecycle.onStop('actions of rules', () => actions.stop());
  return { alerts, journal, engine, actions };
}
