import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** A button that removes the demo plant: nothing to set but a name. */
export const demoPlantConfig = nodeConfig({
  type: 'iiot-demo-plant',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
