import type { FieldError } from '../../core/errors.ts';
import type { FlowNode } from '../../flows/flow-node.ts';

type ConfigCheck = (fields: Readonly<Record<string, unknown>>) => readonly FieldError[];

/** What our node types say of their configuration: each tells it when Node-RED loads it. */
export class NodeTypes {
  private readonly checks = new Map<string, ConfigCheck>();

  /** A node type is there, and `check` answers what is wrong with the fields of a node of it. */
  register(type: string, check: ConfigCheck): void {
    this.checks.set(type, check);
  }

  /** What is wrong with a node; nothing when its type says nothing. */
  problemsOf(node: FlowNode): readonly FieldError[] {
    return this.checks.get(node.type)?.(node) ?? [];
  }
}
