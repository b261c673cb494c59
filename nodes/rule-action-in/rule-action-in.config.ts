import * as z from 'zod/mini';
import { requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** Where a flow begins for actions of the type `flow`; its name is what they call. */
export const ruleActionInConfig = nodeConfig({
  type: 'iiot-rule-action-in',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: requiredText('The name', 100) }),
});
