import type { Node, NodeDef, NodeMessageInFlow, NodeStatus } from 'node-red';
import type { NodeServices } from '../../src/app/services.ts';
import { AppError, messageOf } from '../../src/core/errors.ts';
import { readConfig, withSecrets } from './node-config.ts';
import type { NodeConfig, StoredFields } from './node-config.ts';
import type { Done, FlowMessage, PlatformRED } from './platform.ts';
import { StatusTicker } from './status.ts';

/** What a node may do while it runs. */
export interface NodeContext<Config> {
  readonly id: string;
  /** What the engineer called it; empty when unnamed. */
  readonly name: string;
  /** The tab it is on. */
  readonly tabLabel: string;
  readonly config: Config;
  readonly services: NodeServices;
  /** True when every node of the flow exists; what is sent before could find nobody. */
  flowsRun(): boolean;
  /** Sends one message from output 1, or a list with one entry per output. Held back until every node of the flow exists. */
  send(message: object | readonly (object | null)[]): void;
  /** Reports an error that belongs to no message. */
  error(error: Error): void;
}

/** A running node. Nothing in it needs to catch: what is thrown or rejected is reported at the node. */
export interface RunningNode {
  /** Takes one message; calls `done` once. Synchronous where thousands arrive in a second. */
  input?(message: FlowMessage, done: Done): void;
  /** What stands under the node; asked for once a second. */
  status?(): NodeStatus;
  /** Lets go of what it holds. `removed`: the node is gone from the flow, not only restarted. */
  close?(removed: boolean): Promise<void> | void;
}

/** A node type: its configuration, and how one node of it starts. */
export interface NodeDefinition<Config> {
  config: NodeConfig<Config>;
  /** What the editor may know of this installation, by its name there, which begins with the type in camel case. */
  editorSettings?: Readonly<Record<string, string>>;
  start(context: NodeContext<Config>): RunningNode | Promise<RunningNode>;
}

/**
 * Registers a node type. Does once, for every node: read and migrate the configuration, check it, start, hold messages until it has
 * started, pass them on, show the status, close. A bad configuration shows as a red ring, is reported, and every input is answered
 * with the code INVALID_CONFIG.
 */
export function defineNode<Config>(RED: PlatformRED, definition: NodeDefinition<Config>): void {
  function PlatformNode(this: Node, fields: NodeDef): void {
    RED.nodes.createNode(this, fields);
    const host = new NodeHost(RED, this, definition);
    // Passing the handler itself keeps the path of a message one call long.
    this.on('input', host.input);
    this.on('close', (removed: boolean, done: () => void) => void host.close(removed).finally(done));
    host.start(withSecrets(definition.config, { ...fields }, Object(this.credentials) as StoredFields));
  }
  RED.nodes.registerType(definition.config.type, PlatformNode, optionsOf(definition));
  RED.settings.insa?.nodeTypes.register(definition.config.type, (fields) => {
    const read = readConfig(definition.config, fields);
    return read.ok ? [] : read.problems;
  });
}

/** Credentials and settings of a type, as Node-RED wants them. A credential is a text: who may change a node may read it in its form. */
function optionsOf<Config>({ config, editorSettings = {} }: NodeDefinition<Config>) {
  const credentials = Object.values(config.secrets ?? {}).map((name) => [name, { type: 'text' as const }] as const);
  const settings = Object.entries(editorSettings).map(([name, value]) => [name, { value, exportable: true }] as const);
  return { credentials: Object.fromEntries(credentials), settings: Object.fromEntries(settings) };
}

/** One node of a flow, from its creation to its end. */
class NodeHost<Config> {
  private readonly RED: PlatformRED;
  private readonly node: Node;
  private readonly definition: NodeDefinition<Config>;
  private readonly cleanups: (() => void)[] = [];
  /** Messages that arrived before the node had started. */
  private readonly early: { message: FlowMessage; done: Done }[] = [];
  /** Messages to send when every node of the flow exists. */
  private readonly unsent: (object | readonly (object | null)[])[] = [];
  private flowsStarted = false;
  private take: (message: FlowMessage, done: Done) => void = (message, done) => void this.early.push({ message, done });
  private running: Promise<RunningNode | undefined> = Promise.resolve(undefined);

