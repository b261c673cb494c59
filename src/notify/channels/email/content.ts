import { z } from 'zod';
import { emailActionSchema } from '../../../contracts/actions.ts';
import { alertSchema } from '../../../contracts/alerts.ts';

/** What an e-mail about an alert is made of: `AlertContent` with an action of type `email`. */
export const alertContentSchema = z.object({
  action: emailActionSchema,
  alert: alertSchema,
  device: z.object({ name: z.string(), type: z.string().nullable(), location: z.string().nullable() }),
});
export type EmailAlertContent = z.infer<typeof alertContentSchema>;

/** What an e-mail about devices that went offline (or came back) is made of; times are ISO 8601. */
export const deviceOfflineContentSchema = z.object({
  devices: z.array(z.object({ device_id: z.string(), name: z.string(), last_seen_at: z.string().nullable() })).min(1),
  gateway: z.object({ device_id: z.string(), name: z.string() }).nullable(),
  at: z.string(),
  timezone: z.string().optional(),
});
export type DeviceOfflineContent = z.infer<typeof deviceOfflineContentSchema>;

/** Which period a report is about: from `start` on and before `end` (ISO 8601), in whose days. Its figures are read when it is sent. */
export const reportContentSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime(), timezone: z.string() });
export type ReportContent = z.infer<typeof reportContentSchema>;

const ADDRESS = /^[^\s@<>,]+@[^\s@<>,]+$/;

/** The addresses in a recipient as the ledger shows it, `a@example.com, b@example.com`; what is none is left out. */
export function addressesOf(recipient: string): string[] {
  return recipient
    .split(',')
    .map((one) => one.trim())
    .filter((one) => ADDRESS.test(one));
}

/** One line without control characters, at most `longest` characters: what goes into a header or a reason. */
export function oneLine(text: string, longest = 500): string {
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
