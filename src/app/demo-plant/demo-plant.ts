import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FlowNode, FlowSet } from '../node-red/flow-files.ts';
import { readFlowFile } from './first-flows.ts';
import { DEMO_MACHINES } from './machines.ts';
import type { DemoMachine } from './machines.ts';

/** What the demo plant needs of devices and keys; `create-app` gives it the real services. */
export interface DemoRegistry {
  /** Creates the device with origin `demo`, or leaves it as it is when it exists with that origin. */
  ensureDevice(machine: DemoMachine): Promise<void>;
  /** A new key for the device, origin `demo`. */
  issueKey(deviceId: string): Promise<string>;
  /** The devices of origin `demo`. */
  deviceIds(): Promise<string[]>;
  /** Removes a device with its keys, alerts and telemetry, and ends its connections. */
  removeDevice(deviceId: string): Promise<void>;
  /** Adds the finished dashboards, as far as they are not there. */
  ensureDashboards(): Promise<void>;
  /** Removes those that are still there. */
  removeDashboards(): Promise<void>;
}

/** What the demo plant works with. */
export interface DemoPlantOptions {
  flowsDir: string;
  topicRoot: string;
  registry: DemoRegistry;
  logger: Logger;
  /** Writes the generated past of the machines, in the background. */
  history: { start(): void; stop(): Promise<void> };
  /** Changes the deployed flows; absent while Node-RED has not started. */
  editFlows(edit: (nodes: FlowNode[]) => FlowNode[]): Promise<void>;
}

/** Three simulated machines that show the platform at work, and their removal without a trace. */
export class DemoPlant {
  private readonly options: DemoPlantOptions;
  private removal: Promise<void> | undefined;

  constructor(options: DemoPlantOptions) {
    this.options = options;
  }

  /** Begins to write the machines' past, unless it is written already; returns at once. */
  start(): void {
    this.options.history.start();
  }

  /** Ends the writing of the past; the next start goes on with it. */
  stop(): Promise<void> {
    return this.options.history.stop();
  }

  /** Registers the machines with new keys, and answers the tab on which they run. Safe to repeat after an unfinished first start. */
  async install(): Promise<FlowSet> {
    const { registry } = this.options;
    const keys = new Map<string, string>();
    for (const machine of DEMO_MACHINES) {
      await registry.ensureDevice(machine);
      keys.set(machine.device_id, await registry.issueKey(machine.device_id));
    }
    await registry.ensureDashboards();
    const nodes = await this.shippedNodes();
    return { nodes, credentials: credentialsOf(nodes, keys) };
  }

  /** True while devices of the demo plant exist. */
  async isInstalled(): Promise<boolean> {
    return (await this.options.registry.deviceIds()).length > 0;
  }

  /** Removes the tab with its connections, then the devices with their keys and data. Calls at the same time do it once. */
  remove(): Promise<void> {
    this.removal ??= this.removeAll().finally(() => {
      this.removal = undefined;
    });
    return this.removal;
  }

  private async removeAll(): Promise<void> {
    const { registry, logger, history } = this.options;
    await history.stop();
    const shipped = await this.shippedNodes();
    await this.options.editFlows((nodes) => withoutDemo(nodes, shipped));
    const deviceIds = await registry.deviceIds();
    for (const deviceId of deviceIds) await registry.removeDevice(deviceId);
    await registry.removeDashboards();
    logger.info({ devices: deviceIds }, 'The demo plant is removed.');
  }

  private shippedNodes(): Promise<FlowNode[]> {
    return readFlowFile(join(this.options.flowsDir, 'demo-plant.json'), this.options.topicRoot);
  }
}

/** User name and password of each machine, in the credentials of the connection that carries its name. */
function credentialsOf(nodes: readonly FlowNode[], keys: ReadonlyMap<string, string>): FlowSet['credentials'] {
  const connections = nodes.filter((node) => node.type === 'mqtt-broker');
  return Object.fromEntries(
    connections.map((connection) => {
      const user = String(connection['name']);
      const password = keys.get(user);
      if (password === undefined)
        throw new AppError('INTERNAL', `The connection "${connection.id}" of the demo plant names no machine: "${user}".`);
      return [connection.id, { user, password }];
    }),
  );
}

/** The flows without the demo tab, what is on it, and its connections, unless a node elsewhere uses one. */
export function withoutDemo(nodes: readonly FlowNode[], shipped: readonly FlowNode[]): FlowNode[] {
  const tabs = new Set(shipped.filter((node) => node.type === 'tab').map((tab) => tab.id));
  const kept = nodes.filter((node) => !tabs.has(node.id) && (node.z === undefined || !tabs.has(node.z)));
  const connections = new Set(shipped.filter((node) => node.type === 'mqtt-broker').map((node) => node.id));
  const inUse = new Set(kept.map((node) => node['broker']));
  return kept.filter((node) => !connections.has(node.id) || inUse.has(node.id));
}
