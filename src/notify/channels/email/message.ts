import type { AlertContent, Delivery } from '../../types.ts';
import { alertEmail, PLAIN_LOOKS, RESOLVED_LOOKS, SEVERITY_LOOKS } from './alert-email.ts';
import type { AlertEmailDeps } from './alert-email.ts';
import { addressesOf, alertContentSchema, deviceOfflineContentSchema, oneLine, reportContentSchema } from './content.ts';
import type { DeviceOfflineContent } from './content.ts';
import { dailyReport, reportFileName, ruleSummary } from './report-email.ts';
import type { ReportSource } from './report-email.ts';
import type { EmailTemplates, RenderedEmail } from './templates.ts';
import { timeWords } from './times.ts';
import type { DeviceOfflineView, TestView } from './views.ts';

/** What e-mails are made with. */
export interface MessageDeps extends AlertEmailDeps {
  templates: EmailTemplates;
  reports: ReportSource;
  /** `MAIL_FROM`. */
  from: string;
  /** `host:port` of the mail server, for the e-mail of the test. */
  server: string;
}

/** A file of an e-mail. */
interface Attachment {
  filename: string;
  content: Buffer | string;
  contentType: string;
  cid?: string;
  contentDisposition?: 'inline' | 'attachment';
}

/** An e-mail as it is handed to SMTP. */
export interface EmailMessage extends RenderedEmail {
  from: string;
  to: { name: string; address: string }[];
  subject: string;
  /** The same at every try: receivers know repeats by it. */
  messageId: string;
  date: Date;
  headers: Record<string, string>;
  references?: string;
  attachments: Attachment[];
}

/** Why a delivery can never become an e-mail, in one sentence. */
export class UnsendableError extends Error {}

type Parts = RenderedEmail & { subject: string; attachments?: Attachment[]; thread?: string; to?: readonly string[] };

/** Makes the e-mail of a delivery. Rejects with `UnsendableError` when its content is none, and as the report's source does. */
export async function messageOfDelivery(delivery: Delivery, deps: MessageDeps): Promise<EmailMessage> {
  const { subject, html, text, attachments = [], thread, to } = await partsOf(delivery, deps);
  const recipients = to ?? addressesOf(delivery.recipient);
  if (recipients.length === 0) throw new UnsendableError(`There is no e-mail address in "${oneLine(delivery.recipient, 200)}".`);
  const host = hostOf(deps.from);
  return {
    html,
    text,
    attachments,
    from: deps.from,
    to: recipients.map((address) => ({ name: '', address })),
    subject: oneLine(subject, 250),
    messageId: `<${delivery.id}@${host}>`,
    date: new Date(delivery.createdAtMs),
    // Keeps holiday notices away, and tells repeats apart from new messages where programs read.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', 'X-INSA-Delivery': delivery.id },
    // Mail programs show what is told of one alert together.
    ...(thread === undefined ? {} : { references: `<alert-${thread}@${host}>` }),
  };
}

/** The host of `Plant <plant@example.com>`: `example.com`. */
export function hostOf(from: string): string {
  const address = /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from;
  const host = address.slice(address.lastIndexOf('@') + 1).trim();
  return /^[A-Za-z0-9.-]+$/.test(host) ? host : 'insa.invalid';
}

function partsOf(delivery: Delivery, deps: MessageDeps): Promise<Parts> {
  if (isAlert(delivery.content)) return alertParts(delivery, deps);
  switch (delivery.event) {
    case 'device_offline':
    case 'device_online':
      return Promise.resolve(deviceParts(delivery, deps));
    case 'daily_report':
      return dailyParts(delivery, deps);
    case 'rule_summary':
      return summaryParts(delivery, deps);
    case 'test':
      return Promise.resolve(testParts(delivery, deps));
    case 'raised':
    case 'resolved':
      return Promise.reject(new UnsendableError('Its content is not that of an alert; it was queued by another version of the platform.'));
  }
}

function isAlert(content: object): content is AlertContent {
  return 'action' in content && 'alert' in content;
}

