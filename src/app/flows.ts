import type { AuditLog } from '../auth/audit.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { FlowDeployments } from '../flows/flow-deployments.ts';
import { OpenEndpoints } from '../flows/open-endpoints.ts';
import type { FlowRuntime } from '../flows/types.ts';
import { VersionHistory } from '../flows/version-history.ts';
import type { Database } from '../storage/database.ts';
import { TENANT_ID } from './identity.ts';
import type { Lifecycle } from './lifecycle.ts';
import { NodeTypes } from './node-red/node-types.ts';
import type { NodeRedObservers } from './node-red/settings.ts';

/** What flows as files and versions are made of. */
export interface FlowsOptions {
  db: Database;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
  /** Node-RED; asked when somebody asks. */
  runtime: () => FlowRuntime;
  /** A node reported an error that no catch node took. */
  nodeError: (nodeType: string) => void;
}

/** Flows beyond what runs: their versions, their files, and which of their endpoints are open. */
export interface Flows {
  flows: FlowDeployments;
  openEndpoints: OpenEndpoints;
  /** Where our nodes say how their configuration is checked. */
  nodeTypes: NodeTypes;
  /** What is done with what Node-RED tells. */
  observers: NodeRedObservers & { flowsTaken(): void };
}

/** Starts it. */
export async function startFlows({ db: database, lifecycle, runtime, nodeError, ...given }: FlowsOptions): Promise<Flows> {
  const { audit, clock, logger } = given;
  const tenantId = TENANT_ID;
  const openEndpoints = new OpenEndpoints({ database, tenantId });
  await openEndpoints.load();
  const versions = new VersionHistory({ audit, clock, logger, tenantId, database, newId: newUuid });
  lifecycle.onStop('versions of the flows', () => versions.stop());
  const later: FlowRuntime = {
    deployed: async () => runtime().deployed(),
    knowledge: async () => runtime().knowledge(),
    deploy: async (nodes, basedOn, deployer) => runtime().deploy(nodes, basedOn, deployer),
  };
  return {
    flows: new FlowDeployments({ runtime: later, versions, audit, tenantId }),
    openEndpoints,
    nodeTypes: new NodeTypes(),
    observers: {
      nodeError: (nodeType) => nodeError(nodeType),
      deployed: (deployment) => versions.deployed(deployment),
      deployRefused: ({ username: actor, address, ...details }) => {
        void audit.record({ tenantId, actor, action: 'flows.deploy', outcome: 'refused', address, details });
      },
      nodeSetChanged: ({ username: actor, address, target, status, asked }) => {
        const outcome = status < 400 ? 'ok' : 'refused';
        void audit.record({ tenantId, actor, action: 'editor.nodes', target, outcome, address, details: { status, ...asked } });
      },
      flowsTaken: () => {
        later.deployed().then(
          ({ nodes }) => versions.found(nodes),
          (error: unknown) =>
            logger.warn({ part: 'flows', reason: messageOf(error) }, 'The flows could not be compared with their newest version.'),
        );
      },
    },
  };
}
