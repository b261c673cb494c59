import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../core/logger.ts';
import type { NodeServices } from '../services.ts';
import type { Deployment } from '../../flows/types.ts';
import { runningNodeRed } from './deploy.ts';
import { deployGuard, isDeploy } from './deploy-guard.ts';
import type { EditorRequest, GuardedRuntime } from './deploy-guard.ts';
import { nodeSetGuard } from './node-set-guard.ts';
import type { NodeSetChange } from './node-set-guard.ts';
import { watchedStorage } from './flow-storage.ts';
import { logHandler } from './log-handler.ts';
import { watchReports } from './node-reports.ts';
import type { LogObservers } from './log-handler.ts';

/** Who wants to know what happens in Node-RED. */
export interface NodeRedObservers extends LogObservers {
  /** Flows were deployed: their files are written. */
  deployed(deployment: Deployment): void;
  /** A deployment through the editor was refused, for example because somebody else deployed meanwhile. */
  deployRefused(attempt: { username: string; address: string | undefined; status: number; reason?: string }): void;
  /** Somebody changed which nodes there are, or was refused. */
  nodeSetChanged(change: NodeSetChange): void;
}

/** Where the editor is (DESIGN section 6). */
export const EDITOR_ROOT = '/editor';
/** Where the endpoints are that engineers build. */
export const FLOWS_ROOT = '/flows';

/** Core nodes that reach the machine itself, and palette modules that are there but cost memory: both off until they are wanted. */
const MACHINE_NODES = ['90-exec.js', '10-file.js', '23-watch.js'];
const PALETTE_MODULES = [{ name: 'node-red-contrib-aedes', nodeType: 'aedes broker' }] as const;

/** A function node that runs longer is stopped, for it holds up every message of the platform. */
const FUNCTION_TIMEOUT_SECONDS = 10;
/** Below the 10 s within which the platform stops. */
const NODE_CLOSE_TIMEOUT_MS = 5_000;

/** A person as Node-RED knows one: name and Node-RED permissions (`*`: everything). */
export interface EditorUser {
  username: string;
  permissions: string | string[];
  /** Our role; only `admin` sees the diagnostics of the machine. */
  role: string;
  /** Whether he may change settings of the installation. */
  administers: boolean;
  /** Where the request came from. */
  address?: string | undefined;
}

/** How the dispatcher tells Node-RED who asks: an internal header with a token that only `tokens` understands. */
export interface EditorAuth {
  tokenHeader: string;
  tokens(token: string): Promise<EditorUser | null>;
}

/** What Node-RED's settings are made of. */
export interface NodeRedSettingsOptions {
  /** DATA_DIR/node-red. */
  userDir: string;
  /** The compiled nodes: dist/nodes. */
  nodesDir: string;
  credentialSecret: string;
  auth: EditorAuth;
  logger: Logger;
  observers: NodeRedObservers;
  /** What nodes may use; absent until the platform has started when Node-RED's own command line runs it. */
  services: NodeServices | undefined;
  /** What deployments are checked against; the Node-RED of this process unless given (tests). */
  guarded?: GuardedRuntime;
  /** An administrator allows nodes that run commands and touch files, and the installation of palette modules. */
  allowMachineNodes?: boolean;
  /** Node-RED projects (git). */
  projects?: boolean;
}

/** Settings of Node-RED. Its own types know a part of them; the rest is in its documentation ("Configuration"). */
export interface NodeRedSettings extends Record<string, unknown> {
  uiPort: number;
  uiHost: string;
  userDir: string;
  flowFile: string;
  insa: NodeServices | undefined;
}

/** The name of the flow file below `userDir`. */
export const FLOW_FILE = 'flows.json';
/** The name of the file with the encrypted credentials of its nodes. */
export const CREDENTIALS_FILE = 'flows_cred.json';

