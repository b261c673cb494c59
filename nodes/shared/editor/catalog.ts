import { unknownDeviceProblem } from '../../../src/contracts/rule-terms.ts';
import { inputOf, onInput, showWarning } from './form.ts';

/** A device as the picker offers it. */
export interface PickedDevice {
  device_id: string;
  name: string;
  type: string;
  location: string;
}

/** A quantity as the picker offers it. */
export interface PickedKey {
  key: string;
  unit: string | null;
  kind: string;
}

/**
 * The registered devices, all or those that have sent the quantity `key`; undefined when they cannot be asked for (the field then takes any
 * text).
 */
export function devices(key = ''): Promise<PickedDevice[] | undefined> {
  return listOf<PickedDevice>(`insa/devices?key=${encodeURIComponent(key)}`);
}

/** The quantities of a device, or (blank) of all devices. */
export async function keys(deviceId: string): Promise<PickedKey[]> {
  return (await listOf<PickedKey>(`insa/keys?device_id=${encodeURIComponent(deviceId)}`)) ?? [];
}

/** Fills the list that a text field offers. */
export function offer(listId: string, options: readonly { value: string; label: string }[]): void {
  const list = document.getElementById(listId);
  if (list === null) return;
  list.replaceChildren(
    ...options.map(({ value, label }) => {
      const option = document.createElement('option');
      option.value = value;
      option.label = label;
      return option;
    }),
  );
}

/**
 * Says that a device is not registered, in the words of the API. The API refuses such a rule; here it is a warning and can be saved, because a
 * gateway may register the device with its first message, after the flow was drawn.
 */
export function warnOfUnregistered(field: string, registered: ReadonlySet<string>): void {
  const check = (): void => {
    const deviceId = inputOf(field)?.value.trim() ?? '';
    showWarning(field, deviceId === '' || registered.has(deviceId) ? undefined : unknownDeviceProblem(deviceId));
  };
  onInput(field, check);
  check();
}

async function listOf<Item>(address: string): Promise<Item[] | undefined> {
  try {
    const response = await fetch(address, { credentials: 'same-origin', headers: { accept: 'application/json' } });
    return response.ok ? ((await response.json()) as Item[]) : undefined;
  } catch {
    // Offline: a picker without suggestions is still a text field.
    return undefined;
  }
}
