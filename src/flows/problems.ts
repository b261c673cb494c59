import type { FlowProblem } from '../contracts/flows.ts';
import type { FieldError } from '../core/errors.ts';
import { isContainer, nameOf, placesOf } from './flow-node.ts';
import type { FlowNode } from './flow-node.ts';

/** What running flows know about nodes. */
export interface NodeKnowledge {
  /** The node types that can run, without tabs, groups and subflows. */
  types: ReadonlySet<string>;
  /** What is wrong with the configuration of a node whose type can tell. */
  configProblems(node: FlowNode): readonly FieldError[];
}

/** Which properties of Node-RED's own nodes name a configuration node. Other nodes keep that to their forms. */
const CONFIG_PROPERTIES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    'mqtt in': ['broker'],
    'mqtt out': ['broker'],
    'mqtt-broker': ['tls'],
    'http request': ['tls', 'proxy'],
    'websocket in': ['server', 'client'],
    'websocket out': ['server', 'client'],
    'websocket-client': ['tls'],
    'tcp in': ['tls'],
    'tcp out': ['tls'],
    'tcp request': ['tls'],
  }),
);
const BUILT_IN = new Set(['tab', 'subflow', 'group']);
const SUBFLOW = 'subflow:';
/** Types of Node-RED's own that are off until an administrator of the machine wants them. */
const MACHINE_TYPES = new Set(['exec', 'file', 'file in', 'watch']);
const NOT_ALLOWED =
  'runs commands or touches files of this machine; an administrator can allow it with EDITOR_MACHINE_NODES=true, or remove the node.';
const NOT_THERE = 'is not installed or not allowed here; install its module, or remove the node.';

/**
 * What is wrong with nodes that are about to be deployed as a part of `result`: each problem names the node, its tab and what is missing.
 * Nodes that were deployed before and stay as they are, are not looked at.
 */
export function flowProblems(nodes: readonly FlowNode[], result: readonly FlowNode[], known: NodeKnowledge): FlowProblem[] {
  const byId = new Map(result.map((node) => [node.id, node]));
  const check = new NodeCheck(byId, placesOf(result), known);
  const seen = new Set<string>();
  return nodes.flatMap((node, index) => {
    const twice = seen.has(node.id);
    seen.add(node.id);
    const problems = check.problemsOf(node).map(({ field, ...problem }) => ({ ...problem, field: `flows.${String(index)}.${field}` }));
    if (twice) problems.unshift(duplicate(node, index));
    return problems.map((problem): FlowProblem => ({ ...problem, node_id: node.id }));
  });
}

type Found = Omit<FlowProblem, 'node_id'>;

function duplicate({ id }: FlowNode, index: number): Found {
  const message = `The id "${id}" is there twice; every node needs an id of its own.`;
  return { kind: 'duplicate_id', field: `flows.${String(index)}.id`, message };
}

class NodeCheck {
  private readonly byId: ReadonlyMap<string, FlowNode>;
  private readonly placeOf: (node: FlowNode) => string | null;
  private readonly known: NodeKnowledge;

  constructor(byId: ReadonlyMap<string, FlowNode>, placeOf: (node: FlowNode) => string | null, known: NodeKnowledge) {
    this.byId = byId;
    this.placeOf = placeOf;
    this.known = known;
  }

  problemsOf(node: FlowNode): Found[] {
    return [
      ...this.typeProblems(node),
      ...this.placeProblems(node),
      ...this.wireProblems(node),
      ...this.subflowProblems(node),
      ...this.configNodeProblems(node),
      ...this.configProblems(node),
    ];
  }

  private typeProblems(node: FlowNode): Found[] {
    const { type } = node;
    if (BUILT_IN.has(type) || this.known.types.has(type)) return [];
    if (type.startsWith(SUBFLOW)) {
      const id = type.slice(SUBFLOW.length);
      if (this.byId.get(id)?.type === 'subflow') return [];
      return [
        {
          kind: 'unknown_type',
          field: 'type',
          message: `${this.named(node)} is an instance of the subflow "${id}", which is not there; import the subflow with it.`,
        },
      ];
    }
    const message = `${this.named(node)} is of the type "${type}", which ${MACHINE_TYPES.has(type) ? NOT_ALLOWED : NOT_THERE}`;
    return [{ kind: 'unknown_type', field: 'type', message }];
  }

