import { defineActionNode } from '../shared/action-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { actionOf, mqttPublishConfig } from './mqtt-publish.config.ts';

/** Registers `iiot-mqtt-publish`, which publishes a message about every alert that comes in. */
export default function register(RED: PlatformRED): void {
  defineActionNode(RED, { config: mqttPublishConfig, actionOf });
}
