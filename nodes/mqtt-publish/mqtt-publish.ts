import { defineActionNode } from '../shared/action-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { actionOf, mqttPublishConfig, TOPIC_ROOT_SETTING } from './mqtt-publish.config.ts';

/** Registers `iiot-mqtt-publish`, which publishes a message about every alert that comes in. */
export default function register(RED: PlatformRED): void {
  const topicRoot = RED.settings.insa?.topicRoot ?? 'insa';
  defineActionNode(RED, { config: mqttPublishConfig(topicRoot), actionOf, editorSettings: { [TOPIC_ROOT_SETTING]: topicRoot } });
}
