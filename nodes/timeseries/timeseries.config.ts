import * as z from 'zod/mini';
import { ANALYSIS_DEFAULTS, ANALYSIS_FIELDS, keyField, optionalDuration } from '../shared/analysis/analysis-fields.ts';
import { optionalNumber, optionalWhole } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const schema = z
  .object({
    ...ANALYSIS_FIELDS,
    key: keyField,
    interval: optionalDuration('The interval'),
    points: optionalWhole('The number of readings', { min: 1, max: 1_000 }),
    window: optionalDuration('The window'),
    minValue: optionalNumber('The smallest value'),
    maxValue: optionalNumber('The largest value'),
    limit: optionalWhole('The number of items', { min: 1, max: 5_000 }),
  })
  .check((context) => {
    const { points, window, minValue, maxValue } = context.value;
    const add = (field: string, message: string): void =>
      void context.issues.push({ code: 'custom', path: [field], input: undefined, message });
    if (points !== undefined && window !== '') add('window', 'The average is over readings or over a time, not both; leave one blank.');
    if (minValue !== undefined && maxValue !== undefined && minValue > maxValue) {
      add('maxValue', `The largest value ${String(maxValue)} is below the smallest ${String(minValue)}; exchange them.`);
    }
  });

/** Readings with moving average, rate of change and gaps. */
export const timeseriesConfig = nodeConfig({
  type: 'iiot-timeseries',
  version: 1,
  defaults: { ...ANALYSIS_DEFAULTS, key: '', interval: '', points: '', window: '', minValue: '', maxValue: '', limit: '' },
  schema,
});
