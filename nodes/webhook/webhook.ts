import { defineActionNode } from '../shared/action-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { actionOf, webhookConfig } from './webhook.config.ts';

/** Registers `iiot-webhook`, which sends a signed request about every alert that comes in. */
export default function register(RED: PlatformRED): void {
  defineActionNode(RED, { config: webhookConfig, actionOf });
}