async function alertParts({ content, event, tenantId }: Delivery, deps: MessageDeps): Promise<Parts> {
  const parsed = alertContentSchema.safeParse(content);
  if (!parsed.success) throw new UnsendableError(`Its content is not that of an alert: ${oneLine(parsed.error.message, 300)}`);
  const told = event === 'resolved' || event === 'device_online' ? 'resolved' : 'raised';
  const { kind, view, png } = await alertEmail(parsed.data, { tenantId, event: told }, deps);
  const picture: Attachment[] =
    png === undefined
      ? []
      : [{ filename: 'signal.png', content: png, contentType: 'image/png', cid: view.chart?.cid ?? '', contentDisposition: 'inline' }];
  return {
    ...deps.templates.render(kind, view),
    subject: view.subject,
    attachments: picture,
    thread: parsed.data.alert.id,
    to: parsed.data.action.recipients,
  };
}

/** Devices that an e-mail lists. */
const LISTED = 50;

function deviceParts({ content, event }: Delivery, deps: MessageDeps): Parts {
  const parsed = deviceOfflineContentSchema.safeParse(content);
  if (!parsed.success) throw new UnsendableError(`Its content is not a list of devices: ${oneLine(parsed.error.message, 300)}`);
  const view = deviceView(parsed.data, event === 'device_online', deps);
  return { ...deps.templates.render('device-offline', view), subject: view.subject };
}

function deviceView(content: DeviceOfflineContent, isOnline: boolean, deps: MessageDeps): DeviceOfflineView {
  const { devices, gateway, at, timezone } = content;
  const times = timeWords(timezone, deps.timezone);
  const state = isOnline ? 'online again' : 'offline';
  const looks = isOnline ? { ...RESOLVED_LOOKS, label: 'Online' } : { ...SEVERITY_LOOKS.critical, label: 'Offline' };
  const what = devices.length === 1 ? (devices[0]?.name ?? '') : `${String(devices.length)} devices`;
  const sentence = `${what} ${devices.length === 1 ? 'is' : 'are'} ${state}${gateway === null ? '' : `: ${gateway.name}`}`;
  return {
    ...looks,
    subject: oneLine(`${looks.label}: ${what}${gateway === null ? '' : ` – ${gateway.name}`}`, 250),
    preheader: sentence,
    timezone: times.zone,
    link: deps.publicUrl ?? '',
    is_online: isOnline,
    count: devices.length,
    devices: devices
      .slice(0, LISTED)
      .map((device) => ({ ...device, last_seen_at: device.last_seen_at === null ? 'never' : times.full(device.last_seen_at) })),
    more: Math.max(0, devices.length - LISTED),
    gateway,
    at: times.full(at),
  };
}

function reportContentOf({ content }: Delivery) {
  const parsed = reportContentSchema.safeParse(content);
  if (!parsed.success) throw new UnsendableError(`Its content is not that of a report: ${oneLine(parsed.error.message, 300)}`);
  return parsed.data;
}

async function dailyParts(delivery: Delivery, { reports, templates, publicUrl }: MessageDeps): Promise<Parts> {
  const content = reportContentOf(delivery);
  const figures = await reports.daily(periodOf(delivery, content));
  const { view, csv } = dailyReport(figures, { content, publicUrl });
  const attachments = [{ filename: reportFileName(content), content: csv, contentType: 'text/csv; charset=utf-8' }];
  return { ...templates.render('daily-report', view), subject: view.subject, attachments };
}

async function summaryParts(delivery: Delivery, { reports, templates, publicUrl }: MessageDeps): Promise<Parts> {
  const content = reportContentOf(delivery);
  const view = ruleSummary(await reports.rules(periodOf(delivery, content)), { content, publicUrl });
  return { ...templates.render('rule-summary', view), subject: view.subject };
}

function periodOf({ tenantId }: Delivery, { start, end }: { start: string; end: string }) {
  return { tenantId, startMs: Date.parse(start), endMs: Date.parse(end) };
}

function testParts({ recipient, createdAtMs }: Delivery, deps: MessageDeps): Parts {
  const times = timeWords(undefined, deps.timezone);
  const view: TestView = {
    ...PLAIN_LOOKS,
    label: 'Test',
    subject: 'Test of e-mail from the INSA IIoT platform',
    preheader: 'E-mail works',
    timezone: times.zone,
    link: deps.publicUrl ?? '',
    at: times.full(new Date(createdAtMs).toISOString()),
    recipient: oneLine(recipient, 300),
    server: deps.server,
  };
  return { ...deps.templates.render('test', view), subject: view.subject };
}
