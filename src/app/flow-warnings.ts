import type { FlowNode } from './node-red/flow-files.ts';

/** What an outlet carries, for people. */
const OUTLETS = { 'iiot-mqtt-broker': 'telemetry over MQTT', 'iiot-http-telemetry': 'telemetry over HTTP' } as const;
const INGEST = 'iiot-ingest';
const ALERT = 'iiot-alert';
/** Every node type that judges. */
const RULE = /^iiot-[a-z]+-rule$/;

/**
 * What is wired so that nothing fails and yet nothing happens: telemetry that no node stores, rules whose decisions nobody is told.
 * Each warning names the node, its tab and the next step. Disabled tabs and nodes do not count.
 */
export function flowWarnings(flows: readonly FlowNode[]): string[] {
  const graph = new FlowGraph(flows);
  return [...outletWarnings(graph), ...ruleWarnings(graph)];
}

function outletWarnings(graph: FlowGraph): string[] {
  return Object.entries(OUTLETS).flatMap(([type, carries]) => {
    const outlets = graph.ofType((candidate) => candidate === type);
    const [active, ...others] = outlets;
    if (active === undefined) return [`No ${type} node is deployed: ${carries} is refused. Place one and wire it to an ingest node.`];
    const warnings: string[] = [];
    if (!graph.reaches(active, (other) => other === INGEST)) {
      warnings.push(`The node ${graph.nameOf(active)} reaches no ingest node: ${carries} is not stored. Wire it to one and deploy.`);
    }
    if (others.length > 0) {
      const idle = others.map((other) => graph.nameOf(other)).join(', ');
      warnings.push(`Several ${type} nodes are deployed; only ${graph.nameOf(active)} takes part, not ${idle}. Remove what is too many.`);
    }
    return warnings;
  });
}

function ruleWarnings(graph: FlowGraph): string[] {
  return graph
    .ofType((type) => RULE.test(type))
    .filter((rule) => !graph.reaches(rule, (type) => type === ALERT))
    .map((rule) => `The rule ${graph.nameOf(rule)} reaches no alert node: nobody is told of what it decides. Wire it to one and deploy.`);
}

/** The deployed nodes and where their messages go, through wires, link nodes and subflows. */
class FlowGraph {
  private readonly nodes = new Map<string, FlowNode>();
  private readonly tabs = new Map<string, string>();

  constructor(flows: readonly FlowNode[]) {
    const disabledTabs = new Set(flows.filter(({ type, ...tab }) => type === 'tab' && tab['disabled'] === true).map(({ id }) => id));
    for (const node of flows) {
      if (node.type === 'tab') this.tabs.set(node.id, typeof node['label'] === 'string' ? node['label'] : node.id);
      if (node['d'] === true || (node.z !== undefined && disabledTabs.has(node.z))) continue;
      this.nodes.set(node.id, node);
    }
  }

  /** In the order of their ids, which is the order in which outlets take part. */
  ofType(isWanted: (type: string) => boolean): FlowNode[] {
    return [...this.nodes.values()].filter(({ type }) => isWanted(type)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  nameOf(node: FlowNode): string {
    const name = typeof node['name'] === 'string' && node['name'] !== '' ? node['name'] : node.type;
    return `"${name}" on "${this.tabs.get(node.z ?? '') ?? 'a subflow'}"`;
  }

  /** True when a message that leaves `from` can come to a node of a wanted type. */
  reaches(from: FlowNode, isWanted: (type: string) => boolean): boolean {
    const seen = new Set<string>();
    const ahead = this.targetsOf(from);
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      const node = this.nodes.get(id);
      if (node === undefined || seen.has(id)) continue;
      seen.add(id);
      if (isWanted(node.type)) return true;
      ahead.push(...this.targetsOf(node));
    }
    return false;
  }

  private targetsOf(node: FlowNode): string[] {
    const wires = stringsOf(node['wires']);
    if (node.type.startsWith('link ')) return [...wires, ...stringsOf(node['links'])];
    // An instance of a subflow goes on inside it; where it comes out again is the instance's own wires.
    if (node.type.startsWith('subflow:')) return [...wires, ...this.entriesOf(node.type.slice('subflow:'.length))];
    return wires;
  }

  private entriesOf(subflowId: string): string[] {
    const entries = this.nodes.get(subflowId)?.['in'];
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: { wires?: { id?: string }[] }) => (entry.wires ?? []).flatMap(({ id }) => id ?? []));
  }
}

/** The strings in a list of lists (wires) or a list (links). */
function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.flat().filter((item): item is string => typeof item === 'string') : [];
}
