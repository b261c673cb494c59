import type { FlowOrigin } from '../contracts/flows.ts';
import type { FlowNode } from './flow-node.ts';
import type { NodeKnowledge } from './problems.ts';

/** Who deploys, from where, and why. */
export interface Deployer {
  /** A user name, `program:<name>`, or `platform`. */
  author: string;
  origin: FlowOrigin;
  address?: string | undefined;
  note?: string | undefined;
  /** The number of the version that is deployed again. */
  rolledBackFrom?: number | undefined;
}

/** Flows that were deployed (or found deployed at the start), with who did it. */
export interface Deployment extends Deployer {
  /** Without credentials. */
  nodes: readonly FlowNode[];
}

/** The flows that run, and how others come to run. */
export interface FlowRuntime {
  /** What is deployed now. `version` names exactly these flows. */
  deployed(): Promise<{ nodes: FlowNode[]; version: string }>;
  /** What nodes may be deployed. */
  knowledge(): Promise<NodeKnowledge>;
  /**
   * Deploys `nodes`: what does not differ goes on as it is, and keeps its credentials. Resolves with the new version when they run. Fails with
   * CONFLICT when something else than `basedOn` is deployed by now, with INVALID_REQUEST when they cannot be taken.
   */
  deploy(nodes: readonly FlowNode[], basedOn: string, deployer: Deployer): Promise<string>;
}
