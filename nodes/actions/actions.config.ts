import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** Carries out the actions of stored rules: nothing to set but a name. */
export const actionsConfig = nodeConfig({
  type: 'iiot-actions',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
