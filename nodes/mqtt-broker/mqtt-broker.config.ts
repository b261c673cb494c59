import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** The outlet of the platform's MQTT broker: nothing to set but a name. */
export const mqttBrokerConfig = nodeConfig({
  type: 'iiot-mqtt-broker',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
