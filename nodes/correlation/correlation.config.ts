import * as z from 'zod/mini';
import { ANALYSIS_DEFAULTS, ANALYSIS_FIELDS, namesOf, optionalDuration } from '../shared/analysis/analysis-fields.ts';
import { optionalText, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const MOST_KEYS = 6;

const schema = z
  .object({
    ...ANALYSIS_FIELDS,
    keys: requiredText('The list of quantities', 1_000),
    otherDeviceId: optionalText('The second device', 128),
    otherKeys: optionalText('The list of quantities of the second device', 1_000),
    interval: optionalDuration('The interval'),
    tolerance: optionalDuration('The tolerance'),
    maxLag: optionalDuration('The longest lag'),
  })
  .check((context) => {
    const { keys, deviceId, otherDeviceId, otherKeys, interval, tolerance, maxLag } = context.value;
    const add = (field: string, message: string): void =>
      void context.issues.push({ code: 'custom', path: [field], input: undefined, message });
    const names = namesOf(keys);
    if (names.length > MOST_KEYS) add('keys', `There are ${String(names.length)} quantities; at most ${String(MOST_KEYS)} are compared.`);
    if (names.length === 1 && otherDeviceId === '')
      add('keys', 'One quantity goes with nothing; name a second one after a comma, or a second device.');
    if (namesOf(otherKeys).length > MOST_KEYS) add('otherKeys', `At most ${String(MOST_KEYS)} quantities are compared; shorten the list.`);
    if (otherKeys !== '' && otherDeviceId === '') add('otherKeys', 'These are quantities of a second device; name it above.');
    if (otherDeviceId !== '' && otherDeviceId === deviceId)
      add('otherDeviceId', 'This is the first device already; choose another or leave it blank.');
    if (interval !== '' && tolerance !== '')
      add('tolerance', 'Pairs are made of buckets or of the nearest readings, not of both; leave one blank.');
    if (maxLag !== '' && tolerance !== '') add('maxLag', 'A lag is looked for in buckets; leave the tolerance blank.');
  });

/** How quantities go together, each with each. */
export const correlationConfig = nodeConfig({
  type: 'iiot-correlation',
  version: 1,
  defaults: { ...ANALYSIS_DEFAULTS, keys: '', otherDeviceId: '', otherKeys: '', interval: '', tolerance: '', maxLag: '' },
  schema,
});
