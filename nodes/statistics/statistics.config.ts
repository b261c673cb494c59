import * as z from 'zod/mini';
import { ANALYSIS_DEFAULTS, ANALYSIS_FIELDS, keyField, namesOf, optionalDuration } from '../shared/analysis/analysis-fields.ts';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** Numbers with commas between, as the API takes them. */
const percentilesField = z.pipe(
  optionalText('The list of percentiles', 200),
  z.transform((text, context) => {
    const wrong = namesOf(text).find((name) => !/^\d{1,3}(\.\d{1,6})?$/.test(name) || Number(name) > 100);
    if (wrong !== undefined) {
      context.issues.push({
        code: 'custom',
        input: text,
        message: `"${wrong}" is no percentile; enter numbers from 0 to 100 such as 5, 90, 99.9.`,
      });
    }
    return namesOf(text).join(',');
  }),
);

const schema = z.object({
  ...ANALYSIS_FIELDS,
  key: keyField,
  interval: optionalDuration('The interval'),
  percentiles: percentilesField,
});

/** Mean, spread, extremes and percentiles of one quantity. */
export const statisticsConfig = nodeConfig({
  type: 'iiot-statistics',
  version: 1,
  defaults: { ...ANALYSIS_DEFAULTS, key: '', interval: '', percentiles: '' },
  schema,
});
