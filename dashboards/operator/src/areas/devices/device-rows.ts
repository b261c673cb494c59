import type { Alert } from '../../../../../src/contracts/alerts.ts';
import type { Device, DeviceStatus } from '../../../../../src/contracts/devices.ts';
import type { Severity } from '../../../../../src/contracts/rules.ts';

/** A device as the list shows it. */
export interface DeviceRow {
  device: Device;
  /** When something last came from it, epoch milliseconds; 0: never. */
  lastSeenMs: number;
  alerts: number;
  /** The worst of its open alerts. */
  severity: Severity | undefined;
}

/** By what the list is sorted. */
export const SORT_KEYS = ['name', 'id', 'type', 'location', 'area', 'status', 'seen', 'alerts', 'watch'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What of the devices is shown, and in which order. Empty texts mean all. */
export interface DeviceFilter {
  search: string;
  status: string;
  type: string;
  location: string;
  area: string;
  sort: SortKey;
  isDescending: boolean;
}

const STATUS_ORDER: Record<DeviceStatus, number> = { error: 0, offline: 1, unknown: 2, online: 3 };
const SEVERITY_ORDER: Record<Severity, number> = { critical: 3, warning: 2, info: 1 };

/** The open alerts of each device. */
export function alertsByDevice(
  alerts: Iterable<Pick<Alert, 'device_id' | 'severity'>>,
): Map<string, { count: number; severity: Severity }> {
  const byDevice = new Map<string, { count: number; severity: Severity }>();
  for (const { device_id: deviceId, severity } of alerts) {
    const known = byDevice.get(deviceId);
    const isWorse = known === undefined || SEVERITY_ORDER[severity] > SEVERITY_ORDER[known.severity];
    byDevice.set(deviceId, { count: (known?.count ?? 0) + 1, severity: isWorse ? severity : known.severity });
  }
  return byDevice;
}

/** The rows that pass the filter, sorted; equal ones by name and id, so that rows do not jump. */
export function rowsShown(rows: readonly DeviceRow[], filter: DeviceFilter, locale: string): DeviceRow[] {
  const passes = filterOf(filter, locale);
  const { compare } = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const sign = filter.isDescending ? -1 : 1;
  const byKey = comparison(filter.sort, compare);
  return rows
    .filter(passes)
    .sort(
      (left, right) =>
        sign * byKey(left, right) || compare(left.device.name, right.device.name) || compare(left.device.device_id, right.device.device_id),
    );
}

/** The different values of a field of the devices, sorted; without the empty one. */
export function valuesOf(devices: Iterable<Device>, field: 'type' | 'location' | 'area', locale: string): string[] {
  const values = new Set<string>();
  for (const device of devices) if (device[field] !== '') values.add(device[field]);
  return [...values].sort(new Intl.Collator(locale, { numeric: true }).compare);
}

function filterOf({ search, status, type, location, area }: DeviceFilter, locale: string): (row: DeviceRow) => boolean {
  const words = search
    .toLocaleLowerCase(locale)
    .split(/\s+/)
    .filter((word) => word !== '');
  return ({ device }) => {
    if (status !== '' && device.status !== status) return false;
    if (type !== '' && device.type !== type) return false;
    if (location !== '' && device.location !== location) return false;
    if (area !== '' && device.area !== area) return false;
    if (words.length === 0) return true;
    const text = `${device.name}\n${device.device_id}\n${device.type}\n${device.location}\n${device.area}`.toLocaleLowerCase(locale);
    return words.every((word) => text.includes(word));
  };
}

function comparison(key: SortKey, compare: (left: string, right: string) => number): (left: DeviceRow, right: DeviceRow) => number {
  switch (key) {
    case 'name':
      return (left, right) => compare(left.device.name, right.device.name);
    case 'id':
      return (left, right) => compare(left.device.device_id, right.device.device_id);
    case 'type':
    case 'location':
    case 'area':
      return (left, right) => compare(left.device[key], right.device[key]);
    case 'status':
      return (left, right) => STATUS_ORDER[left.device.status] - STATUS_ORDER[right.device.status];
    case 'seen':
      return (left, right) => right.lastSeenMs - left.lastSeenMs;
    case 'alerts':
      return (left, right) => severityOf(left) - severityOf(right) || left.alerts - right.alerts;
    case 'watch':
      return (left, right) => (left.device.offline_seconds ?? Infinity) - (right.device.offline_seconds ?? Infinity) || 0;
  }
}

function severityOf({ severity }: DeviceRow): number {
  return severity === undefined ? 0 : SEVERITY_ORDER[severity];
}
