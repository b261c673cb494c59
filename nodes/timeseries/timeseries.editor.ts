import { prepareAnalysis } from '../shared/editor/analysis/analysis-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { timeseriesConfig } from './timeseries.config.ts';

registerNode(timeseriesConfig, {
  texts: 'timeseries',
  colour: COLOURS.aside,
  inputs: 1,
  outputs: ['answered'],
  describe: ({ key }) => (typeof key === 'string' && key !== '' ? `time series: ${key}` : ''),
  prepare: () => {
    void prepareAnalysis();
  },
});
