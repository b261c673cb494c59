import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { RuleActionInNode } from './rule-action-in-node.ts';
import { ruleActionInConfig } from './rule-action-in.config.ts';

/** Registers `iiot-rule-action-in`, where a flow begins that rules call by its name. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, { config: ruleActionInConfig, start: (context) => new RuleActionInNode(context) });
}
