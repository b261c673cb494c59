import RED from 'node-red';
import { AppError, messageOf } from '../../core/errors.ts';
import type { FlowNode } from '../../flows/flow-node.ts';
import type { Deployer } from '../../flows/types.ts';
import type { GuardedRuntime } from './deploy-guard.ts';
import { filedFlows, nodeRedUser } from './flow-storage.ts';

/** Node-RED says that flows run (or do not) within this time; after it the answer is given all the same, milliseconds. */
const RUNNING_WITHIN_MS = 15_000;

/** Flows that replace those of the version `basedOn`. */
export interface NewFlows {
  nodes: readonly FlowNode[];
  basedOn: string;
}

/** What is deployed, with Node-RED's name for exactly that. */
export async function deployedFlows(): Promise<{ nodes: FlowNode[]; version: string }> {
  const { flows, rev } = (await RED.runtime.flows.getFlows({})) as { flows: readonly object[]; rev: string };
  return { nodes: [...flows] as FlowNode[], version: rev };
}

/**
 * Deploys what differs; everything else goes on as it is. Resolves with the new version once its flows run. Fails with CONFLICT when other flows
 * are deployed by now, with INVALID_REQUEST when Node-RED cannot read these.
 */
export async function deploy({ nodes, basedOn }: NewFlows, deployer: Deployer | undefined): Promise<string> {
  const user = deployer === undefined ? undefined : nodeRedUser(deployer);
  const change = { flows: { flows: nodes, rev: basedOn }, deploymentType: 'nodes', user };
  const started = new Started();
  try {
    const result = await RED.runtime.flows.setFlows(change as unknown as Parameters<typeof RED.runtime.flows.setFlows>[0]);
    const { rev } = result;
    await started.of(rev);
    return rev;
  } catch (error) {
    throw asAppError(error);
  } finally {
    started.end();
  }
}

/** The types of all nodes that are loaded and switched on. */
export async function loadedTypes(): Promise<ReadonlySet<string>> {
  const sets = (await RED.runtime.nodes.getNodeList({})) as unknown as { types: string[]; enabled: boolean; err?: unknown }[];
  return new Set(sets.filter(({ enabled, err }) => enabled && err === undefined).flatMap(({ types }) => types));
}

/** The Node-RED of this process, as deployments through the editor are checked against it. */
export const runningNodeRed: GuardedRuntime = {
  deployed: async () => (await deployedFlows()).nodes,
  types: loadedTypes,
  filed: filedFlows,
};

function asAppError(error: unknown): AppError {
  if (error instanceof Error && 'code' in error && error.code === 'version_mismatch') {
    return new AppError('CONFLICT', 'Somebody else deployed at the same moment; read the flows again and decide once more.', {
      cause: error,
    });
  }
  return new AppError('INVALID_REQUEST', `Node-RED could not take the flows: ${messageOf(error)}`, { cause: error });
}

/** Hears which versions have started. */
class Started {
  private readonly versions = new Set<string>();
  private heard: () => void = () => undefined;

  constructor() {
    RED.events.on('runtime-event', this.onEvent);
  }

  async of(version: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RUNNING_WITHIN_MS).unref();
    });
    const started = new Promise<void>((resolve) => {
      this.heard = () => {
        if (this.versions.has(version)) resolve();
      };
      this.heard();
    });
    await Promise.race([started, patience]);
    clearTimeout(timer);
  }

  end(): void {
    RED.events.off('runtime-event', this.onEvent);
  }

  private readonly onEvent = (event: { id?: string; payload?: { revision?: string } }): void => {
    if (event.id !== 'runtime-deploy' || event.payload?.revision === undefined) return;
    this.versions.add(event.payload.revision);
    this.heard();
  };
}
