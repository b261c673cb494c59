import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { serveRemoval } from './removal-route.ts';
import { demoPlantConfig } from './demo-plant.config.ts';

/** Registers `iiot-demo-plant`, the button on the demo tab that removes the demo plant. */
export default function register(RED: PlatformRED): void {
  serveRemoval(RED);
  defineNode(RED, { config: demoPlantConfig, start: () => ({}) });
}
