import { prepareFields } from '../shared/editor/action/action-form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { editor } from '../shared/editor/red.ts';
import { mqttPublishConfig, TOPIC_ROOT_SETTING } from './mqtt-publish.config.ts';

const topicRoot = editor.settings[TOPIC_ROOT_SETTING];

registerNode(mqttPublishConfig(typeof topicRoot === 'string' ? topicRoot : undefined), {
  texts: 'mqtt-publish',
  colour: COLOURS.action,
  inputs: 1,
  outputs: ['passed'],
  describe: ({ topic }) => (typeof topic === 'string' ? topic : ''),
  prepare: () => {
    prepareFields('payload', 'topic');
  },
});
