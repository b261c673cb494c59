import { WEEKDAYS } from '../../../src/contracts/rule-terms.ts';
import { MESSAGE_FIELDS } from '../../../src/contracts/template-terms.ts';
import type { StoredFields } from '../node-config.ts';
import { devices, keys, offer, warnOfUnregistered } from './catalog.ts';
import type { PickedDevice, PickedKey } from './catalog.ts';
import { fill, inputOf, onInput } from './form.ts';
import type { EditorNode } from './red.ts';

/** The fields of rule nodes that name a device. */
const DEVICE_FIELDS = ['deviceId', 'rightDeviceId'] as const;

/** Sets up what the form of every rule has: scope, pickers, message, hours. */
export function prepareRuleForm(node: EditorNode): void {
  prepareScope(node);
  prepareMessageFields();
  prepareDays(node);
  prepareMore();
  offer(
    'insa-rule-timezones',
    Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: '' })),
  );
  void preparePickers();
}

/** Shows what follows from the fields of every rule, and the rule in words. */
export function showRule(fields: StoredFields, summaryOf: (fields: StoredFields) => string): void {
  showUnit(fields['unit']);
  const equality = fields['operator'] === '==' || fields['operator'] === '!=';
  show('.insa-clear-value', !equality || (fields['clearValue'] ?? fields['clearOffset']) !== '');
  const summary = document.getElementById('insa-rule-summary');
  if (summary !== null) summary.textContent = summaryOf(fields);
  openMore('.input-error');
}

/** What few rules need is folded away, unless something is set in it. */
function prepareMore(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('.insa-rule-more input')) {
    if (input.value !== '') openMore(`#${input.id}`);
  }
}

/** Unfolds it where it holds such an element: nobody should have to look for what is wrong. */
function openMore(selector: string): void {
  for (const more of document.querySelectorAll<HTMLDetailsElement>('.insa-rule-more')) {
    if (more.querySelector(selector) !== null) more.open = true;
  }
}

/** The days as buttons beside the text that keeps them; none pressed: every day. */
function prepareDays(node: EditorNode): void {
  const place = document.getElementById('insa-rule-days');
  const stored = node['activeDays'];
  const chosen = new Set(typeof stored === 'string' ? stored.split(',') : []);
  place?.replaceChildren(
    ...WEEKDAYS.map((day) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'red-ui-button red-ui-button-small';
      button.style.marginRight = '4px';
      button.textContent = day;
      const mark = (): void => {
        button.setAttribute('aria-pressed', String(chosen.has(day)));
        button.classList.toggle('selected', chosen.has(day));
      };
      button.addEventListener('click', () => {
        if (!chosen.delete(day)) chosen.add(day);
        fill('activeDays', WEEKDAYS.filter((each) => chosen.has(each)).join(','));
        mark();
      });
      mark();
      return button;
    }),
  );
}

/** All devices, one device, or those of a type and location: what is not chosen is blank. */
function prepareScope(node: EditorNode): void {
  const select = document.querySelector<HTMLSelectElement>('#insa-rule-scope');
  if (select === null) return;
  if (node['deviceId'] !== '') select.value = 'device';
  else select.value = node['deviceType'] !== '' || node['location'] !== '' ? 'group' : 'all';
  const apply = (): void => {
    show('.insa-scope-device', select.value === 'device');
    show('.insa-scope-group', select.value === 'group');
    if (select.value !== 'device') fill('deviceId', '');
    if (select.value !== 'group') fillAll(['deviceType', 'location'], '');
  };
  select.addEventListener('change', apply);
  apply();
}

/** The names a message may use, as buttons that put them where the cursor is. */
function prepareMessageFields(): void {
  const place = document.getElementById('insa-rule-fields');
  const message = document.querySelector<HTMLTextAreaElement>('#node-input-message');
  if (place === null || message === null) return;
  place.replaceChildren(
    ...MESSAGE_FIELDS.map((field) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'red-ui-button red-ui-button-small';
      button.style.cssText = 'margin: 2px 4px 0 0; font-family: monospace; font-size: 11px;';
      button.textContent = `{{${field}}}`;
      button.addEventListener('click', () => {
        message.setRangeText(`{{${field}}}`, message.selectionStart, message.selectionEnd, 'end');
        message.dispatchEvent(new Event('input', { bubbles: true }));
        message.focus();
      });
      return button;
    }),
  );
}

async function preparePickers(): Promise<void> {
  pickKey({ device: () => inputOf('deviceId')?.value ?? '', key: 'key', list: 'insa-rule-keys', follows: ['deviceId'] }, ({ unit }) => {
    fill('unit', unit ?? '');
  });
  const list = await devices();
  offer(
    'insa-rule-devices',
    (list ?? []).map(({ device_id: value, name, type }) => ({ value, label: type === '' ? name : `${name} (${type})` })),
  );
  offer(
    'insa-rule-types',
    typesOf(list ?? []).map((value) => ({ value, label: value })),
  );
  if (list === undefined) return;
  const registered = new Set(list.map(({ device_id: deviceId }) => deviceId));
  for (const field of DEVICE_FIELDS) warnOfUnregistered(field, registered);
}

/** Offers the quantities of a device in the list of a field, anew whenever one of the fields changes on which the device depends. */
export function pickKey(
  field: { device: () => string; key: string; list: string; follows: readonly string[] },
  onChosen: (key: PickedKey) => void = () => undefined,
): void {
  let known: PickedKey[] = [];
  const offerKeys = async (): Promise<void> => {
    known = await keys(field.device());
    offer(
      field.list,
      known.map(({ key, unit, kind }) => ({ value: key, label: unit ?? kind })),
    );
  };
  for (const followed of field.follows) onInput(followed, () => void offerKeys());
  onInput(field.key, () => {
    const chosen = known.find(({ key }) => key === inputOf(field.key)?.value);
    if (chosen !== undefined) onChosen(chosen);
  });
  void offerKeys();
}

function typesOf(list: readonly PickedDevice[]): string[] {
  return [...new Set(list.map((device) => device.type).filter((type) => type !== ''))].sort();
}

function showUnit(unit: unknown): void {
  for (const place of document.querySelectorAll('.insa-rule-unit')) place.textContent = typeof unit === 'string' ? unit : '';
}

function fillAll(fields: readonly string[], value: string): void {
  for (const field of fields) fill(field, value);
}

/** Shows or hides rows of the form. */
export function show(selector: string, visible: boolean): void {
  for (const row of document.querySelectorAll<HTMLElement>(selector)) row.style.display = visible ? '' : 'none';
}
