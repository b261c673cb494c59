import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { actionsConfig } from './actions.config.ts';

registerNode(actionsConfig, {
  texts: 'actions',
  colour: COLOURS.action,
  inputs: 1,
  outputs: ['passed'],
});
