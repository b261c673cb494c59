import type { MqttBroker } from '../broker/broker.ts';
import { createApi, SharedAnswers } from '../api/index.ts';
import type { Api, ApiDeps } from '../api/index.ts';
import { REQUEST_LIMITS, UNLIMITED } from '../api/middleware/request-limits.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { EventBus } from '../core/events.ts';
import { newUuid } from '../core/ids.ts';
import { DeviceImporter } from '../devices/device-importer.ts';
import { SeriesService } from '../devices/series-service.ts';
import { DashboardService } from '../dashboards/dashboard-service.ts';
import type { StoredRuleChanges } from '../engine/types.ts';
import { systemFigures } from '../storage/repositories/system-figures.ts';
import { PostgresTelemetryQueries } from '../storage/repositories/telemetry-queries.ts';
import { LatestReadings } from '../telemetry/latest-readings.ts';
import { connectionOf } from './adapters.ts';
import { createBacktests } from './backtests.ts';
import { createEmailTester } from './email.ts';
import type { DeviceControl } from './device-control.ts';
import type { Identity } from './identity.ts';
import { createMetrics } from './metrics.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createRulebook } from './rulebook.ts';
import type { Notify } from './notify.ts';
import type { Rules } from './rules.ts';
import type { Storage } from './storage.ts';
import { SystemStatusService } from './system-status.ts';
import type { Telemetry } from './telemetry.ts';

/** What the API shares with the server that carries it. */
export type CommonApiDeps = Pick<ApiDeps, 'audit' | 'sessions' | 'logger' | 'tenantId' | 'isPassing'>;

/** The parts of the platform that the API speaks for. */
export interface PlatformApiOptions
  extends
    CommonApiDeps,
    Pick<ApiDeps, 'clock' | 'version' | 'operatorDir' | 'health' | 'demo' | 'flows' | 'openEndpoints' | 'webhooks' | 'webhookTester'> {
  config: Config;
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
}

/** The API over the running platform; what it starts is stopped by the life-cycle. */
export function createPlatformApi(options: PlatformApiOptions): Api {
  const { config, events, lifecycle, identity, storage, telemetry, rules, notify, control, changes, broker, ...given } = options;
  const { clock, logger } = given;
  const { audit, credentials, devices, offline: presence } = identity;
  const backtests = createBacktests({ db: storage.db, devices: identity.directory, clock, logger });
  lifecycle.onStop('backtests', () => backtests.stop());
  return createApi({
    ...given,
    ...identity.people,
    credentials,
    devices,
    ...control,
    series: new SeriesService({ database: storage.db, units: telemetry.registry }),
    deviceImporter: new DeviceImporter({ database: storage.db, directory: identity.directory, devices, newId: newUuid }),
    newId: newUuid,
    tls: config.tls !== undefined,
    trustProxy: config.trustProxy.length === 0 ? undefined : config.trustProxy.join(','),
    intake: telemetry.hub,
    history: { submit: (message, done) => telemetry.history.ingest({ payload: message.raw, source: message, trusted: undefined }, done) },
    telemetry: new PostgresTelemetryQueries(storage.db),
    latestReadings: new LatestReadings(telemetry.registry),
    sharedAnswers: new SharedAnswers({ clock, events }),
    rejected: telemetry.rejected,
    alerts: rules.alerts,
    notifications: notify.ledger,
    backtests,
    dashboards: new DashboardService({ db: storage.db, clock, newId: newUuid, audit }),
    ...createRulebook({
      db: storage.db,
      audit,
      clock,
      logger,
      changes,
      presence,
      secrets: notify.webhooks.secrets,
      neverReachable: (url) => notify.webhooks.neverReachable(url),
      topicRoot: config.mqtt.topicRoot,
    }),
    systemStatus: createSystemStatus({ ...options, broker }),
    metrics: createMetrics({ config, notify, logger }),
    emailTests: createEmailTester({ config, db: storage.db, clock, logger }),
    auditReader: audit,
    limiters: identity.counters.limiters,
    requestLimits: config.rateLimits ? REQUEST_LIMITS : UNLIMITED,
    connection: connectionOf(config),
  });
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
  lifecycle,
}: PlatformApiOptions): SystemStatusService {
  const status = new SystemStatusService({
    ...{ clock, logger, events, health },
    freeBytes: () => storage.disk.freeBytes,
    brokerClients: () => broker.stats().connections,
    isEmailConfigured: config.mail.smtpUrl !== undefined,
    figures: (tenantId, sinceMs) => storage.db.readAsTenant(tenantId, (db) => systemFigures(db, tenantId, sinceMs)),
  });
  status.start();
  lifecycle.onStop('system status', () => status.stop());
  return status;
}