/** The settings with which the platform runs Node-RED; `settings.ts` uses the same ones. */
export function nodeRedSettings(options: NodeRedSettingsOptions): NodeRedSettings {
  return {
    uiPort: 0,
    uiHost: '127.0.0.1',
    userDir: options.userDir,
    // Whole: Node-RED takes a bare name from the current folder first.
    flowFile: resolve(options.userDir, FLOW_FILE),
    flowFilePretty: true,
    credentialSecret: options.credentialSecret,
    nodesDir: [options.nodesDir],
    httpAdminRoot: EDITOR_ROOT,
    httpNodeRoot: FLOWS_ROOT,
    httpNodeCors: false,
    lang: 'en-US',
    adminAuth: options.auth,
    httpAdminMiddleware: [
      adminsOnlyDiagnostics(options.auth),
      tellRefusedDeploys(options.observers),
      deployGuard(options.auth, options.guarded ?? runningNodeRed),
      nodeSetGuard(options.auth, (change) => options.observers.nodeSetChanged(change)),
    ],
    storageModule: watchedStorage((deployment) => options.observers.deployed(deployment)),
    telemetry: { enabled: false, updateNotification: false },
    diagnostics: { enabled: true, ui: false },
    runtimeState: { enabled: false, ui: false },
    nodeCloseTimeout: NODE_CLOSE_TIMEOUT_MS,
    functionExternalModules: false,
    functionTimeout: FUNCTION_TIMEOUT_SECONDS,
    globalFunctionTimeout: FUNCTION_TIMEOUT_SECONDS,
    exportGlobalContextKeys: false,
    contextStorage: { default: 'memory', memory: { module: 'memory' }, file: { module: 'localfilesystem' } },
    editorTheme: editorTheme(options),
    // No console: every handler is asked three times for each message on each hop.
    logging: {
      platform: { level: 'info', metrics: false, audit: true, handler: () => logTo(options) },
    },
    mqttReconnectTime: 2_000,
    debugMaxLength: 1_000,
    insa: options.services,
    ...paletteSettings(options),
  };
}

function logTo({ logger, observers }: Pick<NodeRedSettingsOptions, 'logger' | 'observers'>): ReturnType<typeof logHandler> {
  watchReports();
  return logHandler(logger, observers);
}

function paletteSettings(options: NodeRedSettingsOptions): Record<string, unknown> {
  const allowed = options.allowMachineNodes === true;
  return {
    nodesExcludes: [...(allowed ? [] : MACHINE_NODES), ...unusedPaletteModules(options.userDir)],
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: allowed, allowUpdate: allowed, allowUpload: false },
      modules: { allowInstall: false },
    },
  };
}

/** Palette modules that no flow uses and nobody installed: some 10 MB of memory each, for nothing. */
function unusedPaletteModules(userDir: string): string[] {
  const flows = existsSync(join(userDir, FLOW_FILE)) ? readFileSync(join(userDir, FLOW_FILE), 'utf8') : '';
  const unused = PALETTE_MODULES.filter(({ name, nodeType }) => {
    const installed = existsSync(join(userDir, 'node_modules', name));
    return !installed && !flows.includes(JSON.stringify(nodeType));
  });
  return unused.map(({ name }) => name);
}

function editorTheme(options: NodeRedSettingsOptions): Record<string, unknown> {
  return {
    page: { title: 'INSA IIoT flows' },
    header: { title: 'INSA IIoT', url: '/' },
    tours: false,
    userMenu: true,
    logout: { redirect: '/' },
    palette: {
      catalogues: [],
      categories: { order: ['INSA IIoT', 'subflows', 'common', 'function', 'network', 'sequence', 'parser', 'storage'] },
    },
    projects: { enabled: options.projects === true, workflow: { mode: 'manual' } },
    codeEditor: { lib: 'monaco' },
    multiplayer: { enabled: true },
  };
}

/** Diagnostics name the machine, its paths and versions: for administrators only. */
function adminsOnlyDiagnostics(auth: EditorAuth) {
  return (request: IncomingMessage & { path?: string }, response: ServerResponse, next: () => void): void => {
    if (request.path?.toLowerCase().startsWith('/diagnostics') !== true) {
      next();
      return;
    }
    const refuse = (): void => {
      response.writeHead(403).end();
    };
    const token = request.headers[auth.tokenHeader.toLowerCase()];
    auth.tokens(typeof token === 'string' ? token : '').then((user) => {
      if (user?.role === 'admin') next();
      else refuse();
    }, refuse);
  };
}

/** Refusals of deployments, Node-RED's own included, are seen in the answer alone. */
function tellRefusedDeploys(observers: NodeRedObservers) {
  return (request: EditorRequest, response: ServerResponse, next: () => void): void => {
    if (!isDeploy(request)) {
      next();
      return;
    }
    response.once('finish', () => {
      const { statusCode: status } = response;
      if (status < 400) return;
      const { user, refusedBecause: reason } = request;
      const attempt = { username: user?.username ?? 'unknown', address: user?.address, status };
      observers.deployRefused({ ...attempt, ...(reason === undefined ? {} : { reason }) });
    });
    next();
  };
}
