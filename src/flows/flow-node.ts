/** A node as flow files hold it: a tab, a subflow, a group, a configuration node, or one that stands on a tab. */
export interface FlowNode {
  id: string;
  type: string;
  /** The tab or subflow it is on; absent for tabs, subflows and configuration nodes of all tabs. */
  z?: string;
  [field: string]: unknown;
}

/** What a person calls a node: the label of a tab, else its name, else its type. */
export function nameOf(node: FlowNode): string {
  const own = node.type === 'tab' ? node['label'] : node['name'];
  return typeof own === 'string' && own !== '' ? own : node.type;
}

/** Answers on which tab (or in which subflow) a node of these flows stands, by name; null for what stands on none. */
export function placesOf(nodes: readonly FlowNode[]): (node: FlowNode) => string | null {
  const containers = new Map(nodes.filter(isContainer).map((node) => [node.id, nameOf(node)]));
  return (node) => (node.z === undefined ? null : (containers.get(node.z) ?? null));
}

/** True for what other nodes stand on: tabs and subflows. */
export function isContainer({ type }: FlowNode): boolean {
  return type === 'tab' || type === 'subflow';
}

/** The flows without the secrets of their nodes, wherever they came from. */
export function withoutCredentials(nodes: readonly FlowNode[]): FlowNode[] {
  return nodes.map(({ credentials: _secret, ...node }): FlowNode => ({ ...node, id: node.id, type: node.type }));
}
