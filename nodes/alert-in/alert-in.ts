import { serveCatalog } from '../shared/catalog-routes.ts';
import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { AlertInNode } from './alert-in-node.ts';
import { alertInConfig } from './alert-in.config.ts';

/** Registers `iiot-alert-in`, which brings what happens to alerts into a flow. */
export default function register(RED: PlatformRED): void {
  serveCatalog(RED);
  defineNode(RED, { config: alertInConfig, start: (context) => new AlertInNode(context) });
}
