import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { ruleActionInConfig } from './rule-action-in.config.ts';

registerNode(ruleActionInConfig, {
  texts: 'rule-action-in',
  colour: COLOURS.source,
  inputs: 0,
  outputs: ['called'],
});
