import { prepareAnalysis } from '../shared/editor/analysis/analysis-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { forecastConfig } from './forecast.config.ts';

registerNode(forecastConfig, {
  texts: 'forecast',
  colour: COLOURS.aside,
  inputs: 1,
  outputs: ['answered'],
  describe: ({ key }) => (typeof key === 'string' && key !== '' ? `forecast: ${key}` : ''),
  prepare: () => {
    void prepareAnalysis();
  },
});
