import { Analytics } from '../../src/analytics/analytics-service.ts';
import { AccountQueries } from '../../src/storage/repositories/account-queries.ts';
import { ensureAdministrator } from '../../src/auth/administrator.ts';
import { AuditService } from '../../src/auth/audit.ts';
import { CredentialService } from '../../src/auth/credential-service.ts';
import { hashPassword } from '../../src/auth/passwords.ts';
import { memoryLimiters } from '../../src/auth/limiters.ts';
import type { SessionService } from '../../src/auth/session-service.ts';
import { AlertService } from '../../src/alerts/alert-service.ts';
import { createBacktests } from '../../src/app/backtests.ts';
import { cachedFigures } from '../../src/app/cache.ts';
import { createDeviceControl } from '../../src/app/device-control.ts';
import { createApi } from '../../src/api/index.ts';
import type { Api } from '../../src/api/index.ts';
import { RequestTally } from '../../src/api/middleware/request-tally.ts';
import { UNLIMITED } from '../../src/api/middleware/request-limits.ts';
import { createEmailTester } from '../../src/app/email.ts';
import { EditorTokens, HttpServer } from '../../src/app/http-server.ts';
import { notificationSource } from '../../src/app/metric-sources.ts';
import { createMetrics } from '../../src/app/metrics.ts';
import { createPeople } from '../../src/app/people.ts';
import { SystemStatusService } from '../../src/app/system-status.ts';
import { LiveTelemetryQueries } from '../../src/app/telemetry-queries.ts';
import { createRulebook } from '../../src/app/rulebook.ts';
import type { Rulebook } from '../../src/app/rulebook.ts';
import { createWebhooks } from '../../src/app/webhooks.ts';
import type { Webhooks } from '../../src/app/webhooks.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import { Topics } from '../../src/contracts/topics.ts';
import { EventBus } from '../../src/core/events.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { RoleName } from '../../src/core/permissions.ts';
import type { CommandService } from '../../src/devices/command-service.ts';
import type { ConfigService } from '../../src/devices/config-service.ts';
import { DashboardService } from '../../src/dashboards/dashboard-service.ts';
import { DeviceDirectory } from '../../src/devices/device-directory.ts';
import { DeviceImporter } from '../../src/devices/device-importer.ts';
import { DeviceService } from '../../src/devices/device-service.ts';
import { OfflineDevices } from '../../src/devices/offline-devices.ts';
import { PresenceService } from '../../src/devices/presence.ts';
import { SeriesService } from '../../src/devices/series-service.ts';
import { TelemetryPurger } from '../../src/devices/telemetry-purger.ts';
import { WiredRuleEngine } from '../../src/engine/engine.ts';
import type { StoredRuleChanges } from '../../src/engine/types.ts';
import { NotificationLedger } from '../../src/notify/ledger.ts';
import { NotificationOutbox } from '../../src/notify/outbox.ts';
import type { SourceHub } from '../../src/sources/source-hub.ts';
import { isPassing } from '../../src/storage/database.ts';
import { PgBossJobQueue } from '../../src/storage/job-queue.ts';
import { PostgresTelemetryQueries } from '../../src/storage/repositories/telemetry-queries.ts';
import { insertUser } from '../../src/storage/repositories/users.ts';
import { LatestReadings } from '../../src/telemetry/latest-readings.ts';
import type { LatestWriter } from '../../src/telemetry/latest-writer.ts';
import type { Rollup } from '../../src/telemetry/rollup.ts';
import type { Accountant } from '../../src/telemetry/accounts/accountant.ts';
import { accountsOf } from '../support/accounts.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { ResponseCheck } from '../support/response-check.ts';
import { checks, PASSWORD } from './client.ts';
import { FakeLink } from './device-link.ts';
import { CACHE_MS, healthOf, JWT_SECRET, mailConfig, startCache, TestClock, WEBHOOKS } from './fixture-parts.ts';
import type { ApiFixtureOptions, FixtureHealth } from './fixture-parts.ts';
import { startFlowParts } from './flow-parts.ts';
import type { FakeFlowRuntime } from './flow-parts.ts';
import { startTelemetry } from './telemetry-parts.ts';
import type { Closed } from './telemetry-parts.ts';

export { call, Client, cookieOf, eventually, PASSWORD } from './client.ts';
export type { Answer, Body, Item } from './client.ts';
export { JWT_SECRET, WEBHOOKS } from './fixture-parts.ts';

