import { byName } from '../../../language.ts';
import type { DeviceSelector, Widget } from '../../../../../../src/contracts/dashboards.ts';
import type { Device } from '../../../../../../src/contracts/devices.ts';

/** More quantities than this no person can tell apart in one widget; what is left out is said. */
export const MOST_SERIES = 50;

/** One quantity that a widget shows. */
export interface BoundSeries {
  deviceId: string;
  key: string;
}

/** What a widget shows at the moment. */
export interface Bound {
  /** The devices, in the order of the series or by name; without those that are gone. */
  devices: readonly Device[];
  series: readonly BoundSeries[];
  /** Named devices that do not exist. */
  missing: readonly string[];
  /** How many more series there would be. */
  omitted: number;
}

type Devices = ReadonlyMap<string, Device>;

/** True when a device is one of those that a selector means. */
export function isSelected(device: Device, { type, location, area, search, metadata = {} }: DeviceSelector): boolean {
  if (type !== undefined && device.type !== type) return false;
  if (location !== undefined && device.location !== location) return false;
  if (area !== undefined && device.area !== area) return false;
  if (!Object.entries(metadata).every(([name, value]) => device.metadata[name] === value)) return false;
  return search === undefined || textOf(device).includes(search.toLowerCase());
}

/** The devices a selector means, by name. */
export function selectDevices(devices: Devices, selector: DeviceSelector): Device[] {
  return [...devices.values()]
    .filter((device) => isSelected(device, selector))
    .sort((left, right) => byName(left.name, right.name) || byName(left.device_id, right.device_id));
}

/** What a widget shows of these devices: its series, or each of its keys of every device of its selector that may have it. */
export function bind(
  widget: Pick<Widget, 'series' | 'selector' | 'keys'>,
  devices: Devices,
  hasKey: (deviceId: string, key: string) => boolean = () => true,
): Bound {
  const { series, selector, keys = [] } = widget;
  if (selector === undefined) {
    const ids = [...new Set(series.map(({ device_id: deviceId }) => deviceId))];
    const bound = series.map(({ device_id: deviceId, key }) => ({ deviceId, key }));
    return {
      devices: ids.flatMap((id) => devices.get(id) ?? []),
      series: bound.slice(0, MOST_SERIES),
      missing: ids.filter((id) => !devices.has(id)),
      omitted: Math.max(0, bound.length - MOST_SERIES),
    };
  }
  const selected = selectDevices(devices, selector);
  const all = selected.flatMap(({ device_id: deviceId }) => keys.filter((key) => hasKey(deviceId, key)).map((key) => ({ deviceId, key })));
  return { devices: selected, series: all.slice(0, MOST_SERIES), missing: [], omitted: Math.max(0, all.length - MOST_SERIES) };
}

/** True when the widget names anything at all that it could show. */
export function isBound({ series, selector, keys = [] }: Pick<Widget, 'series' | 'selector' | 'keys'>, needsKeys: boolean): boolean {
  if (selector === undefined) return series.length > 0;
  return !needsKeys || keys.length > 0;
}

/** Every device id that a dashboard names. */
export function namedDevices(widgets: readonly Pick<Widget, 'series'>[]): string[] {
  return [...new Set(widgets.flatMap(({ series }) => series.map(({ device_id: id }) => id)))];
}

function textOf({ device_id: id, name, type, location, area }: Device): string {
  return [id, name, type, location, area].join(' ').toLowerCase();
}
