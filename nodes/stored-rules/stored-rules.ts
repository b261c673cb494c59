import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { storedRulesConfig } from './stored-rules.config.ts';
import { StoredRulesNode } from './stored-rules-node.ts';

/** Registers `iiot-stored-rules`, which judges by every rule that is stored in the platform. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, {
    config: storedRulesConfig,
    start: async (context) => {
      const node = new StoredRulesNode(context);
      await node.start();
      return node;
    },
  });
}
