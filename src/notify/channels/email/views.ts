/*
 * What templates may name. The samples below are the one list of it: a template that names anything else is refused when it is loaded.
 */

/** What every e-mail has. */
export interface CommonView {
  subject: string;
  /** What mail programs show beside the subject in their list. */
  preheader: string;
  /** Of the bar at the top, of figures and buttons: `#b3261e`. */
  colour: string;
  /** A light shade of it. */
  tint: string;
  /** The word in the coloured pill: `Critical`. */
  label: string;
  /** IANA zone of every time in the e-mail. */
  timezone: string;
  /** Where the platform is (PUBLIC_URL); empty when that is not known. */
  link: string;
}

/** The curve around the event; an attached picture with texts beside it. */
export interface ChartView {
  cid: string;
  top: string;
  bottom: string;
  from: string;
  to: string;
  caption: string;
}

/** An alert that was raised, or is over. */
export interface AlertView extends CommonView {
  severity: string;
  status: string;
  message: string;
  /** A text of the action's own; empty: none. */
  text: string;
  rule_name: string;
  device_id: string;
  device_name: string;
  device_type: string;
  device_location: string;
  key: string;
  /** With its unit. */
  value: string;
  threshold: string;
  last_value: string;
  occurrences: number;
  repeated: boolean;
  raised_at: string;
  resolved_at: string;
  resolved_by: string;
  /** From raised until resolved. */
  duration: string;
  alert_id: string;
  chart: ChartView | null;
}

/** Devices that went offline, or came back. */
export interface DeviceOfflineView extends CommonView {
  is_online: boolean;
  count: number;
  devices: readonly { device_id: string; name: string; last_seen_at: string }[];
  /** How many are not listed. */
  more: number;
  gateway: { device_id: string; name: string } | null;
  at: string;
}

/** The day before. */
export interface DailyReportView extends CommonView {
  day: string;
  from: string;
  to: string;
  devices: { total: number; online: number; offline: number; error: number; unknown: number };
  offline_devices: readonly { device_id: string; name: string; last_seen_at: string }[];
  raised: { total: number; critical: number; warning: number; info: number };
  open: { total: number; critical: number; warning: number; info: number };
  mean_acknowledge: string;
  mean_resolve: string;
  /** `bar` is 1 to 100, of the one with the most. */
  rules: readonly { name: string; raised: number; open: number; bar: number }[];
  top_devices: readonly { device_id: string; raised: number; open: number; bar: number }[];
  alerts: readonly { raised_at: string; severity: string; colour: string; device_id: string; message: string; status: string }[];
  more_alerts: number;
  file_name: string;
}

/** What rules did in a week. */
export interface RuleSummaryView extends CommonView {
  from: string;
  to: string;
  raised: number;
  rules: readonly {
    name: string;
    raised: number;
    critical: number;
    devices: number;
    open: number;
    mean_resolve: string;
    bar: number;
  }[];
  more: number;
  quiet: readonly { name: string }[];
  more_quiet: number;
}

/** A test by hand. */
export interface TestView extends CommonView {
  at: string;
  recipient: string;
  server: string;
}

/** Every kind of e-mail with what its template may name. */
export interface Views {
  'alert-raised': AlertView;
  'alert-resolved': AlertView;
  'device-offline': DeviceOfflineView;
  'daily-report': DailyReportView;
  'rule-summary': RuleSummaryView;
  test: TestView;
}
export type EmailKind = keyof Views;

const COMMON: CommonView = {
  subject: 'Critical: Boiler 2, temperature',
  preheader: 'Boiler 2: 87.3 °C is over 80',
  colour: '#b3261e',
  tint: '#fbeceb',
  label: 'Critical',
  timezone: 'America/Bogota',
  link: 'https://iot.example.com/alerts/0190f0c2-0000-7000-8000-000000000001',
};

const ALERT: AlertView = {
  ...COMMON,
  severity: 'critical',
  status: 'active',
  message: 'Boiler 2: 87.3 °C is over 80',
  text: '',
  rule_name: 'Boiler too hot',
  device_id: 'boiler-2',
  device_name: 'Boiler 2',
  device_type: 'boiler',
  device_location: 'Hall B',
  key: 'temperature',
  value: '87.3 °C',
  threshold: '80 °C',
  last_value: '78.9 °C',
  occurrences: 3,
  repeated: true,
  raised_at: 'Sat 21 Nov 2026, 07:18:41',
  resolved_at: 'Sat 21 Nov 2026, 07:41:03',
  resolved_by: 'condition cleared',
  duration: '22 min',
  alert_id: '0190f0c2-0000-7000-8000-000000000001',
  chart: { cid: 'chart', top: '90', bottom: '60', from: '06:48', to: '07:20', caption: 'temperature of Boiler 2, °C' },
};

const COUNTS = { total: 12, critical: 2, warning: 7, info: 3 };
const OFFLINE = { device_id: 'pump-7', name: 'Pump 7', last_seen_at: 'Fri 20 Nov 2026, 23:10:05' };

/** A complete example of each view: what a template may name, and what it is tried with when it is loaded. */
export const SAMPLES: Views = {
  'alert-raised': ALERT,
  'alert-resolved': { ...ALERT, status: 'resolved' },
  'device-offline': {
    ...COMMON,
    is_online: false,
    count: 2,
    devices: [OFFLINE, { ...OFFLINE, device_id: 'pump-8', name: 'Pump 8' }],
    more: 0,
    gateway: { device_id: 'gateway-b', name: 'Gateway hall B' },
    at: 'Sat 21 Nov 2026, 07:18:41',
  },
  'daily-report': {
    ...COMMON,
    day: 'Fri 20 Nov 2026',
    from: 'Fri 20 Nov 2026, 00:00:00',
    to: 'Sat 21 Nov 2026, 00:00:00',
    devices: { total: 48, online: 45, offline: 2, error: 0, unknown: 1 },
    offline_devices: [OFFLINE],
    raised: COUNTS,
    open: COUNTS,
    mean_acknowledge: '6 min',
    mean_resolve: '1 h 12 min',
    rules: [{ name: 'Boiler too hot', raised: 7, open: 1, bar: 100 }],
    top_devices: [{ device_id: 'boiler-2', raised: 5, open: 1, bar: 100 }],
    alerts: [
      {
        raised_at: 'Fri 20 Nov 2026, 07:18:41',
        severity: 'critical',
        colour: '#b3261e',
        device_id: 'boiler-2',
        message: 'Boiler 2: 87.3 °C is over 80',
        status: 'resolved',
      },
    ],
    more_alerts: 3,
    file_name: 'alerts-2026-11-20.csv',
  },
  'rule-summary': {
    ...COMMON,
    from: 'Mon 16 Nov 2026',
    to: 'Sun 22 Nov 2026',
    raised: 31,
    rules: [{ name: 'Boiler too hot', raised: 19, critical: 4, devices: 3, open: 1, mean_resolve: '22 min', bar: 100 }],
    more: 0,
    quiet: [{ name: 'Filter clogged' }],
    more_quiet: 0,
  },
  test: { ...COMMON, at: 'Sat 21 Nov 2026, 07:18:41', recipient: 'ops@example.com', server: 'mail.example.com:587' },
};
