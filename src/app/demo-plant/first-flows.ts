import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FlowNode, FlowSet } from '../node-red/flow-files.ts';

/** What the first flows of an installation depend on. */
export interface FirstFlowsOptions {
  /** The folder with default.json and demo-plant.json. */
  flowsDir: string;
  topicRoot: string;
  /** Undefined leaves the demo plant out. */
  demo: { install(): Promise<FlowSet> } | undefined;
  logger: Logger;
}

/** What a new installation runs: the default flow and, where it is wanted, the demo plant with its devices. */
export async function firstFlows(options: FirstFlowsOptions): Promise<FlowSet> {
  const nodes = await readFlowFile(join(options.flowsDir, 'default.json'), options.topicRoot);
  if (options.demo === undefined) return { nodes, credentials: {} };
  try {
    const demo = await options.demo.install();
    return { nodes: [...nodes, ...demo.nodes], credentials: demo.credentials };
  } catch (error) {
    options.logger.error({ reason: messageOf(error) }, 'The demo plant could not be installed; the platform starts without it.');
    return { nodes, credentials: {} };
  }
}

/** The root of the topics in the flows that come with the product. */
const SHIPPED_ROOT = 'insa/';

/** Reads a flow that comes with the product, with its topics under the installation's own root. */
export async function readFlowFile(path: string, topicRoot: string): Promise<FlowNode[]> {
  const nodes = JSON.parse(await readFile(path, 'utf8')) as FlowNode[];
  return nodes.map((node) => withTopicRoot(node, topicRoot));
}

function withTopicRoot(node: FlowNode, topicRoot: string): FlowNode {
  const fields = Object.entries(node).map(([name, value]): [string, unknown] => {
    const isTopic = /topic$/i.test(name) && typeof value === 'string' && value.startsWith(`${SHIPPED_ROOT}devices/`);
    return [name, isTopic ? `${topicRoot}/${value.slice(SHIPPED_ROOT.length)}` : value];
  });
  return { ...node, ...Object.fromEntries(fields) };
}
