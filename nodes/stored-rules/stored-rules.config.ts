import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** Judges by the rules that are stored in the platform: nothing to set but a name. */
export const storedRulesConfig = nodeConfig({
  type: 'iiot-stored-rules',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
