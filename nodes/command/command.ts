import { defineActionNode } from '../shared/action-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { actionOf, commandConfig } from './command.config.ts';

/** Registers `iiot-command`, which sends a device a command about every alert that comes in. */
export default function register(RED: PlatformRED): void {
  defineActionNode(RED, { config: commandConfig, actionOf });
}