/** The real server on a real database, with everything behind it but Node-RED. */
export interface ApiFixture {
  url: string;
  database: TestDatabase;
  events: EventBus<PlatformEvents>;
  clock: TestClock;
  api: Api;
  server: HttpServer;
  editorTokens: EditorTokens;
  sessions: SessionService;
  credentials: CredentialService;
  devices: DeviceService;
  directory: DeviceDirectory;
  /** What the services of devices take for the broker. */
  link: FakeLink;
  commands: CommandService;
  configs: ConfigService;
  presence: PresenceService;
  alerts: AlertService;
  /** Queues notifications; nobody delivers them unless a test does. */
  outbox: NotificationOutbox;
  jobs: PgBossJobQueue;
  rulebook: Rulebook;
  webhooks: Webhooks;
  engine: WiredRuleEngine;
  /** What the engine was told of stored rules, in order; `fails` makes the next one fail. */
  ruleChanges: { ruleId: string; runningState: string }[] & { fails?: Error | undefined };
  /** What stands for Node-RED. */
  flowRuntime: FakeFlowRuntime;
  hub: SourceHub;
  latest: LatestWriter;
  /** Runs only when a test starts it. */
  rollup: Rollup;
  /** The same. */
  accountant: Accountant;
  /** Set: why nothing may be stored. */
  closed: { reason: Closed | undefined };
  health: FixtureHealth;
  demo: { installed: boolean };
  /** Wires the HTTP outlet to ingest, as the default flow does; answers a function that takes it away. */
  wire(): () => void;
  addUser(username: string, role: RoleName | (string & {}), options?: { tenantId?: string; mustChangePassword?: boolean }): Promise<string>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function startApi(options: ApiFixtureOptions = {}): Promise<ApiFixture> {
  const database = await createTestDatabase();
  const { db } = database;
  const clock = new TestClock();
  const events = new EventBus<PlatformEvents>();
  const shared = { database: db, events, clock, logger: silentLogger, newId: newUuid };
  await ensureAdministrator(db, { tenantId: 'default', username: 'admin', password: PASSWORD, newId: newUuid });
  const audit = new AuditService(shared);
  const cache = startCache({ db, clock, ttlMs: options.cacheMs ?? CACHE_MS });
  const people = createPeople({
    ...shared,
    audit,
    jwtSecret: JWT_SECRET,
    limiters: options.limiters ?? memoryLimiters,
    tenantId: 'default',
  });
  const { sessions } = people;
  const directory = new DeviceDirectory();
  await directory.load(db);
  const purger = new TelemetryPurger(shared);
  purger.start();
  const devices = new DeviceService({ ...shared, directory, purger });
  const presence = new PresenceService({ ...shared, devices: directory });
  await presence.start();
  const credentials = new CredentialService({ ...shared, certificateDevices: directory });
  credentials.start();
  const telemetry = await startTelemetry({
    ...{ database, clock, events, devices, directory, presence },
    historyStored: () => events.emit('history.stored', {}),
  });
  events.on('history.stored', () => void cache.forget(undefined, ['history']));
  const queries = new LiveTelemetryQueries({
    ...{ queries: new PostgresTelemetryQueries(db), registry: telemetry.registry, events, clock, cache },
    idleMs: 5 * (options.cacheMs?.telemetry ?? CACHE_MS.telemetry),
  });
  const link = new FakeLink();
  const control = createDeviceControl({
    db,
    identity: { directory },
    topics: new Topics('insa'),
    link,
    rejected: telemetry.rejected,
    clock,
    logger: silentLogger,
  });
  await control.commands.start();
  const alerts = new AlertService({
    db,
    clock,
    newId: newUuid,
    events,
    publisher: { publish: () => undefined },
    topicOf: (severity) => `insa/alerts/${severity}`,
    logger: silentLogger,
  });
  const jobs = new PgBossJobQueue({ db, logger: silentLogger });
  await jobs.start();
  const outbox = new NotificationOutbox({ jobs, newId: newUuid });
  const ledger = new NotificationLedger({ db, jobs });
  const requests = new RequestTally();
  const delivered = notificationSource({ dispatcher: { counts: () => new Map() }, ledger });
  const backtests = createBacktests({ db, devices: directory, clock, logger: silentLogger });
  const offline = new OfflineDevices(events);
  const engine = new WiredRuleEngine({
    ...shared,
    db,
    alerts,
    devices: {
      lookup: (id) => directory.lookup(id),
      ids: (tenantId) => directory.ids(tenantId),
      isOffline: (id) => offline.isOffline(id),
      awaySinceMs: (id) => offline.awaySinceMs(id),
    },
    decodeBatch: () => [],
  });
  await engine.start();
  const ruleChanges: ApiFixture['ruleChanges'] = [];
  const changes: StoredRuleChanges = {
    storedRuleChanged: async (tenantId, ruleId, runningState) => {
      const { fails } = ruleChanges;
      ruleChanges.fails = undefined;
      if (fails !== undefined) throw fails;
      ruleChanges.push({ ruleId, runningState });
      await engine.storedRuleChanged(tenantId, ruleId, runningState);
    },
  };
  const webhooks = createWebhooks({ ...shared, db, audit, ...WEBHOOKS });
  const rulebook = createRulebook({
    db,
    cache,
    alerts,
    audit,
    clock,
    logger: silentLogger,
    changes,
    presence: offline,
    secrets: webhooks.secrets,
    neverReachable: (url) => webhooks.neverReachable(url),
    topicRoot: options.topicRoot ?? 'insa',
  });
  const flowParts = await startFlowParts({ database: db, audit, clock });
  const health: FixtureHealth = { status: 'healthy', ready: true, database: 'ok' };
  const healthReport = healthOf(health);
  const demo = { installed: true };
  const systemStatus = new SystemStatusService({
    ...shared,
    health: healthReport,
    freeBytes: () => 5_000_000_000,
    brokerClients: () => 3,
    isEmailConfigured: options.mail?.smtpUrl !== undefined,
    figures: cachedFigures(cache, db),
  });
  systemStatus.start();
  const accounts = accountsOf(db, clock);
  const api = createApi({
    ...shared,
    version: '0.1.0',
    tenantId: 'default',
    connection: { mqtt_port: 1883, mqtt_tls_port: null, mqtt_websocket_path: '/mqtt', topic_root: 'insa' },
    tls: false,
    trustProxy: options.trustProxy,
    operatorDir: options.operatorDir,
    ...people,
    credentials,
    audit,
    auditReader: audit,
    limiters: options.limiters ?? memoryLimiters,
    requestLimits: options.requestLimits ?? UNLIMITED,
    devices,
    heard: presence,
    ...control,
    series: new SeriesService({ database: db, units: telemetry.registry }),
    deviceImporter: new DeviceImporter({ ...shared, directory, devices }),
    intake: telemetry.hub,
    history: telemetry.history,
    telemetry: queries,
    latestReadings: new LatestReadings(telemetry.registry),
    analytics: new Analytics(db),
    cache,
    accounts: new AccountQueries(db),
    rejected: telemetry.rejected,
    alerts,
    backtests,
    dashboards: new DashboardService({ ...shared, db, audit }),
    ...webhooks.api,
    emailTests: createEmailTester({ config: mailConfig(options.mail), db, clock, logger: silentLogger }),
    ...rulebook,
    notifications: ledger,
    metrics: createMetrics({
      config: { metrics: options.metrics ?? { token: undefined, allowCidrs: ['127.0.0.0/8'] } },
      sources: { notifications: delivered, api: { requests: () => requests.all() }, cache, loss: accounts.figures },
      logger: silentLogger,
    }),
    requests,
    isPassing,
    ...flowParts,
    systemStatus,
    health: healthReport,
    demo: {
      isInstalled: () => Promise.resolve(demo.installed),
      remove: async () => {
        for (const id of await devices.idsOfOrigin('default', 'demo')) await devices.remove('default', id);
        demo.installed = false;
      },
    },
  });
  const editorTokens = new EditorTokens();
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    api: api.app,
    limits: api.limits,
    addressOf: (request) => api.addressOf(request),
    sessions,
    keys: credentials,
    editorTokens,
    openEndpoints: flowParts.openEndpoints,
    audit,
    logger: silentLogger,
    tenantId: 'default',
    isPassing,
  });
  await server.start();
  const url = `http://127.0.0.1:${String(server.port)}`;
  checks.set(url, new ResponseCheck(JSON.parse(JSON.stringify(api.openApi)) as object));
  return {
    url,
    database,
    events,
    clock,
    api,
    server,
    editorTokens,
    sessions,
    credentials,
    devices,
    directory,
    link,
    ...control,
    presence,
    alerts,
    outbox,
    jobs,
    rulebook,
    webhooks,
    engine,
    ruleChanges,
    health,
    demo,
    flowRuntime: flowParts.runtime,
    hub: telemetry.hub,
    latest: telemetry.latest,
    rollup: telemetry.rollup,
    accountant: accounts.accountant,
    closed: telemetry.closed,
    wire: telemetry.wire,
    addUser: async (username, role, { tenantId = 'default', mustChangePassword = false } = {}) => {
      const userId = newUuid();
      const passwordHash = await hashPassword(PASSWORD);
      await insertUser(db.system, { userId, tenantId, username, passwordHash, roles: [role], mustChangePassword });
      return userId;
    },
    sql: async (text, values) => {
      const rows = await queryOnce(database.connection, text, values);
      // As if the platform had written it.
      await db.writes.tell(undefined, new Set(db.writes.tablesOf(text, values)));
      return rows;
    },
    stop: async () => {
      await server.stop();
      systemStatus.stop();
      await control.commands.stop();
      await flowParts.versions.stop();
      await backtests.stop();
      await engine.stop();
      telemetry.hub.stop();
      await telemetry.rollup.stop();
      await telemetry.ingest.stop();
      await telemetry.historyIngest.stop();
      await telemetry.latest.stop();
      await credentials.stop();
      await presence.stop();
      await purger.stop();
      alerts.stop();
      outbox.stop();
      await jobs.stop();
      await database.drop();
    },
  };
}
