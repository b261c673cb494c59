import type { Device, PatchDevice } from '../../../../../src/contracts/devices.ts';
import { objectText, parseObject } from './json-object.ts';

/** The record of a device as fields of a form. */
export interface DeviceForm {
  name: string;
  type: string;
  location: string;
  area: string;
  metadata: string;
  offline: string;
  allowed: string;
}

const SHORTEST_SECONDS = 5;
const LONGEST_SECONDS = 2_592_000;

/** The form of a record. */
export function formOf({ name, type, location, area, metadata, offline_seconds: offline, allowed_commands: allowed }: Device): DeviceForm {
  const text = offline === null ? '' : String(offline);
  return { name, type, location, area, metadata: objectText(metadata), offline: text, allowed: allowed.join('\n') };
}

/** What the form changes of a record; undefined while something in it cannot be sent. */
export function changesOf(form: DeviceForm, device: Device): PatchDevice | undefined {
  const metadata = parseObject(form.metadata);
  const offline = offlineSecondsOf(form.offline);
  if ('error' in metadata || offline === undefined) return undefined;
  const changes: PatchDevice = {};
  for (const field of ['name', 'type', 'location', 'area'] as const) if (form[field] !== device[field]) changes[field] = form[field];
  if (offline !== device.offline_seconds) changes.offline_seconds = offline;
  if (JSON.stringify(metadata.value) !== JSON.stringify(device.metadata)) changes.metadata = metadata.value;
  const allowed = form.allowed.split(/\s+/).filter((name) => name !== '');
  if (allowed.join('\n') !== device.allowed_commands.join('\n')) changes.allowed_commands = allowed;
  return changes;
}

/** The seconds of the offline watch; null for none, undefined for what is no such number. */
export function offlineSecondsOf(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  if (!/^\d+$/.test(text.trim())) return undefined;
  const seconds = Number(text);
  return seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS ? seconds : undefined;
}
