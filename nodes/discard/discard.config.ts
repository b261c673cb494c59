import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** Ends messages on purpose: nothing to set but a name. */
export const discardConfig = nodeConfig({
  type: 'iiot-discard',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
