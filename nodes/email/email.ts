import { defineActionNode } from '../shared/action-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { actionOf, emailConfig } from './email.config.ts';

/** Registers `iiot-email`, which sends an e-mail about every alert that comes in. */
export default function register(RED: PlatformRED): void {
  defineActionNode(RED, { config: emailConfig, actionOf });
}
