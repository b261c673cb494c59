import { problemsWhenSaved, readConfig, withSecrets } from '../node-config.ts';
import type { FieldProblem, NodeConfig, StoredFields } from '../node-config.ts';
import type { EditorNode } from './red.ts';

/** The node whose form is open. */
let editing: EditorNode | undefined;

/** The input of a field in the open form. */
export function inputOf(field: string): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | null {
  return document.querySelector(`#node-input-${field}`);
}

/** What the open form says now, or (closed) what is stored. */
export function fieldsOf<Config>(config: NodeConfig<Config>, node: EditorNode): StoredFields {
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(config.defaults)) {
    const input = editing === node ? inputOf(shownAs(config, name)) : null;
    fields[name] = input === null ? node[name] : valueOf(input);
  }
  return editing === node ? fields : withSecrets(config, fields, node.credentials);
}

/** The input in which a field is shown: that of its credential when it is a secret. */
function shownAs<Config>(config: NodeConfig<Config>, field: string): string {
  return config.secrets?.[field] ?? field;
}

/** What an older node has in the flow itself goes into the input of its credential, and leaves the flow when the form is saved. */
function moveSecrets<Config>({ secrets = {} }: NodeConfig<Config>): void {
  for (const [field, name] of Object.entries(secrets)) {
    const [plain, secret] = [inputOf(field), inputOf(name)];
    if (plain === null || secret === null || plain.value === '') continue;
    if (secret.value === '') secret.value = plain.value;
    plain.value = '';
  }
}

function valueOf(input: Element): unknown {
  if (input instanceof HTMLInputElement) return input.type === 'checkbox' ? input.checked : input.value;
  return input instanceof HTMLSelectElement || input instanceof HTMLTextAreaElement ? input.value : undefined;
}

/** What is wrong with one field, by the same schema that the running node uses; undefined when nothing is. */
export function problemOf<Config>(config: NodeConfig<Config>, fields: StoredFields, field: string): string | undefined {
  return problemsOf(config, fields).find((problem) => problem.field === field)?.message;
}

function problemsOf<Config>(config: NodeConfig<Config>, fields: StoredFields): FieldProblem[] {
  const read = readConfig(config, fields);
  return [...(read.ok ? [] : read.problems), ...problemsWhenSaved(config, fields)];
}

/** A choice that the stored node lacks (it was written by hand, or is older) stands on its default, as it does in the running node. */
export function chooseDefaults<Config>(config: NodeConfig<Config>, node: EditorNode): void {
  for (const [field, value] of Object.entries(config.defaults)) {
    const input = inputOf(field);
    if (node[field] === undefined && input instanceof HTMLSelectElement) input.value = String(value);
  }
}

/** Opens a form: shows under each field what is wrong with it, at every keystroke, and calls `changed` with the fields. */
export function openForm<Config>(config: NodeConfig<Config>, node: EditorNode, changed: (fields: StoredFields) => void): void {
  editing = node;
  moveSecrets(config);
  const inputs = Object.keys(config.defaults).map((field) => ({ field, input: shownAs(config, field) }));
  const refresh = (): void => {
    if (editing !== node) return;
    const fields = fieldsOf(config, node);
    const problems = problemsOf(config, fields);
    for (const { field, input } of inputs) showProblem(input, problems.find((problem) => problem.field === field)?.message);
    changed(fields);
  };
  for (const { input } of inputs) {
    inputOf(input)?.addEventListener('input', refresh);
    inputOf(input)?.addEventListener('change', refresh);
  }
  refresh();
}

/** Forgets the form; the fields are then those that are stored. */
export function closeForm(): void {
  editing = undefined;
}

/** Writes a value into a field as if it were typed. */
export function fill(field: string, value: string): void {
  const input = inputOf(field);
  if (input === null || input.value === value) return;
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

/** Does something whenever the person changes a field. */
export function onInput(field: string, listener: () => void): void {
  inputOf(field)?.addEventListener('input', listener);
  inputOf(field)?.addEventListener('change', listener);
}

function showProblem(field: string, message: string | undefined): void {
  const input = inputOf(field);
  if (input === null) return;
  input.classList.toggle('input-error', message !== undefined);
  input.setAttribute('aria-invalid', String(message !== undefined));
  showLine(field, 'problem', message);
}

/** Shows under a field what deserves a look and is no mistake; the node can be saved with it. Undefined takes it away. */
export function showWarning(field: string, message: string | undefined): void {
  showLine(field, 'warning', message);
}

const LINE_COLOURS = { problem: 'var(--red-ui-text-color-error, #ad1625)', warning: 'var(--red-ui-text-color-warning, #8a5a00)' } as const;

/** Two fields may share a row; each has lines of its own. */
function showLine(field: string, kind: keyof typeof LINE_COLOURS, message: string | undefined): void {
  const row = inputOf(field)?.closest('.form-row');
  if (row === null || row === undefined) return;
  const line = row.querySelector(`.insa-${kind}[data-field="${field}"]`) ?? row.appendChild(newLine(field, kind));
  line.textContent = message ?? '';
}

function newLine(field: string, kind: keyof typeof LINE_COLOURS): HTMLElement {
  const line = document.createElement('div');
  line.className = `insa-${kind}`;
  line.dataset['field'] = field;
  line.setAttribute('role', 'status');
  line.style.cssText = `margin-left: 104px; color: ${LINE_COLOURS[kind]}; font-size: 12px;`;
  return line;
}
