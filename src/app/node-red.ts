import { Server } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import RED from 'node-red';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { NodeServices } from './services.ts';
import type { Deployer, Deployment, FlowRuntime } from '../flows/types.ts';
import type { NodeKnowledge } from '../flows/problems.ts';
import { deploy, deployedFlows, loadedTypes } from './node-red/deploy.ts';
import { assertFlowsReadable, flowsExist, writeFirstFlows } from './node-red/flow-files.ts';
import type { FlowNode, FlowSet } from './node-red/flow-files.ts';
import { FlowStart } from './node-red/flow-start.ts';
import type { NodeSetChange } from './node-red/node-set-guard.ts';
import type { NodeTypes } from './node-red/node-types.ts';
import { nodeRedSettings } from './node-red/settings.ts';
import type { EditorAuth, NodeRedSettingsOptions } from './node-red/settings.ts';

/** What the rest of the platform wants to know of the flows. */
export interface FlowEvents {
  /** Flows run: sources may open; called again after every deploy. */
  flowsStarted(): void;
  /** A deploy (or the stop) begins: what is in the flow may be lost. */
  flowsStopping(): void;
  /** A node reported an error that no catch node took. */
  nodeError(nodeType: string): void;
  /** Flows were deployed, by whomever. */
  deployed(deployment: Deployment): void;
  /** A deployment through the editor was refused. */
  deployRefused(attempt: { username: string; address: string | undefined; status: number; reason?: string }): void;
  /** Somebody changed which nodes there are, or was refused. */
  nodeSetChanged(change: NodeSetChange): void;
  /** Node-RED took flows over, from a deploy or from its files. */
  flowsTaken(): void;
}

/** How the platform runs Node-RED. */
export interface NodeRedOptions {
  /** DATA_DIR/node-red. */
  userDir: string;
  /** The compiled nodes: dist/nodes. */
  nodesDir: string;
  credentialSecret: string;
  services: NodeServices;
  nodeTypes: NodeTypes;
  auth: EditorAuth;
  logger: Logger;
  events: FlowEvents;
  /** What a new installation runs; asked only when there are no flows yet. */
  firstFlows(): Promise<FlowSet>;
  /** Names that flows may use as `${NAME}`, such as INSA_MQTT_PORT; never secrets. */
  environment?: Readonly<Record<string, string>>;
  allowMachineNodes?: boolean;
  projects?: boolean;
}

/**
 * Node-RED inside the platform. It gets a server of its own that never listens: what reaches it is what the dispatcher passes on, after
 * it has checked who asks. Node-RED cannot be started twice in one process.
 */
export class NodeRedRuntime implements FlowRuntime {
  private readonly options: NodeRedOptions;
  private readonly logger: Logger;
  private readonly ownServer = new Server();
  /** Upgrades that the dispatcher has let through. */
  private readonly admitted = new WeakSet<IncomingMessage>();
  private readonly flowStart: FlowStart;
  private started = false;

  constructor(options: NodeRedOptions) {
    this.options = options;
    this.logger = options.logger.child({ part: 'node-red' });
    this.flowStart = new FlowStart(RED.events, options.events);
  }

  /** Starts Node-RED and waits until its flows run or, when they cannot (a node type is missing), says so in `state()`. */
  async start(): Promise<void> {
    const { flowsRun } = await this.prepare();
    RED.init(this.ownServer, nodeRedSettings(this.settingsOptions()));
    this.started = true;
    await RED.start();
    await flowsRun;
  }

  /**
   * For a Node-RED that its own command line starts and stops (settings.ts): writes the first flows and watches. `flowsRun` resolves as
   * `start()` would.
   */
  async prepare(): Promise<{ flowsRun: Promise<void> }> {
    Object.assign(process.env, this.options.environment);
    await this.installFirstFlows();
    process.on('unhandledRejection', this.onUnhandledRejection);
    return { flowsRun: this.flowStart.begin() };
  }

  async stop(): Promise<void> {
    if (this.started) {
      this.started = false;
      await RED.stop();
    }
    this.flowStart.end();
    process.off('unhandledRejection', this.onUnhandledRejection);
  }

  /** `running`, or why flows do not run. */
  state(): { running: true } | { running: false; reason: string } {
    return this.flowStart.state();
  }

  /** Everything under /editor, prefix stripped. */
  readonly adminHandler = (request: IncomingMessage, response: ServerResponse): void => {
    callExpress(RED.httpAdmin, request, response);
  };

  /** Everything under /flows, prefix stripped: the engineer's own `http in` nodes. */
  readonly nodeHandler = (request: IncomingMessage, response: ServerResponse): void => {
    callExpress(RED.httpNode, request, response);
  };

  /** WebSockets of the editor (/editor/comms) and of `websocket in` nodes (/flows/...), with their full path. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.admitted.add(request);
    RED.server.emit('upgrade', request, socket, head);
  };

  /** Whether an upgrade came through the dispatcher. */
  isAdmitted(request: IncomingMessage): boolean {
    return this.admitted.has(request);
  }

  /** The flows as deployed now. */
  async flows(): Promise<FlowNode[]> {
    return (await this.deployed()).nodes;
  }

  /** The same, with the version that names exactly these. */
  deployed(): Promise<{ nodes: FlowNode[]; version: string }> {
    return deployedFlows();
  }

  /** What nodes may be deployed. */
  async knowledge(): Promise<NodeKnowledge> {
    return { types: await loadedTypes(), configProblems: (node) => this.options.nodeTypes.problemsOf(node) };
  }

  /** Deploys other flows for somebody, if those of `basedOn` are still deployed. */
  deploy(nodes: readonly FlowNode[], basedOn: string, deployer: Deployer): Promise<string> {
    return deploy({ nodes, basedOn }, deployer);
  }

  /** Changes the deployed flows and deploys the difference; everything that `edit` leaves alone goes on as it is. */
  async editFlows(edit: (nodes: FlowNode[]) => FlowNode[]): Promise<void> {
    const { nodes, version } = await this.deployed();
    await deploy({ nodes: edit(nodes), basedOn: version }, undefined);
  }

  private async installFirstFlows(): Promise<void> {
    const { userDir, credentialSecret } = this.options;
    await assertFlowsReadable(userDir);
    if (await flowsExist(userDir)) return;
    try {
      await writeFirstFlows(userDir, await this.options.firstFlows(), credentialSecret);
    } catch (error) {
      throw new AppError('INTERNAL', `The first flows could not be written to ${userDir}: ${messageOf(error)}`, { cause: error });
    }
  }

  private settingsOptions(): NodeRedSettingsOptions {
    return { ...this.options, logger: this.logger, observers: this.options.events };
  }

  /** A node that forgets to catch must not end the platform. */
  private readonly onUnhandledRejection = (reason: unknown): void => {
    this.logger.error({ stack: reason instanceof Error ? reason.stack : undefined }, `A promise was rejected unseen: ${messageOf(reason)}`);
  };
}

/** An Express application is a request handler; its types ask for its own kinds of request and response, which it makes itself. */
function callExpress(application: unknown, request: IncomingMessage, response: ServerResponse): void {
  (application as (request: IncomingMessage, response: ServerResponse) => void)(request, response);
}
