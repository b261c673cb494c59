/** A node as the editor holds it: its stored fields and the editor's own. */
export interface EditorNode {
  id: string;
  type: string;
  z?: string;
  /** Known once its form was opened. */
  credentials?: Record<string, unknown>;
  [field: string]: unknown;
  /** Text of this node in the editor's language. */
  _(key: string, values?: Record<string, string>): string;
}

interface PropertyDefinition {
  value: unknown;
  /** True, or what is wrong. */
  validate?: (this: EditorNode, value: unknown, options: object) => true | string;
}

/** A node type as `RED.nodes.registerType` wants it (nodered.org, "Creating nodes"). */
export interface EditorDefinition {
  category: string;
  color: string;
  defaults: Record<string, PropertyDefinition>;
  /** Kept apart from the flow, encrypted; `text`: the form gets them to show. */
  credentials?: Record<string, { type: 'text' } & Pick<PropertyDefinition, 'validate'>>;
  inputs: 0 | 1;
  outputs: number;
  icon: string;
  align?: 'left' | 'right';
  paletteLabel(this: { _(key: string): string }): string;
  label(this: EditorNode): string;
  labelStyle(this: EditorNode): string;
  inputLabels?(this: EditorNode): string;
  outputLabels?(this: EditorNode, index: number): string;
  oneditprepare?(this: EditorNode): void;
  oneditsave?(this: EditorNode): void;
  oneditcancel?(this: EditorNode): void;
  onpaletteadd?(): void;
  button?: { enabled?(this: EditorNode): boolean; onclick(this: EditorNode): void };
}

/** The part of the editor's global object that our nodes use. */
interface EditorGlobal {
  nodes: {
    registerType(type: string, definition: EditorDefinition): void;
    /** True when something is changed and not deployed. */
    dirty(): boolean;
    /** The flows as they are deployed, as this page knows it: every node with its stored fields. */
    originalFlow(): (Record<string, unknown> & { id: string })[];
  };
  /** What the server lets the editor know. */
  settings: Record<string, unknown>;
  notify(message: string, options: NotifyOptions): Notification;
}

interface NotifyOptions {
  type?: 'success' | 'warning' | 'error';
  modal?: boolean;
  fixed?: boolean;
  buttons?: { text: string; class?: string; click(): void }[];
}

interface Notification {
  close(): void;
}

declare const RED: EditorGlobal;

/** The editor in whose page the forms run. */
export const editor: EditorGlobal = RED;
