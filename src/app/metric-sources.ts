import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HealthReport } from '../api/ports.ts';
import type { BrokerStats } from '../broker/broker.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { MetricSources } from '../metrics/types.ts';
import { deviceCounts, openAlertCounts } from '../storage/repositories/metric-figures.ts';
import { AlertCounts } from './alert-counts.ts';
import { TENANT_ID } from './identity.ts';
import type { Notify } from './notify.ts';
import type { Rules } from './rules.ts';
import type { Storage } from './storage.ts';
import type { Tallies } from './tallies.ts';
import type { Telemetry } from './telemetry.ts';

/** The parts that metrics look into. */
export interface MetricParts {
  config: Pick<Config, 'tls'>;
  version: string;
  clock: Clock;
  events: EventBus<PlatformEvents>;
  health: HealthReport;
  storage: Pick<Storage, 'db' | 'disk' | 'embedded'>;
  telemetry: Pick<Telemetry, 'hub' | 'ingest' | 'history' | 'rejected'> & { accounts: Pick<Telemetry['accounts'], 'figures'> };
  broker: { stats(): BrokerStats };
  rules: { engine: Pick<Rules['engine'], 'oldestKeptAtMs'> };
  notify: NotifyParts;
  cache: MetricSources['cache'];
  tallies: Tallies;
}

/** Who knows of notifications. */
export interface NotifyParts {
  dispatcher: Pick<Notify['dispatcher'], 'counts'>;
  ledger: Pick<Notify['ledger'], 'waiting'>;
}

/** The ports of metrics over the running platform: one line for each subject. */
export function metricSources(parts: MetricParts): MetricSources {
  return {
    build: { version: parts.version, node: process.versions.node },
    notifications: notificationSource(parts.notify),
    devices: { byStatus: () => parts.storage.db.readAsTenant(TENANT_ID, (db) => deviceCounts(db, TENANT_ID)) },
    telemetry: telemetrySource(parts),
    rules: ruleSource(parts),
    alerts: alertSource(parts),
    api: { requests: () => parts.tallies.requests.all() },
    realtime: { figures: () => parts.tallies.realtime },
    mqtt: mqttSource(parts),
    database: databaseSource(parts),
    cache: parts.cache,
    loss: parts.telemetry.accounts.figures,
    flows: { nodeErrors: () => parts.tallies.nodeErrors.all() },
    health: healthSource(parts),
  };
}

/** Deliveries, and what waits for one. */
export function notificationSource({ dispatcher, ledger }: NotifyParts): MetricSources['notifications'] {
  return { attempts: () => dispatcher.counts(), waiting: () => ledger.waiting() };
}

function telemetrySource({ telemetry, tallies }: MetricParts): MetricSources['telemetry'] {
  const { hub, ingest, history, rejected } = telemetry;
  return {
    of: (source) => tallies.telemetry.of(source),
    batches: () => tallies.lanes,
    rejected: () => rejected.counts,
    waiting: () => [
      ...ingest.waiting.map((messages, lane) => ({ lane: String(lane), messages })),
      { lane: 'history', messages: history.waiting.reduce((sum, messages) => sum + messages, 0) },
    ],
    unacknowledged: () => hub.unsettled,
  };
}

function ruleSource({ rules, tallies, clock }: MetricParts): MetricSources['rules'] {
  return {
    all: () => tallies.rules.all(),
    oldestKeptSeconds: () => {
      const { oldestKeptAtMs } = rules.engine;
      return oldestKeptAtMs === undefined ? 0 : Math.max(0, clock.nowMs() - oldestKeptAtMs) / 1_000;
    },
  };
}

function alertSource({ storage, events }: MetricParts): MetricSources['alerts'] {
  const counts = new AlertCounts(events);
  return {
    open: () => storage.db.readAsTenant(TENANT_ID, (db) => openAlertCounts(db, TENANT_ID)),
    raised: () => counts.raised,
    resolved: () => counts.resolved,
  };
}

function mqttSource({ broker }: MetricParts): MetricSources['mqtt'] {
  return { figures: () => broker.stats(), refusals: () => broker.stats().refusals };
}

function databaseSource({ storage, tallies }: MetricParts): MetricSources['database'] {
  const { db, embedded } = storage;
  return {
    pools: () => db.pools(),
    queries: (pool) => tallies.queries.of(pool),
    isEmbeddedUp: () => (embedded === undefined ? undefined : embedded.state === 'up'),
  };
}

function healthSource({ health, storage, config }: MetricParts): MetricSources['health'] {
  const certificateEndsAtMs = config.tls === undefined ? undefined : endOf(config.tls.certFile);
  return {
    parts: () => health.report(),
    isReady: () => health.isReady(),
    freeBytes: () => storage.disk.freeBytes,
    certificateEndsAtMs: () => certificateEndsAtMs,
  };
}

/** Of the certificate that was loaded at the start: a new file counts after the next one. */
function endOf(certFile: string): number {
  return new X509Certificate(readFileSync(certFile)).validToDate.getTime();
}
