import { prepareAnalysis } from '../shared/editor/analysis/analysis-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { correlationConfig } from './correlation.config.ts';

registerNode(correlationConfig, {
  texts: 'correlation',
  colour: COLOURS.aside,
  inputs: 1,
  outputs: ['answered'],
  describe: ({ keys }) => (typeof keys === 'string' && keys !== '' ? `correlation: ${keys}` : ''),
  prepare: () => {
    void prepareAnalysis();
  },
});
