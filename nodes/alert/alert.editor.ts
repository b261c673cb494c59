import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { alertConfig } from './alert.config.ts';

registerNode(alertConfig, { texts: 'alert', colour: COLOURS.action, inputs: 1, outputs: ['raised', 'cleared', 'repeated'] });
