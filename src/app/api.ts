import type { MqttBroker } from '../broker/broker.ts';
import { createApi } from '../api/index.ts';
import type { Api, ApiDeps } from '../api/index.ts';
import { REQUEST_LIMITS, UNLIMITED } from '../api/middleware/request-limits.ts';
import type { Cache } from '../cache/types.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { EventBus } from '../core/events.ts';
import { newUuid } from '../core/ids.ts';
import { DeviceImporter } from '../devices/device-importer.ts';
import { SeriesService } from '../devices/series-service.ts';
import { DashboardService } from '../dashboards/dashboard-service.ts';
import type { StoredRuleChanges } from '../engine/types.ts';
import { AccountQueries } from '../storage/repositories/account-queries.ts';
import { PostgresTelemetryQueries } from '../storage/repositories/telemetry-queries.ts';
import { LiveTelemetryQueries } from './telemetry-queries.ts';
import { LatestReadings } from '../telemetry/latest-readings.ts';
import { connectionOf } from './adapters.ts';
import { createBacktests } from './backtests.ts';
import { cachedFigures } from './cache.ts';
import { createEmailTester } from './email.ts';
import type { DeviceControl } from './device-control.ts';
import type { Identity } from './identity.ts';
import { createMetrics } from './metrics.ts';
import { metricSources } from './metric-sources.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createRulebook } from './rulebook.ts';
import type { Notify } from './notify.ts';
import type { Rules } from './rules.ts';
import type { Storage } from './storage.ts';
import { SystemStatusService } from './system-status.ts';
import { newTallies } from './tallies.ts';
import type { Tallies } from './tallies.ts';
import type { Telemetry } from './telemetry.ts';

/** What the API shares with the server that carries it. */
export type CommonApiDeps = Pick<ApiDeps, 'audit' | 'sessions' | 'logger' | 'tenantId' | 'isPassing'>;

/** The parts of the platform that the API speaks for. */
export interface PlatformApiOptions
  extends
    CommonApiDeps,
    Pick<
      ApiDeps,
      'clock' | 'analytics' | 'version' | 'operatorDir' | 'health' | 'demo' | 'flows' | 'openEndpoints' | 'webhooks' | 'webhookTester'
    > {
  config: Config;
  cache: Cache;
  events: EventBus<PlatformEvents>;
  lifecycle: Lifecycle;
  identity: Identity;
  storage: Storage;
  telemetry: Telemetry;
  rules: Rules;
  notify: Notify;
  control: DeviceControl;
  broker: Pick<MqttBroker, 'stats'>;
  /** Who is told of changed stored rules. */
  changes: StoredRuleChanges;
  /** Where the parts count; undefined when nothing is counted. */
  tallies: Tallies | undefined;
}

/** The API over the running platform; what it starts is stopped by the life-cycle. */
export function createPlatformApi(options: PlatformApiOptions): Api {
  const { config, events, lifecycle, identity, storage, telemetry, rules, notify, control, changes, broker, tallies, ...given } = options;
  const { clock, logger } = given;
  const { audit, credentials, devices, offline: presence } = identity;
  const backtests = createBacktests({ db: storage.db, devices: identity.directory, clock, logger });
  lifecycle.onStop('backtests', () => backtests.stop());
  events.on('history.stored', () => void options.cache.forget(undefined, ['history']));
  return createApi({
    ...given,
    ...identity.people,
    credentials,
    devices,
    heard: identity.presence,
    ...control,
    series: new SeriesService({ database: storage.db, units: telemetry.registry }),
    deviceImporter: new DeviceImporter({ database: storage.db, directory: identity.directory, devices, newId: newUuid }),
    newId: newUuid,
    tls: config.tls !== undefined,
    trustProxy: config.trustProxy.length === 0 ? undefined : config.trustProxy.join(','),
    intake: telemetry.intake,
    history: { submit: (message, done) => telemetry.history.ingest({ payload: message.raw, source: message, trusted: undefined }, done) },
    telemetry: createQueries(options),
    accounts: new AccountQueries(storage.db),
    latestReadings: new LatestReadings(telemetry.registry),
    rejected: telemetry.rejected,
    alerts: rules.alerts,
    notifications: notify.ledger,
    backtests,
    dashboards: new DashboardService({ db: storage.db, clock, newId: newUuid, audit }),
    ...createRulebook({
      ...{ db: storage.db, cache: options.cache, alerts: rules.alerts, audit, clock, logger, changes, presence },
      secrets: notify.webhooks.secrets,
      neverReachable: (url) => notify.webhooks.neverReachable(url),
      topicRoot: config.mqtt.topicRoot,
    }),
    systemStatus: createSystemStatus({ ...options, broker }),
    metrics: createMetrics({ config, logger, sources: metricSources({ ...options, tallies: tallies ?? newTallies() }) }),
    requests: tallies?.requests,
    emailTests: createEmailTester({ config, db: storage.db, clock, logger }),
    auditReader: audit,
    limiters: identity.counters.limiters,
    requestLimits: config.rateLimits ? REQUEST_LIMITS : UNLIMITED,
    connection: connectionOf(config),
  });
}

/** A series is followed for some lives of an answer after it was asked for last, for people who go back and forth between pages. */
const LIVES_FOLLOWED = 5;

/** Answers questions for readings; those that are followed until the life-cycle stops them. */
function createQueries({ config, events, lifecycle, storage, telemetry, clock, cache }: PlatformApiOptions): LiveTelemetryQueries {
  const queries = new LiveTelemetryQueries({
    ...{ queries: new PostgresTelemetryQueries(storage.db), registry: telemetry.registry, events, clock, cache },
    idleMs: LIVES_FOLLOWED * config.cache.ttlMs.telemetry,
  });
  lifecycle.onStop('followed readings', () => queries.stop());
  return queries;
}

/** The status for the overview; it looks from now on until the life-cycle stops it. */
function createSystemStatus({
  clock,
  logger,
  events,
  health,
  storage,
  broker,
  config,
  cache,
  lifecycle,
}: PlatformApiOptions): SystemStatusService {
  const status = new SystemStatusService({
    ...{ clock, logger, events, health },
    freeBytes: () => storage.disk.freeBytes,
    brokerClients: () => broker.stats().connections,
    isEmailConfigured: config.mail.smtpUrl !== undefined,
    figures: cachedFigures(cache, storage.db),
  });
  status.start();
  lifecycle.onStop('system status', () => status.stop());
  return status;
}
