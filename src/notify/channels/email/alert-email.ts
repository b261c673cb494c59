import type { Alert } from '../../../contracts/alerts.ts';
import type { Severity } from '../../../contracts/rules.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { renderActionText } from '../../action-text.ts';
import { drawChart } from './chart.ts';
import type { SignalAround } from './chart.ts';
import { oneLine } from './content.ts';
import type { EmailAlertContent } from './content.ts';
import type { Colour } from './png.ts';
import { durationWords, timeWords } from './times.ts';
import type { TimeWords } from './times.ts';
import type { AlertView, ChartView } from './views.ts';

/** The colours of each severity: strong enough for white letters on them. */
export const SEVERITY_LOOKS: Record<Severity, { colour: string; tint: string; label: string }> = {
  critical: { colour: '#b3261e', tint: '#fbeceb', label: 'Critical' },
  warning: { colour: '#9a5b00', tint: '#fdf3e3', label: 'Warning' },
  info: { colour: '#1f5fa8', tint: '#eaf2fb', label: 'Information' },
};
/** Of good news. */
export const RESOLVED_LOOKS = { colour: '#22713a', tint: '#e9f5ec', label: 'Resolved' };
/** Of what is neither good nor bad. */
export const PLAIN_LOOKS = { colour: '#26466e', tint: '#f4f7fa', label: 'Report' };

const MINUTE_MS = 60_000;
/** How much of the signal before an alert is drawn, and after it. */
const BEFORE_MS = 30 * MINUTE_MS;
const AFTER_MS = 2 * MINUTE_MS;
/** A longer alert is drawn up to its end only. */
const LONGEST_MS = 6 * 60 * MINUTE_MS;
/** An alert is not kept waiting for its picture. */
const CHART_WAIT_MS = 2_000;

/** What e-mails about alerts are made with. */
export interface AlertEmailDeps {
  signalAround: SignalAround;
  /** IANA zone of those who gave none. */
  timezone: string;
  /** `PUBLIC_URL` without a slash at its end; undefined: no links. */
  publicUrl: string | undefined;
  logger: Logger;
}

/** An e-mail about an alert before it becomes HTML. */
export interface AlertEmail {
  kind: 'alert-raised' | 'alert-resolved';
  view: AlertView;
  png: Buffer | undefined;
}

/** Makes the view of an e-mail about an alert, and the picture of its signal; without the picture when its readings cannot be had in time. */
export async function alertEmail(
  content: EmailAlertContent,
  of: { tenantId: string; event: 'raised' | 'resolved' },
  deps: AlertEmailDeps,
): Promise<AlertEmail> {
  const times = timeWords(content.action.timezone, deps.timezone);
  const { png, view: chart } = await chartOf(content.alert, of.tenantId, { times, deviceName: content.device.name, deps });
  const kind = of.event === 'resolved' ? 'alert-resolved' : 'alert-raised';
  return { kind, png, view: { ...viewOf(content, of.event, times, deps), chart } };
}

function viewOf(content: EmailAlertContent, event: 'raised' | 'resolved', times: TimeWords, deps: AlertEmailDeps): AlertView {
  const { action, alert, device } = content;
  const link = deps.publicUrl === undefined ? '' : `${deps.publicUrl}/alerts/${alert.id}`;
  const looks = event === 'resolved' ? RESOLVED_LOOKS : SEVERITY_LOOKS[alert.severity];
  const render = (text: string) => renderActionText(text, { event, alert, device, link });
  const subject = action.subject === undefined ? subjectOf(content, event) : render(action.subject);
  return {
    ...looks,
    subject: oneLine(subject, 250),
    preheader: alert.message,
    timezone: times.zone,
    link,
    severity: alert.severity,
    status: alert.status,
    message: alert.message,
    text: action.text === undefined ? '' : render(action.text),
    rule_name: alert.rule_name,
    device_id: alert.device_id,
    device_name: device.name,
    device_type: device.type ?? '',
    device_location: device.location ?? '',
    key: alert.key,
    value: valueText(alert.value, alert.unit),
    threshold: valueText(alert.threshold, alert.unit),
    last_value: valueText(alert.last_value, alert.unit),
    occurrences: alert.occurrences,
    repeated: alert.occurrences > 1,
    raised_at: times.full(alert.raised_at),
    resolved_at: alert.resolved_at === null ? '' : times.full(alert.resolved_at),
    resolved_by: alert.resolved_by ?? '',
    duration: alert.resolved_at === null ? '' : durationWords((Date.parse(alert.resolved_at) - Date.parse(alert.raised_at)) / 1_000),
    alert_id: alert.id,
    chart: null,
  };
}

function subjectOf({ alert, device }: EmailAlertContent, event: 'raised' | 'resolved'): string {
  const beginning = event === 'resolved' ? 'Resolved' : SEVERITY_LOOKS[alert.severity].label;
  return `${beginning}: ${alert.rule_name} – ${device.name}`;
}

/** `87.3 °C`: six digits at most, so that 0.1 + 0.2 does not become seventeen; empty when there is none. */
function valueText(value: Alert['value'], unit: string | null): string {
  if (value === null) return '';
  const text = typeof value === 'number' && Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
  return unit === null || unit === '' ? text : `${text} ${unit}`;
}

/** Of an edge of the picture: four digits. */
function edgeText(value: number): string {
  return String(Number(value.toPrecision(4)));
}

async function chartOf(
  alert: Alert,
  tenantId: string,
  { times, deviceName, deps }: { times: TimeWords; deviceName: string; deps: AlertEmailDeps },
): Promise<{ png: Buffer | undefined; view: ChartView | null }> {
  const nothing = { png: undefined, view: null };
  if (typeof alert.value !== 'number') return nothing;
  const startMs = Date.parse(alert.raised_at);
  const endMs = alert.resolved_at === null ? null : Date.parse(alert.resolved_at);
  const toMs = Math.max(endMs ?? 0, Date.parse(alert.last_at), Date.parse(alert.known_at)) + AFTER_MS;
  const fromMs = Math.max(startMs - BEFORE_MS, toMs - LONGEST_MS);
  const points = await inTime(deps.signalAround({ tenantId, deviceId: alert.device_id, key: alert.key, fromMs, toMs }), deps.logger);
  const colour = rgb(SEVERITY_LOOKS[alert.severity].colour);
  const chart = points && (await drawChart({ points, fromMs, toMs, threshold: alert.threshold, startMs, endMs, colour }));
  if (chart === undefined) return nothing;
  const unit = alert.unit === null || alert.unit === '' ? '' : `, ${alert.unit}`;
  return {
    png: chart.png,
    view: {
      cid: 'signal@insa',
      top: edgeText(chart.top),
      bottom: edgeText(chart.bottom),
      from: times.clock(fromMs),
      to: times.clock(toMs),
      caption: `${alert.key} of ${deviceName}${unit}`,
    },
  };
}

/** What was promised, or undefined when it fails or takes too long. */
async function inTime<Result>(promised: Promise<Result>, logger: Logger): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), CHART_WAIT_MS);
  });
  const settled = promised.catch((error: unknown) => {
    logger.warn({ part: 'email' }, `An e-mail goes without its picture; the readings cannot be had: ${messageOf(error)}`);
    return undefined;
  });
  return Promise.race([settled, late]).finally(() => clearTimeout(timer));
}

function rgb(hex: string): Colour {
  const at = (place: number) => Number.parseInt(hex.slice(place, place + 2), 16);
  return [at(1), at(3), at(5)];
}
