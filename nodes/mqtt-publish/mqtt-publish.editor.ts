import { prepareFields } from '../shared/editor/action/action-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { mqttPublishConfig } from './mqtt-publish.config.ts';

registerNode(mqttPublishConfig, {
  texts: 'mqtt-publish',
  colour: COLOURS.action,
  inputs: 1,
  outputs: ['passed'],
  describe: ({ topic }) => (typeof topic === 'string' ? topic : ''),
  prepare: () => {
    prepareFields('payload', 'topic');
  },
});
