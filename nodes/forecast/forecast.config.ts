import * as z from 'zod/mini';
import { ANALYSIS_DEFAULTS, ANALYSIS_FIELDS, keyField, optionalDuration } from '../shared/analysis/analysis-fields.ts';
import { choice, optionalNumber, optionalWhole } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** How a forecast is made; auto: by whichever was less wrong. */
const FORECAST_MODELS = ['auto', 'linear', 'holt_winters'] as const;

const schema = z.object({
  ...ANALYSIS_FIELDS,
  key: keyField,
  model: choice('The model', FORECAST_MODELS),
  horizon: optionalWhole('The number of steps', { min: 1, max: 100 }),
  confidence: optionalNumber('The confidence', { min: 50, max: 99 }),
  interval: optionalDuration('The interval'),
  season: optionalDuration('The season'),
  limit: optionalNumber('The limit'),
});

/** What is expected of one quantity next, and when it reaches a limit. */
export const forecastConfig = nodeConfig({
  type: 'iiot-forecast',
  version: 1,
  defaults: { ...ANALYSIS_DEFAULTS, key: '', model: 'auto', horizon: '', confidence: '', interval: '', season: '', limit: '' },
  schema,
});
