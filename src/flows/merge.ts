import type { ImportMode } from '../contracts/flows.ts';
import { isContainer } from './flow-node.ts';
import type { FlowNode } from './flow-node.ts';

/** Nodes whose tab is neither among them nor deployed, put on another tab; all others as they are. */
export function onTab(nodes: readonly FlowNode[], current: readonly FlowNode[], tab: string): FlowNode[] {
  const containers = new Set([...nodes, ...current].filter(isContainer).map(({ id }) => id));
  return nodes.map((node) =>
    'x' in node && (node.z === undefined || !containers.has(node.z)) && !isContainer(node) ? { ...node, z: tab } : node,
  );
}

/** The flows after an import: `replace` takes the imported ones alone; `merge` replaces by id, keeps the rest and appends what is new. */
export function imported(current: readonly FlowNode[], nodes: readonly FlowNode[], mode: ImportMode): FlowNode[] {
  if (mode === 'replace') return [...nodes];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Set(current.map(({ id }) => id));
  return [...current.map((node) => byId.get(node.id) ?? node), ...nodes.filter(({ id }) => !known.has(id))];
}
