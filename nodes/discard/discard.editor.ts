import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { discardConfig } from './discard.config.ts';

registerNode(discardConfig, { texts: 'discard', colour: COLOURS.aside, inputs: 1, outputs: [] });
