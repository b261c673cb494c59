import type { PlatformWarning, WarnedNode } from '../contracts/warnings.ts';
import { platformWarning } from '../contracts/warning-texts.ts';
import type { FlowNode } from './node-red/flow-files.ts';

/** The outlets of telemetry, and over what it comes. */
const OUTLETS = [
  ['iiot-mqtt-broker', 'mqtt'],
  ['iiot-http-telemetry', 'http'],
] as const;
const INGEST = 'iiot-ingest';
const ALERT = 'iiot-alert';
const STORED_RULES = 'iiot-stored-rules';
/** Every node type that runs one rule. */
const RULE = /^iiot-[a-z]+-rule$/;

/**
 * What is wired so that nothing fails and yet nothing happens: telemetry that no node stores, rules that judge nothing or whose decisions
 * nobody is told. Each warning names the node, its tab and the next step. Disabled tabs and nodes do not count. `enabledStoredRules` is the
 * number of rules that are stored and switched on.
 */
export function flowWarnings(flows: readonly FlowNode[], enabledStoredRules = 0): PlatformWarning[] {
  const graph = new FlowGraph(flows);
  return [...outletWarnings(graph), ...storedRuleWarnings(graph, enabledStoredRules), ...ruleWarnings(graph)];
}

function outletWarnings(graph: FlowGraph): PlatformWarning[] {
  return OUTLETS.flatMap(([type, carries]) => {
    const outlets = graph.ofType((candidate) => candidate === type);
    const [active, ...others] = outlets;
    if (active === undefined) return [platformWarning({ code: 'outlet_missing', params: { type, carries } })];
    const warnings: PlatformWarning[] = [];
    if (!graph.reaches(active, (other) => other === INGEST)) {
      warnings.push(platformWarning({ code: 'outlet_not_stored', params: { node: graph.nameOf(active), carries } }));
    }
    warnings.push(...competitionWarnings(graph, [active, ...others]));
    return warnings;
  });
}

/** Of some types only the node with the lowest id takes part. */
function competitionWarnings(graph: FlowGraph, [active, ...others]: readonly FlowNode[]): PlatformWarning[] {
  if (active === undefined || others.length === 0) return [];
  const idle = others.map((other) => graph.nameOf(other));
  return [platformWarning({ code: 'several_nodes', params: { type: active.type, active: graph.nameOf(active), idle } })];
}

function storedRuleWarnings(graph: FlowGraph, enabledStoredRules: number): PlatformWarning[] {
  const nodes = graph.ofType((type) => type === STORED_RULES);
  const [active] = nodes;
  if (active === undefined) {
    if (enabledStoredRules === 0) return [];
    return [platformWarning({ code: 'stored_rules_idle', params: { type: STORED_RULES, count: enabledStoredRules } })];
  }
  const warnings = competitionWarnings(graph, nodes);
  // Those that take no part have their warning already.
  return [...warnings, ...judgeWarnings(graph, active, 'stored_rules')];
}

function ruleWarnings(graph: FlowGraph): PlatformWarning[] {
  return graph.ofType((type) => RULE.test(type)).flatMap((rule) => judgeWarnings(graph, rule, 'rule'));
}

/** What judges needs readings before it and an alert node behind it. */
function judgeWarnings(graph: FlowGraph, judge: FlowNode, is: 'rule' | 'stored_rules'): PlatformWarning[] {
  const params = { node: graph.nameOf(judge), is };
  const warnings: PlatformWarning[] = [];
  // Without any ingest node the outlets have their warnings, and they say what is to be done first.
  const hasIngest = graph.ofType((type) => type === INGEST).length > 0;
  if (hasIngest && judgesReadings(judge) && !graph.isReachedFrom((type) => type === INGEST, judge)) {
    warnings.push(platformWarning({ code: 'judges_nothing', params }));
  }
  if (!graph.reaches(judge, (type) => type === ALERT)) {
    warnings.push(platformWarning({ code: 'tells_nobody', params }));
  }
  return warnings;
}

/** A schedule looks at readings only when it misses them; presence it knows without. */
function judgesReadings(judge: FlowNode): boolean {
  return judge.type !== 'iiot-schedule-rule' || judge['check'] === 'no_data';
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

  nameOf(node: FlowNode): WarnedNode {
    const name = typeof node['name'] === 'string' && node['name'] !== '' ? node['name'] : node.type;
    return { name, tab: this.tabs.get(node.z ?? '') ?? null };
  }

  /** True when a message that leaves `from` can come to a node of a wanted type. */
  reaches(from: FlowNode, isWanted: (type: string) => boolean): boolean {
    return [...this.reachableFrom([from])].some((id) => isWanted(this.nodes.get(id)?.type ?? ''));
  }

  /** True when a message that leaves some node of a type can come to this one. */
  isReachedFrom(isSource: (type: string) => boolean, node: FlowNode): boolean {
    return this.reachableFrom(this.ofType(isSource)).has(node.id);
  }

  /** The ids of the nodes to which messages that leave any of these can come. */
  private reachableFrom(sources: readonly FlowNode[]): ReadonlySet<string> {
    const reached = new Set<string>();
    const ahead = sources.flatMap((source) => this.targetsOf(source));
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      const node = this.nodes.get(id);
      if (node === undefined || reached.has(id)) continue;
      reached.add(id);
      ahead.push(...this.targetsOf(node));
    }
    return reached;
  }

  private targetsOf(node: FlowNode): string[] {
    const wires = [...stringsOf(node['wires']), ...this.behindSubflow(node)];
    if (node.type.startsWith('link ')) return [...wires, ...stringsOf(node['links'])];
    // An instance of a subflow goes on inside it; where it comes out again is the instance's own wires.
    if (node.type.startsWith('subflow:')) return [...wires, ...this.entriesOf(node.type.slice('subflow:'.length))];
    return wires;
  }

  /** Where the messages of a node inside a subflow go on when they leave it: behind every instance. */
  private behindSubflow({ id, z = '' }: FlowNode): string[] {
    const outputs = this.nodes.get(z)?.['out'];
    if (!Array.isArray(outputs)) return [];
    const leaves = outputs.some((output: { wires?: { id?: string }[] }) => (output.wires ?? []).some((wire) => wire.id === id));
    return leaves ? this.ofType((type) => type === `subflow:${z}`).flatMap((instance) => stringsOf(instance['wires'])) : [];
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
