import type { Device } from '../../../../src/contracts/devices.ts';

/** So many devices tell well enough what a group of them sends; reading all would take a hundred requests in a large plant. */
const MOST_SAMPLED = 60;

/** Ids of some of these devices, of each type in turn: devices of one type send the same, as a rule. All of them when they are few. */
export function sampleOf(devices: readonly Pick<Device, 'device_id' | 'type'>[], most = MOST_SAMPLED): string[] {
  if (devices.length <= most) return devices.map(({ device_id: id }) => id);
  const byType = new Map<string, string[]>();
  for (const { device_id: id, type } of devices) {
    const ids = byType.get(type);
    if (ids === undefined) byType.set(type, [id]);
    else if (ids.length < most) ids.push(id);
  }
  const types = [...byType.values()];
  const inTurn = Array.from({ length: most }, (_, turn) => types.flatMap((ids) => ids[turn] ?? []));
  return inTurn.flat().slice(0, most);
}
