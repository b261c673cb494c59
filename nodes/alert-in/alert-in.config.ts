import * as z from 'zod/mini';
import { SEVERITIES } from '../../src/contracts/rule-terms.ts';
import { choice, optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

/** What may happen to an alert, as the node tells it. */
export const ALERT_EVENTS = ['raised', 'updated', 'acknowledged', 'resolved'] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** Events as the form keeps them: "raised,resolved". */
const eventsField = z.pipe(
  z.unknown(),
  z.transform((input, context) => {
    const words = (typeof input === 'string' ? input : '').split(/[ ,;]+/).filter((word) => word !== '');
    const unknown = words.find((word) => !ALERT_EVENTS.some((event) => event === word));
    const events = ALERT_EVENTS.filter((event) => words.includes(event));
    if (unknown === undefined && events.length > 0) return events;
    const message =
      unknown === undefined
        ? 'No event is chosen, so the node would never send; choose at least one.'
        : `The event "${unknown}" is not one of ${ALERT_EVENTS.join(', ')}; choose one of them.`;
    context.issues.push({ code: 'custom', input, message });
    return z.NEVER;
  }),
);

/** Brings what happens to alerts into a flow. */
export const alertInConfig = nodeConfig({
  type: 'iiot-alert-in',
  version: 1,
  defaults: { name: '', events: 'raised,resolved', severity: 'any', deviceId: '', configVersion: 1 },
  schema: z.object({
    name: optionalText('The name', 100),
    events: eventsField,
    severity: choice('The severity', ['any', ...SEVERITIES]),
    /** Blank: of every device. */
    deviceId: optionalText('The device', 128),
  }),
});
