import { createHash } from 'node:crypto';
import type { AuditLog } from '../../src/auth/audit.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import type { FieldError } from '../../src/core/errors.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { FlowDeployments } from '../../src/flows/flow-deployments.ts';
import type { FlowNode } from '../../src/flows/flow-node.ts';
import { OpenEndpoints } from '../../src/flows/open-endpoints.ts';
import type { NodeKnowledge } from '../../src/flows/problems.ts';
import type { Deployer, FlowRuntime } from '../../src/flows/types.ts';
import { VersionHistory } from '../../src/flows/version-history.ts';
import type { Database } from '../../src/storage/database.ts';

/** What stands for Node-RED: keeps the nodes it is given. */
export class FakeFlowRuntime implements FlowRuntime {
  nodes: FlowNode[] = [];
  types = new Set(['inject', 'debug', 'mqtt in', 'mqtt-broker', 'iiot-threshold-rule']);
  badConfig: FieldError[] = [];
  /** Called between the reading of the flows and their replacement. */
  meanwhile: () => void = () => undefined;
  private readonly deployedBy: (nodes: readonly FlowNode[], deployer: Deployer) => void;

  constructor(deployedBy: (nodes: readonly FlowNode[], deployer: Deployer) => void) {
    this.deployedBy = deployedBy;
  }

  get version(): string {
    return createHash('sha256').update(JSON.stringify(this.nodes)).digest('hex');
  }

  deployed() {
    return Promise.resolve({ nodes: [...this.nodes], version: this.version });
  }

  knowledge(): Promise<NodeKnowledge> {
    const configProblems = (node: FlowNode) => (node.type.startsWith('iiot-') ? this.badConfig : []);
    return Promise.resolve({ types: this.types, configProblems });
  }

  deploy(nodes: readonly FlowNode[], basedOn: string, deployer: Deployer): Promise<string> {
    this.meanwhile();
    if (basedOn !== this.version) return Promise.reject(new AppError('CONFLICT', 'Somebody else deployed at the same moment.'));
    this.nodes = [...nodes];
    this.deployedBy(this.nodes, deployer);
    return Promise.resolve(this.version);
  }
}

/** Flows for the API, with everything but Node-RED. */
export async function startFlowParts({ database, audit, clock }: { database: Database; audit: AuditLog; clock: Clock }) {
  const common = { database, audit, clock, logger: silentLogger, newId: newUuid, tenantId: 'default' };
  const versions = new VersionHistory(common);
  const runtime = new FakeFlowRuntime((nodes, deployer) => versions.deployed({ nodes, ...deployer }));
  const openEndpoints = new OpenEndpoints({ database, tenantId: 'default' });
  await openEndpoints.load();
  return { runtime, versions, openEndpoints, flows: new FlowDeployments({ ...common, runtime, versions }) };
}