  constructor(RED: PlatformRED, node: Node, definition: NodeDefinition<Config>) {
    this.RED = RED;
    this.node = node;
    this.definition = definition;
  }

  /** The border between Node-RED's messages, of which nothing is known, and ours, whose fields are checked where they are used. */
  readonly input = (message: NodeMessageInFlow, _send: unknown, done: Done): void => {
    this.take(message as FlowMessage, done);
  };

  start(fields: StoredFields): void {
    this.awaitFlows();
    const services = this.RED.settings.insa;
    if (services === undefined) {
      this.refuse('no platform', 'This node works inside the INSA IIoT Platform only; start the platform and open its editor.');
      return;
    }
    const read = readConfig(this.definition.config, fields);
    if (!read.ok) {
      this.refuse('bad configuration', read.problems.map((problem) => problem.message).join(' '), read.problems);
      return;
    }
    this.running = this.run(this.contextOf(read.config, services));
  }

  async close(removed: boolean): Promise<void> {
    const running = await this.running;
    for (const cleanup of this.cleanups) cleanup();
    try {
      await running?.close?.(removed);
    } catch (error) {
      this.node.error(`It did not close well: ${messageOf(error)}`);
    }
  }

  private async run(context: NodeContext<Config>): Promise<RunningNode | undefined> {
    try {
      const started = this.definition.start(context);
      const running = started instanceof Promise ? await started : started;
      this.begin(running);
      return running;
    } catch (error) {
      this.refuse('did not start', `It did not start: ${messageOf(error)}`);
      return undefined;
    }
  }

  private begin(running: RunningNode): void {
    if (running.status !== undefined) {
      const ticker = new StatusTicker(running.status.bind(running), (status) => {
        this.node.status(status);
      });
      ticker.start();
      this.cleanups.push(() => {
        ticker.stop();
      });
    }
    this.become(
      running.input?.bind(running) ??
        ((_message, done): void => {
          done();
        }),
    );
  }

  /** Red ring, one report, and every message answered with the reason. */
  private refuse(status: string, message: string, errors: readonly { field: string; message: string }[] = []): void {
    const error = new AppError('INVALID_CONFIG', message, { errors });
    this.node.status({ fill: 'red', shape: 'ring', text: status });
    this.node.error(error);
    this.become((_message, done) => {
      done(error);
    });
  }

  private become(take: (message: FlowMessage, done: Done) => void): void {
    this.take = take;
    for (const { message, done } of this.early.splice(0)) take(message, done);
  }

  private contextOf(config: Config, services: NodeServices): NodeContext<Config> {
    const { node } = this;
    return {
      id: node.id,
      name: node.name ?? '',
      tabLabel: tabLabelOf(node),
      config,
      services,
      flowsRun: () => this.flowsStarted,
      send: (message) => {
        if (this.flowsStarted) sendFrom(node, message);
        else this.unsent.push(message);
      },
      error: (error) => {
        node.error(error);
      },
    };
  }

  private awaitFlows(): void {
    const onStarted = (): void => {
      this.flowsStarted = true;
      for (const message of this.unsent.splice(0)) sendFrom(this.node, message);
    };
    // Before whoever else listens: the platform gives open messages to the flow at this event.
    this.RED.events.prependOnceListener('flows:started', onStarted);
    this.cleanups.push(() => this.RED.events.off('flows:started', onStarted));
  }
}

/** Node-RED's own `send` takes any object; its types know only messages of their own making. */
function sendFrom(node: Node, message: object | readonly (object | null)[]): void {
  node.send(message as Parameters<Node['send']>[0]);
}

function tabLabelOf(node: Node): string {
  const flow: unknown = node._flow?.flow;
  if (typeof flow !== 'object' || flow === null) return node.z;
  if ('label' in flow && typeof flow.label === 'string' && flow.label !== '') return flow.label;
  return 'name' in flow && typeof flow.name === 'string' && flow.name !== '' ? flow.name : node.z;
}
