import * as z from 'zod/mini';
import { eventsOf, headersField, onField, urlField } from '../shared/action-fields.ts';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const schema = z.object({ name: optionalText('The name', 100), url: urlField, headers: headersField, on: onField });

/** A signed request about every alert that comes in. */
export const webhookConfig = nodeConfig({
  type: 'iiot-webhook',
  version: 1,
  defaults: { name: '', url: '', headers: '', on: 'both', configVersion: 1 },
  schema,
  // They hold tokens.
  secrets: { headers: 'secretHeaders' },
});

/** What the API sends a test to. */
export function testOf({ url, headers }: z.output<typeof schema>) {
  return { url, headers };
}

/** The action of the checked fields; what is blank is undefined. */
export function actionOf({ url, headers, on }: z.output<typeof schema>) {
  return { type: 'webhook' as const, url, headers: Object.keys(headers).length === 0 ? undefined : headers, on: eventsOf(on) };
}
