import { prepareAnalysis } from '../shared/editor/analysis/analysis-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { statisticsConfig } from './statistics.config.ts';

registerNode(statisticsConfig, {
  texts: 'statistics',
  colour: COLOURS.aside,
  inputs: 1,
  outputs: ['answered'],
  describe: ({ key }) => (typeof key === 'string' && key !== '' ? `statistics: ${key}` : ''),
  prepare: () => {
    void prepareAnalysis();
  },
});
