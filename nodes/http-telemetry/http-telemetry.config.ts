import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** The outlet of POST /api/v1/telemetry: nothing to set but a name. */
export const httpTelemetryConfig = nodeConfig({
  type: 'iiot-http-telemetry',
  version: 1,
  defaults: { name: '', configVersion: 1 },
  schema: z.object({ name: optionalText('The name', 100) }),
});
