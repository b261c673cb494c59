import { messageOf } from '../../../../src/core/errors.ts';
import type { AuthoredRule } from '../../../../src/contracts/rules.ts';
import { readConfig } from '../../node-config.ts';
import type { NodeConfig, StoredFields } from '../../node-config.ts';
import { fieldsOf } from '../form.ts';
import { editor } from '../red.ts';
import type { EditorNode } from '../red.ts';
import type { HistoryScript, RuleForm } from './rule-form.ts';

/** What the panel needs to know of a type of rule node. */
export interface TriedNode<Config> {
  /** The first part of the keys of its texts: the folder's name. */
  texts: string;
  config: NodeConfig<Config>;
  ruleOf: (config: Config) => AuthoredRule;
}

/** One file for all rule nodes, in the folder `resources` of our Node-RED module; loaded when the first panel is opened. */
const SCRIPT = 'resources/insa-iiot-nodes/try-on-history.js';
/** So wide the tray becomes when there is room: form and panel side by side. */
const WIDE_TRAY_PX = 1_180;
/** From this width of the tray on the panel stands beside the fields, otherwise above them. */
const BESIDE_PX = 900;

/** Lets the button of a rule's form open and close the *Try on history* panel. */
export function prepareHistory<Config>(type: TriedNode<Config>, node: EditorNode): void {
  const button = document.querySelector<HTMLButtonElement>('#insa-history-open');
  const place = document.querySelector<HTMLElement>('#insa-history');
  const form = place?.closest('form');
  if (button === null || place === null || form === null || form === undefined) return;
  const ruleForm = ruleFormOf(type, node, form);
  const label = button.querySelector('span');
  let isLoaded = false;
  button.addEventListener('click', () => {
    const isOpening = place.hidden !== false;
    place.hidden = !isOpening;
    button.setAttribute('aria-expanded', String(isOpening));
    if (label !== null) label.textContent = ruleForm.text(isOpening ? 'close' : 'open');
    form.classList.toggle('insa-history-open', isOpening);
    if (!isOpening) return;
    widenTray(form);
    if (isLoaded) return;
    isLoaded = true;
    load(place, ruleForm).catch((error: unknown) => {
      isLoaded = false;
      place.textContent = ruleForm.text('notLoaded', { reason: messageOf(error) });
    });
  });
  followWidth(form);
}

/** Puts the panel beside the fields while there is room. */
function followWidth(form: HTMLElement): void {
  const tray = form.closest<HTMLElement>('.red-ui-tray') ?? form;
  new ResizeObserver(() => form.classList.toggle('insa-history-beside', tray.clientWidth >= BESIDE_PX)).observe(tray);
}

async function load(place: HTMLElement, form: RuleForm): Promise<void> {
  place.textContent = form.text('loading');
  // Scripts of nodes stand in the page itself: without the base a bare path would be a module's name.
  const script = (await import(new URL(SCRIPT, document.baseURI).href)) as HistoryScript;
  place.replaceChildren();
  script.openPanel(place, form);
}

function ruleFormOf<Config>({ texts, config, ruleOf }: TriedNode<Config>, node: EditorNode, form: HTMLElement): RuleForm {
  const ruleFrom = (fields: StoredFields) => {
    const read = readConfig(config, fields);
    return read.ok ? { ok: true as const, rule: ruleOf(read.config) } : read;
  };
  return {
    text: (key, values) => node._(`${texts}.history.${key}`, values),
    rule: () => {
      const fields = fieldsOf(config, node);
      const made = ruleFrom(fields);
      if (!made.ok) return { ok: false, problem: made.problems[0]?.message ?? '' };
      const { unit } = fields;
      return { ok: true, rule: made.rule, unit: typeof unit === 'string' ? unit.trim() : '' };
    },
    deployed: () => {
      const stored = editor.nodes.originalFlow().find(({ id }) => id === node.id);
      const made = stored === undefined ? undefined : ruleFrom(stored);
      return made?.ok === true ? made.rule : undefined;
    },
    onChange: (listener) => {
      const heard = (event: Event): void => {
        // The panel's own fields are no part of the rule.
        if (event.target instanceof Element && event.target.closest('#insa-history') === null) listener();
      };
      form.addEventListener('input', heard);
      form.addEventListener('change', heard);
    },
  };
}

/** Makes the tray as wide as form and panel need, unless it is wider already; the person can still drag it to any width. */
function widenTray(form: HTMLElement): void {
  const tray = form.closest<HTMLElement>('.red-ui-tray');
  const stack = document.getElementById('red-ui-editor-stack');
  if (tray === null || stack === null) return;
  // Node-RED keeps a form as wide as its longest line wants to be, which a small window has to scroll sideways.
  for (const body of tray.querySelectorAll<HTMLElement>('.red-ui-tray-body')) body.style.minWidth = '0';
  const available = stack.offsetLeft - 8;
  const width = Math.min(available, WIDE_TRAY_PX);
  if (tray.offsetWidth >= width) return;
  tray.style.width = `${String(width)}px`;
}
