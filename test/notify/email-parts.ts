import type { Alert } from '../../src/contracts/alerts.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { EmailChannel } from '../../src/notify/channels/email/email-channel.ts';
import type { EmailChannelOptions } from '../../src/notify/channels/email/email-channel.ts';
import type { SignalPoint } from '../../src/notify/channels/email/chart.ts';
import type { DailyFigures, RuleFigures } from '../../src/notify/channels/email/report-email.ts';
import type { Delivery } from '../../src/notify/types.ts';

const RAISED_AT = Date.parse('2026-11-21T12:18:41.000Z');
const MINUTE_MS = 60_000;

/** An alert as it was raised. */
export const ALERT: Alert = {
  id: '0190f0c2-0000-7000-8000-000000000001',
  rule_id: '0190f0c2-0000-7000-8000-000000000002',
  rule_version: 3,
  rule_name: 'Boiler too hot',
  device_id: 'boiler-2',
  key: 'temperature',
  severity: 'critical',
  status: 'active',
  message: 'Boiler 2: 87.3 °C is over 80 °C',
  value: 87.3,
  threshold: 80,
  unit: '°C',
  occurrences: 1,
  raised_at: new Date(RAISED_AT).toISOString(),
  known_at: new Date(RAISED_AT + 400).toISOString(),
  last_value: 87.3,
  last_at: new Date(RAISED_AT).toISOString(),
  acknowledged_by: null,
  acknowledged_at: null,
  resolved_by: null,
  resolved_at: null,
};

/** The same alert when it is over. */
export const RESOLVED: Alert = {
  ...ALERT,
  status: 'resolved',
  occurrences: 4,
  last_value: 77.912345678,
  last_at: new Date(RAISED_AT + 22 * MINUTE_MS).toISOString(),
  resolved_by: 'condition cleared',
  resolved_at: new Date(RAISED_AT + 22 * MINUTE_MS).toISOString(),
};

/** An hour of a boiler that gets too hot. */
export function boiler(fromMs: number, toMs: number): SignalPoint[] {
  const points: SignalPoint[] = [];
  for (let ms = fromMs; ms < toMs; ms += 10_000) {
    const minutes = (ms - RAISED_AT) / MINUTE_MS;
    const rise = minutes < -12 ? 0 : minutes < 6 ? (minutes + 12) * 1.35 : Math.max(-1, 24.3 - (minutes - 6) * 1.4);
    points.push([ms, 66.5 + rise + Math.sin(ms / 41_000) * 0.9 + Math.sin(ms / 7_300) * 0.5]);
  }
  return points;
}

/** Something to send, of an alert unless the rest says otherwise. */
export function delivery(rest: Partial<Delivery> = {}): Delivery {
  return {
    id: newUuid(),
    attempt: 1,
    createdAtMs: RAISED_AT + 1_000,
    tenantId: 'default',
    dedupKey: newUuid(),
    event: 'raised',
    channel: 'email',
    recipient: 'ops@example.com',
    alertId: ALERT.id,
    deviceId: ALERT.device_id,
    ruleId: ALERT.rule_id,
    content: alertContent(),
    ...rest,
  };
}

/** The content of an e-mail about an alert. */
export function alertContent(parts: { alert?: Partial<Alert>; action?: object; device?: object } = {}): object {
  return {
    action: { type: 'email', recipients: ['ops@example.com'], timezone: 'America/Bogota', ...parts.action },
    alert: { ...ALERT, ...parts.alert },
    device: { name: 'Boiler 2', type: 'boiler', location: 'Hall B', ...parts.device },
  };
}

export const DAILY: DailyFigures = {
  devices: { total: 48, online: 45, offline: 2, error: 0, unknown: 1 },
  offline: [
    { device_id: 'pump-7', name: 'Pump 7', last_seen_at: '2026-11-19T23:10:05.000Z' },
    { device_id: 'fan-3', name: 'Roof fan 3', last_seen_at: null },
  ],
  raised: { total: 23, critical: 2, warning: 14, info: 7 },
  open: { total: 3, critical: 1, warning: 2, info: 0 },
  meanAcknowledgeSeconds: 372,
  meanResolveSeconds: 4_325,
  rules: [
    { rule_name: 'Boiler too hot', raised: 11, open: 1 },
    { rule_name: 'Pressure low for five minutes', raised: 7, open: 2 },
    { rule_name: 'Filter clogged', raised: 3, open: 0 },
    { rule_name: 'Door open', raised: 2, open: 0 },
  ],
  topDevices: [
    { device_id: 'boiler-2', raised: 9, open: 1 },
    { device_id: 'compressor-1', raised: 6, open: 1 },
    { device_id: 'pump-7', raised: 4, open: 1 },
  ],
  alerts: [
    { ...RESOLVED, raised_at: '2026-11-20T21:40:12.000Z', id: '0190f0c2-0000-7000-8000-000000000011' },
    {
      ...RESOLVED,
      raised_at: '2026-11-20T16:02:55.000Z',
      id: '0190f0c2-0000-7000-8000-000000000012',
      severity: 'warning',
      device_id: 'compressor-1',
      rule_name: '=HYPERLINK("http://evil.example")',
      message: 'Compressor 1: 4.8 bar is below 5 bar',
    },
    {
      ...ALERT,
      raised_at: '2026-11-20T12:30:00.000Z',
      id: '0190f0c2-0000-7000-8000-000000000013',
      severity: 'info',
      device_id: 'fan-3',
      message: 'Roof fan 3: filter is due',
    },
  ],
};

export const RULES: RuleFigures[] = [
  { name: 'Boiler too hot', raised: 41, critical: 12, devices: 3, open: 1, mean_resolve_seconds: 1_320 },
  { name: 'Pressure low for five minutes', raised: 17, critical: 0, devices: 2, open: 2, mean_resolve_seconds: 4_325 },
  { name: 'Door open', raised: 5, critical: 0, devices: 1, open: 0, mean_resolve_seconds: 95 },
  { name: 'Filter clogged', raised: 0, critical: 0, devices: 0, open: 0, mean_resolve_seconds: null },
  { name: 'Vibration', raised: 0, critical: 0, devices: 0, open: 0, mean_resolve_seconds: null },
];

/** A channel to a server on this machine. */
export function channelTo(smtpUrl: string | undefined, rest: Partial<EmailChannelOptions> = {}): EmailChannel {
  return new EmailChannel({
    mail: { smtpUrl, from: 'Plant Nord <plant@example.com>' },
    publicUrl: 'https://iot.example.com',
    timezone: 'Europe/Berlin',
    templateFolder: undefined,
    logger: silentLogger,
    signalAround: ({ fromMs, toMs }) => Promise.resolve(boiler(fromMs, toMs)),
    reports: { daily: () => Promise.resolve(DAILY), rules: () => Promise.resolve(RULES) },
    ...rest,
  });
}

/** A signal that is never aborted. */
export const going = new AbortController().signal;
