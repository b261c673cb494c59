import { createRequire } from 'node:module';
import type { NodeStatus } from 'node-red';
import actions from '../../../nodes/actions/actions.ts';
import alertIn from '../../../nodes/alert-in/alert-in.ts';
import alert from '../../../nodes/alert/alert.ts';
import command from '../../../nodes/command/command.ts';
import comparisonRule from '../../../nodes/comparison-rule/comparison-rule.ts';
import correlation from '../../../nodes/correlation/correlation.ts';
import demoPlant from '../../../nodes/demo-plant/demo-plant.ts';
import discard from '../../../nodes/discard/discard.ts';
import email from '../../../nodes/email/email.ts';
import forecast from '../../../nodes/forecast/forecast.ts';
import httpTelemetry from '../../../nodes/http-telemetry/http-telemetry.ts';
import ingest from '../../../nodes/ingest/ingest.ts';
import mqttBroker from '../../../nodes/mqtt-broker/mqtt-broker.ts';
import mqttPublish from '../../../nodes/mqtt-publish/mqtt-publish.ts';
import ruleActionIn from '../../../nodes/rule-action-in/rule-action-in.ts';
import scheduleRule from '../../../nodes/schedule-rule/schedule-rule.ts';
import statisticalRule from '../../../nodes/statistical-rule/statistical-rule.ts';
import statistics from '../../../nodes/statistics/statistics.ts';
import storedRules from '../../../nodes/stored-rules/stored-rules.ts';
import thresholdRule from '../../../nodes/threshold-rule/threshold-rule.ts';
import timeseries from '../../../nodes/timeseries/timeseries.ts';
import trend from '../../../nodes/trend/trend.ts';
import webhook from '../../../nodes/webhook/webhook.ts';
import type { FlowMessage, PlatformRED } from '../../../nodes/shared/platform.ts';
import type { FlowPlatform } from './flow-platform.ts';
import { until } from './until.ts';

type NodeModule = (RED: PlatformRED) => void;

/** What we use of node-red-node-test-helper, which has no types. */
interface TestHelper {
  _events: { on(event: string, listener: () => void): void; off(event: string, listener: () => void): void };
  settings(settings: object): void;
  load(nodes: NodeModule[], flow: object[], credentials: object): Promise<void>;
  unload(): Promise<void>;
  setFlows(flow: object[], type?: 'full' | 'flows' | 'nodes'): Promise<void>;
  getNode(id: string): RunningNode | null;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  request(): {
    get(path: string): Promise<{ status: number; body: unknown }>;
    post(path: string): Promise<{ status: number; body: unknown }>;
  };
}

/** A node of the running flow; the helper reports each call of its methods as an event. */
interface RunningNode {
  receive(message: object): void;
  on(event: string, listener: (...values: never[]) => void): void;
}

const load = createRequire(import.meta.url);
const helper = load('node-red-node-test-helper') as TestHelper;
const core = (path: string): NodeModule => load(`@node-red/nodes/core/${path}`) as NodeModule;

/** Core nodes that flows in tests may use. */
export const CORE = {
  split: () => core('sequence/17-split.js'),
  switch: () => core('function/10-switch.js'),
  function: () => core('function/10-function.js'),
  debug: () => core('common/21-debug.js'),
  inject: () => core('common/20-inject.js'),
  comment: () => core('common/90-comment.js'),
  mqtt: () => core('network/10-mqtt.js'),
  paletteBroker: () => load('node-red-contrib-aedes/aedes.js') as NodeModule,
};

const OURS: NodeModule[] = [
  actions,
  alert,
  alertIn,
  command,
  comparisonRule,
  correlation,
  demoPlant,
  discard,
  email,
  forecast,
  httpTelemetry,
  ingest,
  mqttBroker,
  mqttPublish,
  ruleActionIn,
  scheduleRule,
  statisticalRule,
  statistics,
  storedRules,
  thresholdRule,
  timeseries,
  trend,
  webhook,
];

