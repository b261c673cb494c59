import type { NodeConfig, StoredFields } from '../node-config.ts';
import { chooseDefaults, closeForm, fieldsOf, openForm, problemOf } from './form.ts';
import { editor } from './red.ts';
import type { EditorDefinition, EditorNode } from './red.ts';

/** One colour per step of the flow: receive, store, judge, act. */
export const COLOURS = { source: '#a5d6c9', store: '#9fc5e8', rule: '#f3cf7f', action: '#eeb0a2', aside: '#d5d8dc' } as const;

const CATEGORY = 'INSA IIoT';

/** How a node looks in the editor, and what is particular in its form. */
export interface NodeLook {
  /** The first part of the keys of its texts: the folder's name. */
  texts: string;
  colour: (typeof COLOURS)[keyof typeof COLOURS];
  inputs: 0 | 1;
  /** Keys of the labels of the outputs. */
  outputs: readonly string[];
  align?: 'left' | 'right';
  /** What an unnamed node is called on the canvas; blank: as in the palette. */
  describe?(fields: StoredFields, node: EditorNode): string;
  /** Sets up what is particular in the form. */
  prepare?(node: EditorNode): void;
  /** Called when the form opens and at every change. */
  changed?(fields: StoredFields, node: EditorNode): void;
  more?: Partial<EditorDefinition>;
}

/** Registers a node type in the editor: fields, validation from the schema it shares with the runtime, labels, colour and icon. */
export function registerNode<Config>(config: NodeConfig<Config>, look: NodeLook): void {
  const text = (key: string): string => `${look.texts}.${key}`;
  editor.nodes.registerType(config.type, {
    category: CATEGORY,
    color: look.colour,
    icon: `${look.texts}.svg`,
    inputs: look.inputs,
    outputs: look.outputs.length,
    align: look.align ?? 'left',
    defaults: defaultsOf(config),
    credentials: credentialsOf(config),
    paletteLabel() {
      return this._(text('palette'));
    },
    label() {
      const name = this['name'];
      if (typeof name === 'string' && name !== '') return name;
      const described = look.describe?.(fieldsOf(config, this), this) ?? '';
      return described === '' ? this._(text('palette')) : described;
    },
    labelStyle() {
      return this['name'] === '' ? '' : 'node_label_italic';
    },
    inputLabels() {
      return this._(text('input'));
    },
    outputLabels(index) {
      const output = look.outputs[index];
      return output === undefined ? '' : this._(text(output));
    },
    oneditprepare() {
      chooseDefaults(config, this);
      look.prepare?.(this);
      openForm(config, this, (fields) => look.changed?.(fields, this));
    },
    oneditsave: closeForm,
    oneditcancel: closeForm,
    ...look.more,
  });
}

function defaultsOf<Config>(config: NodeConfig<Config>): EditorDefinition['defaults'] {
  return Object.fromEntries(
    Object.entries(config.defaults).map(([field, value]) => [
      field,
      {
        value,
        // Two parameters: Node-RED takes the words of a validator with fewer for "valid".
        validate(this: EditorNode, candidate: unknown, _options: object): true | string {
          // A secret stands in its credential; here it is only of a node that an older version saved.
          const isElsewhere = config.secrets?.[field] !== undefined && candidate === '';
          return problemOf(config, { ...fieldsOf(config, this), ...(isElsewhere ? {} : { [field]: candidate }) }, field) ?? true;
        },
      },
    ]),
  );
}

function credentialsOf<Config>(config: NodeConfig<Config>): NonNullable<EditorDefinition['credentials']> {
  return Object.fromEntries(
    Object.entries(config.secrets ?? {}).map(([field, name]) => [
      name,
      {
        type: 'text' as const,
        validate(this: EditorNode, candidate: unknown, _options: object): true | string {
          return problemOf(config, { ...fieldsOf(config, this), [field]: candidate }, field) ?? true;
        },
      },
    ]),
  );
}
