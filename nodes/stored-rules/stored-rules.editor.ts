import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { storedRulesConfig } from './stored-rules.config.ts';

registerNode(storedRulesConfig, { texts: 'stored-rules', colour: COLOURS.rule, inputs: 1, outputs: ['raised', 'cleared'] });
