import * as z from 'zod/mini';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** The ingest node: stores telemetry, then lets it go on. */
export const ingestConfig = nodeConfig({
  type: 'iiot-ingest',
  version: 1,
  defaults: { name: '', trustTopicDevice: false, configVersion: 1 },
  schema: z.object({
    name: optionalText('The name', 100),
    /** Take messages without an authenticated sender for those of the device that their topic names. */
    trustTopicDevice: z.boolean({ error: 'The switch "trust the topic\'s device" is neither on nor off; open the node and set it.' }),
  }),
});
