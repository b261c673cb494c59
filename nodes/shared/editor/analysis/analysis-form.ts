import { devices, keys, offer, warnOfUnregistered } from '../catalog.ts';
import { inputOf, onInput } from '../form.ts';

/** Offers the registered devices and their quantities in the fields of an analysis, and warns of a device that is not registered. */
export async function prepareAnalysis(): Promise<void> {
  for (const [device, list] of [
    ['deviceId', 'insa-analysis-keys'],
    ['otherDeviceId', 'insa-analysis-other-keys'],
  ] as const) {
    const offerKeys = async (): Promise<void> => {
      const known = await keys(inputOf(device)?.value.trim() ?? '');
      offer(
        list,
        known.filter(({ kind }) => kind !== 'text').map(({ key, unit, kind }) => ({ value: key, label: unit ?? kind })),
      );
    };
    onInput(device, () => void offerKeys());
    void offerKeys();
  }
  const known = await devices();
  if (known === undefined) return;
  offer(
    'insa-analysis-devices',
    known.map(({ device_id: value, name, type }) => ({ value, label: type === '' ? name : `${name} (${type})` })),
  );
  const registered = new Set(known.map(({ device_id: deviceId }) => deviceId));
  for (const field of ['deviceId', 'otherDeviceId']) if (inputOf(field) !== null) warnOfUnregistered(field, registered);
}
