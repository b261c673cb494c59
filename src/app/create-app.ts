import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Api } from '../api/index.ts';
import type { MqttBroker } from '../broker/broker.ts';
import type { Config } from '../config/config.ts';
import { strayVariables, strayWarning } from '../config/stray-variables.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import { Topics } from '../contracts/topics.ts';
import { systemClock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import { FlowEntries } from '../notify/channels/flow/flow-entries.ts';
import type { DataDir } from '../storage/data-dir.ts';
import type { FreeBytesProbe } from '../storage/disk.ts';
import { isPassing } from '../storage/database.ts';
import { countEnabledStoredRules } from '../storage/repositories/rulebook.ts';
import { RealtimeServer } from '../realtime/server.ts';
import { StorageWatch } from '../storage/storage-watch.ts';
import type { Analytics } from '../analytics/analytics-service.ts';
import type { Cache } from '../cache/types.ts';
import { ingestDevices, loopbackOf, realtimeAuthenticator } from './adapters.ts';
import { createAnalytics } from './analytics.ts';
import { createPlatformApi } from './api.ts';
import type { CommonApiDeps } from './api.ts';
import { createBroker } from './broker.ts';
import { startCache } from './cache.ts';
import { startDeviceControl } from './device-control.ts';
import type { DeviceControl } from './device-control.ts';
import { createDemoPlant } from './demo-plant/create-demo-plant.ts';
import { firstFlows } from './demo-plant/first-flows.ts';
import type { DemoPlant } from './demo-plant/demo-plant.ts';
import { FlowTurns } from './flow-turns.ts';
import { FlowCheck } from './flow-check.ts';
import { startFlows } from './flows.ts';
import type { Flows } from './flows.ts';
import { EDITOR_HEADER, EditorTokens, HttpServer } from './http-server.ts';
import { platformHealth } from './health-report.ts';
import type { PlatformHealth } from './health-report.ts';
import { startIdentity, TENANT_ID } from './identity.ts';
import type { Administrator, Identity } from './identity.ts';
import { Lifecycle } from './lifecycle.ts';
import { NodeRedRuntime } from './node-red.ts';
import { startNotify } from './notify.ts';
import type { Notify } from './notify.ts';
import { startOfflineWatch } from './offline.ts';
import type { EditorAuth, NodeRedObservers } from './node-red/settings.ts';
import { startRules } from './rules.ts';
import type { Rules } from './rules.ts';
import { nodeServices } from './node-services.ts';
import type { NodeServices } from './services.ts';
import { startStorage } from './storage.ts';
import type { Storage } from './storage.ts';
import { newTallies } from './tallies.ts';
import type { Tallies } from './tallies.ts';
import { startTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';

/** Where the compiled program, its flows and its web app are. */
const DIST_DIR = path.join(import.meta.dirname, '..', '..');

export interface PlatformOptions {
  config: Config;
  logger: Logger;
  dataDir: DataDir;
  /** How much room the disk has; the operating system unless given (tests). */
  freeBytes?: FreeBytesProbe;
  /** `off`: nothing is counted for metrics, so that a bench can tell what counting costs. */
  counting?: 'on' | 'off';
  /** The platform cannot go on (another instance took its database): the program must stop it and end. */
  onFatal(reason: string): void;
}

/** What a person is told when everything runs. */
export interface StartReport {
  httpPort: number;
  administrator: Administrator;
}

interface Parts {
  storage: Storage;
  watch: StorageWatch;
  identity: Identity;
  telemetry: Telemetry;
  broker: MqttBroker;
  control: DeviceControl;
  notify: Notify;
  rules: Rules;
  flows: Flows;
  analytics: Analytics;
  cache: Cache;
}

/**
 * The composition root: makes every part, in the order in which they need each other, and stops them backwards. Sources open last
 * and close first, so that nothing is taken that cannot be stored.
 */
export class Platform {
  private readonly options: PlatformOptions;
  private readonly logger: Logger;
  private readonly lifecycle: Lifecycle;
  private readonly clock = systemClock;
  private readonly events = new EventBus<PlatformEvents>();
  private readonly topics: Topics;
  private readonly editorTokens = new EditorTokens();
  private readonly flowEntries = new FlowEntries();
  private parts: Parts | undefined;
  private nodeRed: NodeRedRuntime | undefined;
  private demo: DemoPlant | undefined;
  private turns: FlowTurns | undefined;
  private readonly tallies: Tallies | undefined;
  private readonly flowCheck: FlowCheck;

  constructor(options: PlatformOptions) {
    this.options = options;
    this.logger = options.logger;
    this.tallies = options.counting === 'off' ? undefined : newTallies();
    this.lifecycle = new Lifecycle(options.logger);
    this.topics = new Topics(options.config.mqtt.topicRoot);
    this.flowCheck = new FlowCheck({
      flows: () => this.flows().flows(),
      enabledStoredRules: () => countEnabledStoredRules(this.running().storage.db.system, TENANT_ID),
      logger: options.logger,
    });
  }

  /** Starts everything. When it rejects, what had started is stopped again. */
  async start(): Promise<StartReport> {
    try {
      return await this.startAll();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops everything; may be called twice or after a failed start. */
  stop(): Promise<void> {
    this.turns?.end();
    return this.lifecycle.stop();
  }

  /** What nodes may use; only after the services have started. */
  nodeServices(): NodeServices {
    const { clock, logger, topics, events, flowEntries, demo } = this;
    return nodeServices({ ...this.running(), clock, logger, topicRoot: topics.root, events, flowEntries, demo });
  }

  /**
   * For a Node-RED that its own command line runs (settings.ts): starts everything else and resolves before flows are loaded. Sources
   * open when flows run.
   */
  async startForCommandLine(): Promise<StartReport & { nodeRed: NodeRedRuntime }> {
    try {
      const http = await this.startBelowFlows();
      const nodeRed = this.createNodeRed();
      const { flowsRun } = await nodeRed.prepare();
      this.lifecycle.onStop('flows', () => nodeRed.stop());
      void flowsRun.then(() => this.open(http, nodeRed)).catch((error: unknown) => this.options.onFatal(messageOf(error)));
      return { ...(await this.report(http)), nodeRed };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  private async startAll(): Promise<StartReport> {
    const http = await this.startBelowFlows();
    const nodeRed = this.createNodeRed();
    await this.lifecycle.start('flows', nodeRed);
    await this.open(http, nodeRed);
    return this.report(http);
  }

  private async startBelowFlows(): Promise<HttpServer> {
    const stray = strayWarning(strayVariables());
    if (stray !== undefined) this.logger.warn({ part: 'config' }, stray);
    await this.startServices();
    const { broker, notify } = this.running();
    const http = this.createHttp();
    await this.lifecycle.start('HTTP server', http);
    notify.webhooks.listensOn(http.port);
    http.setMqtt((request, socket, head) => broker.handleUpgrade(request, socket, head));
    return http;
  }

  /** Flows run: lets people into the editor and devices into the broker. */
  private async open(http: HttpServer, nodeRed: NodeRedRuntime): Promise<void> {
    const { broker, rules, notify } = this.running();
    http.setNodeRed({ admin: nodeRed.adminHandler, nodes: nodeRed.nodeHandler, upgrade: nodeRed.handleUpgrade });
    await notify.begin();
    await broker.openForClients();
    this.lifecycle.onStop('sources', () => broker.stop());
    await startOfflineWatch({
      ...this.running(),
      events: this.events,
      clock: this.clock,
      logger: this.logger,
      lifecycle: this.lifecycle,
      config: this.options.config,
    });
    await rules.engine.removeGone(TENANT_ID, new Set((await nodeRed.flows()).map(({ id }) => id)));
    if (this.demo !== undefined) await this.lifecycle.start('demo plant', this.demo);
  }

  private async report(http: HttpServer): Promise<StartReport> {
    return { httpPort: http.port, administrator: await this.running().identity.firstAdministrator() };
  }

  /** Everything below flows and HTTP. */
  private async startServices(): Promise<void> {
    const { config, dataDir } = this.options;
    const { clock, events, logger, lifecycle, topics, tallies } = this;
    const storage = await startStorage({
      ...this.options,
      clock,
      lifecycle,
      databaseUrl: config.databaseUrl,
      retentionDays: config.telemetry.retentionDays,
      queries: tallies?.queries,
      onTaken: () => this.options.onFatal('Another instance of the platform took the database over.'),
    });
    const cache = await startCache({ config, writes: storage.db.writes, clock, logger, lifecycle });
    const watch = new StorageWatch({ db: storage.db, logger, onLost: () => this.storageLost(), onBack: () => this.storageBack() });
    await lifecycle.start('database watch', watch);
    const jwtSecret = config.jwtSecret ?? dataDir.secret('jwt-secret', 48);
    const identity = await startIdentity({ config, db: storage.db, jwtSecret, events, clock, logger, lifecycle });
    const telemetry = await startTelemetry({
      ...{ storage, watch, events, clock, logger, lifecycle, tallies },
      ...{ ...config.telemetry, logLevel: config.log.level },
      devices: ingestDevices(identity),
      batchEmitted: (lane, batch) => this.parts?.rules.engine.batchEmitted(lane, batch, clock.nowMs()),
      historyStored: () => events.emit('history.stored', {}),
    });
    const common = { db: storage.db, identity, topics, events, clock, logger };
    const { broker, control } = createBroker({ ...common, config, intake: telemetry.intake, rejected: telemetry.rejected });
    const notify = await startNotify({ ...common, config, dataDir, storage, lifecycle, broker, control, flowEntries: this.flowEntries });
    const rules = await startRules({
      ...common,
      ...{ lifecycle, secrets: notify.webhooks.secrets, tally: tallies?.rules },
      decodeBatch: (lane, points) => telemetry.decode(lane, points),
      publish: ({ tenantId, topic, payload }) => broker.publish({ tenantId, topic, payload, qos: 1, retain: false }),
    });
    const nodeError = (nodeType: string): void => tallies?.nodeErrors.note(nodeType);
    const flows = await startFlows({ ...identity, db: storage.db, clock, logger, lifecycle, nodeError, runtime: () => this.flows() });
    const analytics = createAnalytics({ db: storage.db });
    this.parts = { storage, watch, identity, telemetry, broker, control, notify, rules, flows, analytics, cache };
    this.demo = createDemoPlant({
      ...common,
      flowsDir: path.join(DIST_DIR, 'flows'),
      history: telemetry.history,
      editFlows: (edit) => this.flows().editFlows(edit),
    });
    await lifecycle.start('broker', broker);
    await startDeviceControl(lifecycle, control);
  }

  private createHttp(): HttpServer {
    const { config } = this.options;
    const { identity } = this.running();
    const { audit, sessions, credentials } = identity;
    const common = { audit, sessions, logger: this.logger, tenantId: TENANT_ID, isPassing };
    const api = this.createApi(common);
    const tls = config.tls === undefined ? undefined : { cert: readFileSync(config.tls.certFile), key: readFileSync(config.tls.keyFile) };
    const http = new HttpServer({
      ...common,
      ...{ host: config.host, port: config.httpPort },
      tls,
      api: api.app,
      limits: api.limits,
      addressOf: (request) => api.addressOf(request),
      keys: credentials,
      editorTokens: this.editorTokens,
      openEndpoints: this.running().flows.openEndpoints,
    });
    this.startRealtime(http, identity);
    return http;
  }

  private startRealtime(http: HttpServer, identity: Identity): void {
    const { events, clock, logger } = this;
    const realtime = new RealtimeServer({
      events,
      clock,
      logger,
      authenticator: realtimeAuthenticator(identity),
      tally: this.tallies?.realtime,
    });
    realtime.start(http.realtimeServer);
    this.lifecycle.onStop('realtime', () => realtime.stop());
  }

  private createApi(common: CommonApiDeps): Api {
    const { flows, notify, rules, ...parts } = this.running();
    const { clock, logger, lifecycle, tallies } = this;
    return createPlatformApi({
      ...common,
      ...parts,
      ...{ tallies, clock, events: this.events, lifecycle, rules, notify },
      ...flows,
      ...notify.webhooks.api,
      config: this.options.config,
      version: programVersion(),
      operatorDir: path.join(DIST_DIR, 'dashboards', 'operator'),
      changes: this.flowCheck.after(rules.engine),
      health: this.health(),
      demo: this.nodeServices().demo,
      logger,
    });
  }

  private createNodeRed(): NodeRedRuntime {
    const { config, dataDir } = this.options;
    const { telemetry, rules, flows } = this.running();
    const flowsDir = path.join(DIST_DIR, 'flows');
    const turns = new FlowTurns({ hub: telemetry.hub, ingest: telemetry.ingest, engine: rules.engine, logger: this.logger });
    turns.begin();
    this.turns = turns;
    const nodeRed = new NodeRedRuntime({
      userDir: dataDir.resolve('node-red'),
      nodesDir: path.join(DIST_DIR, 'nodes'),
      credentialSecret: dataDir.secret('node-red-credentials', 32),
      services: this.nodeServices(),
      nodeTypes: flows.nodeTypes,
      auth: this.editorAuth(),
      logger: this.logger,
      allowMachineNodes: config.editor.machineNodes,
      projects: config.editor.projects,
      environment: { INSA_MQTT_HOST: loopbackOf(config.host), INSA_MQTT_PORT: String(config.mqtt.port) },
      firstFlows: () =>
        firstFlows({ flowsDir, topicRoot: this.topics.root, demo: config.demo ? this.demo : undefined, logger: this.logger }),
      events: {
        flowsStopping: () => turns.stopping(),
        flowsStarted: () => {
          void turns.started();
          void this.flowCheck.look();
        },
        ...flows.observers,
      },
    });
    this.nodeRed = nodeRed;
    return nodeRed;
  }

  private storageLost(): void {
    const { parts } = this;
    if (parts === undefined) return;
    parts.telemetry.ingest.giveUpWaiting();
    parts.telemetry.history.giveUpWaiting();
    void parts.broker.storageLost();
  }

  private storageBack(): void {
    this.parts?.broker.storageBack();
  }

  /** Who is at the editor, by the header that only the dispatcher sets. */
  editorAuth(): EditorAuth {
    return { tokenHeader: EDITOR_HEADER, tokens: (token) => Promise.resolve(this.editorTokens.userOf(token)) };
  }

  /** What is done with what Node-RED tells. */
  flowEvents(): NodeRedObservers {
    return this.running().flows.observers;
  }

  private health(): PlatformHealth {
    return platformHealth({
      ...this.running(),
      version: programVersion(),
      clock: this.clock,
      flows: () => this.nodeRed?.state(),
      flowWarnings: () => this.flowCheck.warnings,
    });
  }

  private flows(): NodeRedRuntime {
    if (this.nodeRed === undefined)
      throw new AppError('NO_OUTLET', 'Flows have not started yet; try again in a moment.', { retryable: true });
    return this.nodeRed;
  }

  private running(): Parts {
    if (this.parts === undefined) throw new Error('The platform has not started yet');
    return this.parts;
  }
}

/** Of package.json, which the build copies beside the program. */
function programVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(DIST_DIR, 'package.json'), 'utf8')) as { version?: string };
  return version ?? 'unknown';
}
