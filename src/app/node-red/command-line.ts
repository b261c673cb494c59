import { createRequire } from 'node:module';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { loadConfig, removeSecrets } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import type { Logger } from '../../core/logger.ts';
import { silentLogger } from '../../core/logger.ts';
import { DataDir } from '../../storage/data-dir.ts';
import { Platform } from '../create-app.ts';
import { createLogger, secretsOf } from '../logging.ts';
import type { NodeRedRuntime } from '../node-red.ts';
import { describeStart } from '../start-report.ts';
import { watchedStorage } from './flow-storage.ts';
import { EDITOR_ROOT, FLOWS_ROOT, nodeRedSettings } from './settings.ts';
import type { EditorAuth, NodeRedObservers, NodeRedSettings } from './settings.ts';

/** Node-RED's context store in memory; closed when it stops. */
interface ContextStore {
  close(): Promise<void>;
}

const load = createRequire(import.meta.url);

/**
 * The settings for `node-red -s dist/settings.js`. Node-RED then owns the process: the platform starts when Node-RED opens its storage
 * (before it loads nodes and flows) and stops when Node-RED closes its context stores. Everybody goes through the platform's own HTTP
 * port, where the login is; the port of the command line (HTTP_PORT + 1) only points there.
 */
export function commandLineSettings(): NodeRedSettings {
  const config = loadConfig();
  removeSecrets(process.env);
  const dataDir = new DataDir(config.dataDir);
  dataDir.start();
  process.once('exit', () => {
    dataDir.stop();
  });
  const host = new CommandLineHost(config, dataDir);
  const settings = nodeRedSettings({
    userDir: dataDir.resolve('node-red'),
    nodesDir: path.join(import.meta.dirname, '..', '..', '..', 'nodes'),
    credentialSecret: dataDir.secret('node-red-credentials', 32),
    auth: host.auth,
    logger: host.logger,
    observers: host.observers,
    services: undefined,
  });
  return Object.assign(settings, host.settings(settings));
}

/** The platform inside Node-RED's own command line. */
class CommandLineHost {
  readonly auth: EditorAuth;
  /** Of deployments Node-RED tells the platform that runs in it. */
  readonly observers: NodeRedObservers = {
    nodeError: (nodeType) => this.platform?.flowEvents().nodeError(nodeType),
    deployed: (deployment) => this.platform?.flowEvents().deployed(deployment),
    deployRefused: (attempt) => this.platform?.flowEvents().deployRefused(attempt),
    nodeSetChanged: (change) => this.platform?.flowEvents().nodeSetChanged(change),
  };
  readonly logger: Logger;
  private readonly config: Config;
  private readonly dataDir: DataDir;
  private current: Logger = silentLogger;
  private platform: Platform | undefined;
  private stopping: Promise<void> | undefined;
  private closeLog: () => void = () => undefined;

  constructor(config: Config, dataDir: DataDir) {
    this.config = config;
    this.dataDir = dataDir;
    // Both exist only after the start; Node-RED wants them before.
    this.auth = {
      tokenHeader: 'x-insa-editor',
      tokens: (token) => this.platform?.editorAuth().tokens(token) ?? Promise.resolve(null),
    };
    this.logger = forwarding(() => this.current);
  }

  /** What differs from the settings inside the platform. */
  settings(settings: NodeRedSettings): Record<string, unknown> {
    const { config } = this;
    const tls = config.tls;
    return {
      uiPort: config.httpPort + 1,
      uiHost: config.host,
      ...(tls === undefined ? {} : { https: { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) } }),
      storageModule: this.storage(settings),
      httpAdminMiddleware: [this.pointToPlatform(EDITOR_ROOT), settings['httpAdminMiddleware']].flat(),
      httpNodeAuth: this.pointToPlatform(FLOWS_ROOT),
      contextStorage: { default: 'memory', memory: { module: this.contextStore() }, file: { module: 'localfilesystem' } },
    };
  }

  /** Node-RED's own storage of flows, which waits for the platform. */
  private storage(settings: NodeRedSettings): object {
    const own = watchedStorage((deployment) => this.observers.deployed(deployment));
    return {
      ...own,
      init: async (given: object, runtime: { server: Server }) => {
        const nodeRed = await this.start();
        settings.insa = this.platform?.nodeServices();
        refuseForeignUpgrades(runtime.server, nodeRed);
        return own.init(given, runtime);
      },
    };
  }

  private contextStore(): (options: object) => ContextStore {
    const memory = load('@node-red/runtime/lib/nodes/context/memory') as (options: object) => ContextStore;
    return (options) => {
      const store = memory(options);
      const close = store.close.bind(store);
      store.close = async () => {
        await close();
        await this.stop();
      };
      return store;
    };
  }

  private async start(): Promise<NodeRedRuntime> {
    const { config, dataDir } = this;
    const { logger, redactor, close } = createLogger({ ...config, secrets: secretsOf(config) });
    this.current = logger;
    this.closeLog = close;
    this.platform = new Platform({
      config,
      logger,
      dataDir,
      onFatal: (reason) => {
        console.error(redactor.text(reason));
        process.kill(process.pid, 'SIGTERM');
      },
    });
    const { nodeRed, ...report } = await this.platform.startForCommandLine();
    console.log(describeStart(config, report));
    return nodeRed;
  }

  /** Node-RED closes the default store under both of its names. */
  private stop(): Promise<void> {
    this.stopping ??= (this.platform?.stop() ?? Promise.resolve()).finally(this.closeLog);
    return this.stopping;
  }

  /** Lets through what the platform's dispatcher passes on, and sends everybody else there. */
  private pointToPlatform(root: string) {
    return (request: IncomingMessage & { baseUrl?: string }, response: ServerResponse, next: () => void): void => {
      this.auth.tokens(headerOf(request, this.auth.tokenHeader)).then((user) => {
        if (user !== null) {
          next();
          return;
        }
        response.writeHead(307, { Location: this.addressOf(request, root), 'Cache-Control': 'no-store' }).end();
      }, next);
    };
  }

  private addressOf(request: IncomingMessage, root: string): string {
    const scheme = this.config.tls === undefined ? 'http' : 'https';
    const asked = URL.parse(`${scheme}://${request.headers.host ?? 'localhost'}`);
    return `${scheme}://${asked?.hostname ?? 'localhost'}:${String(this.config.httpPort)}${root}/`;
  }
}

/** WebSockets come through the platform's port too, where the login is checked. */
function refuseForeignUpgrades(server: Server, nodeRed: NodeRedRuntime): void {
  server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
    if (!nodeRed.isAdmitted(request)) socket.destroy();
  });
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function forwarding(target: () => Logger): Logger {
  return {
    debug: (fields, message) => {
      target().debug(fields, message);
    },
    info: (fields, message) => {
      target().info(fields, message);
    },
    warn: (fields, message) => {
      target().warn(fields, message);
    },
    error: (fields, message) => {
      target().error(fields, message);
    },
    child: (more) => forwarding(() => target().child(more)),
  };
}
