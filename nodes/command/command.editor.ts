import { prepareDevice, prepareFields } from '../shared/editor/action/action-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { commandConfig } from './command.config.ts';

registerNode(commandConfig, {
  texts: 'command',
  colour: COLOURS.action,
  inputs: 1,
  outputs: ['passed'],
  describe: ({ command }) => (typeof command === 'string' ? command : ''),
  prepare: () => {
    prepareFields('params');
    void prepareDevice();
  },
});
