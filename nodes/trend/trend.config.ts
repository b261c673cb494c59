import * as z from 'zod/mini';
import { ANALYSIS_DEFAULTS, ANALYSIS_FIELDS, keyField, optionalDuration } from '../shared/analysis/analysis-fields.ts';
import { optionalNumber } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const schema = z.object({
  ...ANALYSIS_FIELDS,
  key: keyField,
  interval: optionalDuration('The interval'),
  threshold: optionalNumber('The threshold', { min: 0 }),
});

/** Where one quantity is going, and whether that may be chance. */
export const trendConfig = nodeConfig({
  type: 'iiot-trend',
  version: 1,
  defaults: { ...ANALYSIS_DEFAULTS, key: '', interval: '', threshold: '' },
  schema,
});
