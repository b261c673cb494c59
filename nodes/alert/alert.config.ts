import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** Turns what rules decide into alerts: nothing to set but a name. */
export const alertConfig = nodeConfig({
  type: 'iiot-alert',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
