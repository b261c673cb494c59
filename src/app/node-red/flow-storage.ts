import { createRequire } from 'node:module';
import { withoutCredentials } from '../../flows/flow-node.ts';
import type { FlowNode } from '../../flows/flow-node.ts';
import type { Deployer, Deployment } from '../../flows/types.ts';

/** Node-RED's module that keeps flows in files, as far as it is used here. Its own does the work. */
export interface StorageModule {
  init(settings: object, runtime: object): Promise<unknown>;
  getFlows(): Promise<unknown>;
  saveFlows(nodes: FlowNode[], user: unknown): Promise<unknown>;
}

const load = createRequire(import.meta.url);

/** Under this name the platform's own deployments carry who they are for, beside the user that Node-RED knows. */
const DEPLOYER = 'insaDeployer';

/**
 * Node-RED's own storage of flows, which tells of each deployment when its files are written: whoever deploys, through the editor, its API, or
 * the platform, comes through here.
 */
export function watchedStorage(deployed: (deployment: Deployment) => void): StorageModule {
  const own = load('@node-red/runtime/lib/storage/localfilesystem') as StorageModule;
  return {
    ...own,
    saveFlows: async (nodes, user) => {
      const result = await own.saveFlows(nodes, user);
      deployed({ nodes: withoutCredentials(nodes), ...deployerOf(user) });
      return result;
    },
  };
}

/** The flows as their file has them now. */
export async function filedFlows(): Promise<readonly unknown[]> {
  const own = load('@node-red/runtime/lib/storage/localfilesystem') as StorageModule;
  const flows = await own.getFlows();
  return Array.isArray(flows) ? (flows as unknown[]) : [];
}

/** A deployer as a user of Node-RED, who comes back to `watchedStorage`. */
export function nodeRedUser(deployer: Deployer): object {
  return { username: deployer.author, permissions: '*', [DEPLOYER]: deployer };
}

/** Who a user of Node-RED is: the platform's deployer, a person at the editor, or (none) the platform itself. */
function deployerOf(user: unknown): Deployer {
  if (typeof user !== 'object' || user === null) return { author: 'platform', origin: 'platform' };
  // Set by `nodeRedUser` alone: users of the editor are made by our own `tokens`.
  if (DEPLOYER in user) return user[DEPLOYER] as Deployer;
  const { username, address } = user as { username?: unknown; address?: unknown };
  return {
    author: typeof username === 'string' ? username : 'unknown',
    origin: 'editor',
    address: typeof address === 'string' ? address : undefined,
  };
}
