import { byName } from '../../../language.ts';
import type { Device } from '../../../../../../src/contracts/devices.ts';
import type { PointValue } from '../../../../../../src/contracts/telemetry.ts';
import type { LatestByDevice } from '../../../live/latest-values.ts';

/** The quantities that these devices have sent, with a value of each, by name. */
export function keysOf(devices: Iterable<Device>, values: Pick<LatestByDevice, 'get'>): { key: string; value: PointValue }[] {
  const found = new Map<string, PointValue>();
  for (const { device_id: id } of devices) {
    for (const [key, { value }] of values.get(id) ?? []) if (!found.has(key)) found.set(key, value);
  }
  return [...found].map(([key, value]) => ({ key, value })).sort((left, right) => byName(left.key, right.key));
}
