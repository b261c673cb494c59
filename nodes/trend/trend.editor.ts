import { prepareAnalysis } from '../shared/editor/analysis/analysis-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { trendConfig } from './trend.config.ts';

registerNode(trendConfig, {
  texts: 'trend',
  colour: COLOURS.aside,
  inputs: 1,
  outputs: ['answered'],
  describe: ({ key }) => (typeof key === 'string' && key !== '' ? `trend: ${key}` : ''),
  prepare: () => {
    void prepareAnalysis();
  },
});