  private placeProblems(node: FlowNode): Found[] {
    const { z } = node;
    const problems: Found[] = [];
    const container = z === undefined ? undefined : this.byId.get(z);
    if (z !== undefined && z !== '' && (container === undefined || !isContainer(container))) {
      problems.push({
        kind: 'missing_tab',
        field: 'z',
        message: `${this.named(node)} stands on the tab "${z}", which is not there; import the tab with it.`,
      });
    }
    if ((z === undefined || z === '') && 'x' in node && 'y' in node && !isContainer(node)) {
      problems.push({ kind: 'missing_tab', field: 'z', message: `${this.named(node)} stands on no tab ("z" is missing); name one.` });
    }
    const group = node['g'];
    if (typeof group === 'string' && group !== '' && this.byId.get(group)?.type !== 'group') {
      problems.push({
        kind: 'missing_tab',
        field: 'g',
        message: `${this.named(node)} is in the group "${group}", which is not there; import the group with it.`,
      });
    }
    return problems;
  }

  private wireProblems(node: FlowNode): Found[] {
    const { wires = [], links } = node;
    if (!isWires(wires)) {
      const message = `The wires of ${this.named(node)} are no list of outputs, each a list of ids.`;
      return [{ kind: 'broken_wire', field: 'wires', message }];
    }
    const problems = wires.flatMap((targets, output) =>
      targets.flatMap((target) => this.wireProblem(node, target, `wires.${String(output)}`, `output ${String(output + 1)}`)),
    );
    for (const target of isTexts(links) ? links : []) {
      if (this.byId.has(target)) continue;
      problems.push({
        kind: 'broken_wire',
        field: 'links',
        message: `${this.named(node)} links to "${target}", which is not there; remove the link or import its other end.`,
      });
    }
    return problems;
  }

  private wireProblem(node: FlowNode, target: string, field: string, output: string): Found[] {
    const other = this.byId.get(target);
    if (other === undefined) {
      return [
        {
          kind: 'broken_wire',
          field,
          message: `${this.named(node)}, ${output}, is wired to "${target}", which is not there; remove the wire or import the node.`,
        },
      ];
    }
    if (other.z === node.z) return [];
    return [
      {
        kind: 'broken_wire',
        field,
        message: `${this.named(node)}, ${output}, is wired to ${this.named(other)}, which stands elsewhere; wires end at their tab, use link nodes.`,
      },
    ];
  }

  /** The ends of a subflow are wired from its own record. */
  private subflowProblems(node: FlowNode): Found[] {
    if (node.type !== 'subflow') return [];
    return (['in', 'out'] as const).flatMap((field) => {
      const ends = node[field] ?? [];
      if (!Array.isArray(ends) || !ends.every(isEnd)) {
        return [
          { kind: 'broken_wire' as const, field, message: `"${field}" of the subflow "${nameOf(node)}" is no list of ends with wires.` },
        ];
      }
      const targets = ends.flatMap(({ wires = [] }) => wires.map(({ id }) => id));
      return targets
        .filter((target) => target !== node.id && this.byId.get(target)?.z !== node.id)
        .map((target): Found => ({
          kind: 'broken_wire',
          field,
          message: `The subflow "${nameOf(node)}" is wired to "${target}", which is not in it.`,
        }));
    });
  }

  private configNodeProblems(node: FlowNode): Found[] {
    return (CONFIG_PROPERTIES.get(node.type) ?? []).flatMap((property): Found[] => {
      const id = node[property];
      if (typeof id !== 'string' || id === '' || this.byId.has(id)) return [];
      const message = `${this.named(node)} uses the configuration node "${id}" ("${property}"), which is not there; import it too.`;
      return [{ kind: 'missing_config_node', field: property, message }];
    });
  }

  /** A node that is switched off may be unfinished. */
  private configProblems(node: FlowNode): Found[] {
    const tab = node.z === undefined ? undefined : this.byId.get(node.z);
    if (node['d'] === true || tab?.['disabled'] === true) return [];
    return this.known.configProblems(node).map(({ field, message }) => ({
      kind: 'invalid_config',
      field,
      message: `${this.named(node)}: ${message}`,
    }));
  }

  private named(node: FlowNode): string {
    const place = this.placeOf(node);
    return `The node "${nameOf(node)}" (${node.id})${place === null ? '' : ` on "${place}"`}`;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isWires(value: unknown): value is string[][] {
  return Array.isArray(value) && value.every(isTexts);
}

function isEnd(value: unknown): value is { wires?: { id: string }[] } {
  if (typeof value !== 'object' || value === null) return false;
  const wires = 'wires' in value ? value.wires : [];
  return (
    Array.isArray(wires) &&
    wires.every((wire: unknown) => typeof wire === 'object' && wire !== null && 'id' in wire && typeof wire.id === 'string')
  );
}
