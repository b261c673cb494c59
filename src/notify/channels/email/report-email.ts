import { stringify } from 'csv-stringify/sync';
import type { Alert } from '../../../contracts/alerts.ts';
import type { Severity } from '../../../contracts/rules.ts';
import { PLAIN_LOOKS, SEVERITY_LOOKS } from './alert-email.ts';
import type { ReportContent } from './content.ts';
import { durationWords, timeWords } from './times.ts';
import type { DailyReportView, RuleSummaryView } from './views.ts';

/** Of which tenant and time: from `startMs` on and before `endMs`, epoch milliseconds. */
export interface ReportPeriod {
  tenantId: string;
  startMs: number;
  endMs: number;
}

type Counts = Record<Severity, number> & { total: number };

/** What a daily report tells. */
export interface DailyFigures {
  devices: { total: number; online: number; offline: number; error: number; unknown: number };
  /** The first of those that are offline now, the longest away first. */
  offline: readonly { device_id: string; name: string; last_seen_at: string | null }[];
  raised: Counts;
  open: Counts;
  meanAcknowledgeSeconds: number | null;
  meanResolveSeconds: number | null;
  /** The most alerts first. */
  rules: readonly { rule_name: string; raised: number; open: number }[];
  topDevices: readonly { device_id: string; raised: number; open: number }[];
  /** Newest first; as many as a file may have. */
  alerts: readonly Alert[];
}

/** What a rule did in a period. */
export interface RuleFigures {
  name: string;
  raised: number;
  critical: number;
  devices: number;
  open: number;
  mean_resolve_seconds: number | null;
}

/** Where reports have their figures from. Rejects as the database does. */
export interface ReportSource {
  daily(period: ReportPeriod): Promise<DailyFigures>;
  /** Every rule that there is or that raised an alert, the most alerts first. */
  rules(period: ReportPeriod): Promise<readonly RuleFigures[]>;
}

/** Alerts and devices that an e-mail lists; the rest is in its file. */
const LISTED = 15;
const RULES = 25;
const QUIET = 30;

/** What a report needs beside its figures. */
export interface ReportContext {
  content: ReportContent;
  publicUrl: string | undefined;
}

/** The view of a daily report, and its file. */
export function dailyReport(figures: DailyFigures, { content, publicUrl }: ReportContext): { view: DailyReportView; csv: string } {
  const times = timeWords(content.timezone, 'UTC');
  const day = times.day(Date.parse(content.start));
  const { raised, open, devices } = figures;
  return {
    csv: alertsCsv(figures.alerts),
    view: {
      ...PLAIN_LOOKS,
      subject: `Daily report, ${day}: ${countOf(raised.total, 'alert')}, ${String(devices.online)} of ${countOf(devices.total, 'device')} online`,
      preheader: `${countOf(raised.total, 'alert')} raised, ${String(open.total)} open, ${countOf(devices.offline, 'device')} offline`,
      timezone: times.zone,
      link: publicUrl ?? '',
      day,
      from: times.full(content.start),
      to: times.full(content.end),
      devices,
      offline_devices: figures.offline
        .slice(0, LISTED)
        .map((device) => ({ ...device, last_seen_at: device.last_seen_at === null ? 'never' : times.full(device.last_seen_at) })),
      raised,
      open,
      mean_acknowledge: durationWords(figures.meanAcknowledgeSeconds),
      mean_resolve: durationWords(figures.meanResolveSeconds),
      rules: withBars(figures.rules.map(({ rule_name: name, ...rest }) => ({ name, ...rest }))),
      top_devices: withBars(figures.topDevices),
      alerts: figures.alerts.slice(0, LISTED).map(({ raised_at, severity, device_id, message, status }) => ({
        raised_at: times.full(raised_at),
        severity,
        colour: SEVERITY_LOOKS[severity].colour,
        device_id,
        message,
        status,
      })),
      more_alerts: Math.max(0, raised.total - Math.min(LISTED, figures.alerts.length)),
      file_name: reportFileName(content),
    },
  };
}

/** `alerts-2026-11-20.csv`, by the day in the report's own zone. */
export function reportFileName({ start, timezone }: ReportContent): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: timeWords(timezone, 'UTC').zone }).format(new Date(start));
  return `alerts-${day}.csv`;
}

/** The view of the summary of a week. */
export function ruleSummary(figures: readonly RuleFigures[], { content, publicUrl }: ReportContext): RuleSummaryView {
  const times = timeWords(content.timezone, 'UTC');
  const [from, to] = [times.day(Date.parse(content.start)), times.day(Date.parse(content.end) - 1)];
  const loud = figures.filter(({ raised, open }) => raised > 0 || open > 0);
  const quiet = figures.filter(({ raised, open }) => raised === 0 && open === 0);
  const raised = figures.reduce((sum, rule) => sum + rule.raised, 0);
  return {
    ...PLAIN_LOOKS,
    subject: `Rules of the week ${from} to ${to}: ${countOf(raised, 'alert')}`,
    preheader: `${countOf(raised, 'alert')} of ${countOf(loud.length, 'rule')}`,
    timezone: times.zone,
    link: publicUrl ?? '',
    from,
    to,
    raised,
    rules: withBars(loud.slice(0, RULES)).map(({ mean_resolve_seconds: mean, ...rest }) => ({
      ...rest,
      mean_resolve: durationWords(mean),
    })),
    more: Math.max(0, loud.length - RULES),
    quiet: quiet.slice(0, QUIET).map(({ name }) => ({ name })),
    more_quiet: Math.max(0, quiet.length - QUIET),
  };
}

const COLUMNS = [
  'id',
  'raised_at',
  'severity',
  'status',
  'device_id',
  'rule_name',
  'key',
  'message',
  'value',
  'threshold',
  'unit',
  'occurrences',
  'acknowledged_by',
  'acknowledged_at',
  'resolved_by',
  'resolved_at',
] as const satisfies readonly (keyof Alert)[];

/** RFC 4180 with a byte order mark, by which spreadsheets know UTF-8; what looks like a formula gets an apostrophe in front (OWASP, CSV injection). */
function alertsCsv(alerts: readonly Alert[]): string {
  const rows = alerts.map((alert) => COLUMNS.map((name) => harmless(alert[name])));
  return stringify([[...COLUMNS], ...rows], { bom: true, record_delimiter: 'windows' });
}

function harmless(value: Alert[keyof Alert]): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

function withBars<Row extends { raised: number }>(rows: readonly Row[]): (Row & { bar: number })[] {
  const most = Math.max(1, ...rows.map(({ raised }) => raised));
  return rows.map((row) => ({ ...row, bar: Math.max(1, Math.round((row.raised / most) * 100)) }));
}

function countOf(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}
