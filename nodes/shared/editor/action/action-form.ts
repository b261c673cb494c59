import { ACTION_FIELDS } from '../../../../src/contracts/template-terms.ts';
import { devices, offer, warnOfUnregistered } from '../catalog.ts';
import { inputOf } from '../form.ts';

/** Offers the registered devices in the field of the device, and warns of one that is not registered. */
export async function prepareDevice(): Promise<void> {
  const known = await devices();
  if (known === undefined) return;
  offer(
    'insa-action-devices',
    known.map(({ device_id: value, name, type }) => ({ value, label: type === '' ? name : `${name} (${type})` })),
  );
  warnOfUnregistered('deviceId', new Set(known.map(({ device_id: deviceId }) => deviceId)));
}

/** The names that texts of actions may use, as buttons that put them where the cursor is in one of the fields: the one that had it last. */
export function prepareFields(...fields: readonly string[]): void {
  const place = document.getElementById('insa-action-fields');
  const inputs = fields.map(inputOf).filter((input) => input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement);
  let last = inputs[0];
  for (const input of inputs) {
    input.addEventListener('focus', () => {
      last = input;
    });
  }
  place?.replaceChildren(
    ...ACTION_FIELDS.map((field) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'red-ui-button red-ui-button-small';
      button.style.cssText = 'margin: 2px 4px 0 0; font-family: monospace; font-size: 11px;';
      button.textContent = `{{${field}}}`;
      button.addEventListener('click', () => {
        last?.setRangeText(`{{${field}}}`, last.selectionStart ?? 0, last.selectionEnd ?? 0, 'end');
        last?.dispatchEvent(new Event('input', { bubbles: true }));
        last?.focus();
      });
      return button;
    }),
  );
}
