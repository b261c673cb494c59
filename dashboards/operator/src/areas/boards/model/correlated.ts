import type { BoundSeries } from './binding.ts';

/** Of a device, or of two, what is set beside each other. */
export interface Correlated {
  deviceId: string;
  quantities: string[];
  otherDeviceId?: string;
  otherQuantities?: string[];
}

/** The API pairs so many quantities of a device. */
const MOST_OF_A_DEVICE = 6;

/** Of the quantities of a widget those that one correlation takes: of the first two devices, six each; and how many are left out. */
export function correlatedOf(series: readonly BoundSeries[]): { correlated: Correlated | undefined; omitted: number } {
  const byDevice = new Map<string, Set<string>>();
  for (const { deviceId, key } of series) byDevice.set(deviceId, (byDevice.get(deviceId) ?? new Set()).add(key));
  const [first, second] = [...byDevice].map(([deviceId, keys]) => ({ deviceId, quantities: [...keys].slice(0, MOST_OF_A_DEVICE) }));
  if (first === undefined || (second === undefined && first.quantities.length < 2)) return { correlated: undefined, omitted: 0 };
  const omitted = series.length - first.quantities.length - (second?.quantities.length ?? 0);
  if (second === undefined) return { correlated: first, omitted };
  return { correlated: { ...first, otherDeviceId: second.deviceId, otherQuantities: second.quantities }, omitted };
}