/** A flow running on Node-RED's own runtime, with our nodes and the given core nodes. */
export class RunningFlow {
  private readonly statuses = new Map<string, NodeStatus[]>();
  private readonly errors = new Map<string, unknown[]>();
  private readonly received = new Map<string, FlowMessage[]>();
  private detach: () => void = () => undefined;

  /** Loads `flow`; every node of type `helper` collects what reaches it. `credentials`: by the id of the node. */
  async start(platform: FlowPlatform | undefined, flow: object[], more: NodeModule[] = [], credentials: object = {}): Promise<void> {
    helper.settings({ insa: platform?.services, functionTimeout: 0, globalFunctionTimeout: 0 });
    if (platform !== undefined) this.follow(platform.turns);
    await helper.startServer();
    await helper.load([...OURS, ...more], withTab(flow), credentials);
    this.watch(flow);
  }

  async stop(): Promise<void> {
    await helper.unload();
    await helper.stopServer();
    this.detach();
  }

  /** Deploys another flow, as the editor does. */
  async deploy(flow: object[], type: 'full' | 'flows' | 'nodes' = 'full'): Promise<void> {
    await helper.setFlows(withTab(flow), type);
    this.watch(flow);
  }

  /** Gives a message to a node as its input. */
  send(id: string, message: object): void {
    const node = helper.getNode(id);
    if (node === null) throw new Error(`No node ${id} runs.`);
    node.receive(message);
  }

  /** What reached a `helper` node so far. */
  messages(id: string): FlowMessage[] {
    return this.received.get(id) ?? [];
  }

  /** The first `count` messages at a `helper` node, when they are there. */
  async arrived(id: string, count: number): Promise<FlowMessage[]> {
    await until(() => this.messages(id).length >= count, `${String(count)} messages at ${id}`);
    return this.messages(id);
  }

  /** The status that a node shows now. */
  status(id: string): NodeStatus | undefined {
    return this.statuses.get(id)?.at(-1);
  }

  /** What a node reported as errors. */
  errorsOf(id: string): unknown[] {
    return this.errors.get(id) ?? [];
  }

  request(): ReturnType<TestHelper['request']> {
    return helper.request();
  }

  /** Tells the services when flows start and stop, as the platform does. */
  private follow(turns: FlowPlatform['turns']): void {
    const started = (): void => {
      void turns.started();
    };
    const stopping = (): void => {
      turns.stopping();
    };
    helper._events.on('flows:started', started);
    helper._events.on('flows:stopping', stopping);
    this.detach = () => {
      helper._events.off('flows:started', started);
      helper._events.off('flows:stopping', stopping);
    };
  }

  private watch(flow: object[]): void {
    for (const { id, type } of flow as { id: string; type: string }[]) {
      const node = helper.getNode(id);
      if (node === null) continue;
      node.on('call:status', (call: { args: NodeStatus[] }) => this.note(this.statuses, id, call.args[0]));
      node.on('call:error', (call: { args: unknown[] }) => this.note(this.errors, id, call.args[0]));
      if (type === 'helper') node.on('input', (message: FlowMessage) => this.note(this.received, id, message));
    }
  }

  private note<Item>(lists: Map<string, Item[]>, id: string, item: Item | undefined): void {
    if (item === undefined) return;
    const list = lists.get(id) ?? [];
    list.push(item);
    lists.set(id, list);
  }
}

/** Nodes need a tab; its label is what a second outlet names. */
function withTab(flow: object[]): object[] {
  return flow.some((node) => 'type' in node && node.type === 'tab') ? flow : [{ id: 'tab', type: 'tab', label: 'Plant' }, ...flow];
}

/** A node on the tab of `withTab`. */
export function node(id: string, type: string, wires: string[][], fields: object = {}): object {
  // A node without a place is a configuration node to Node-RED.
  return { id, type, z: 'tab', name: '', x: 100, y: 100, wires, ...fields };
}
