import type { Alert, AlertStatus } from '../../../../../src/contracts/alerts.ts';
import type { Severity } from '../../../../../src/contracts/rules.ts';

/** Which alerts a list shows by their state: open ones (all, or by who has seen them), past ones, or all. */
export const VIEWS = ['open', 'active', 'acknowledged', 'past', 'all'] as const;
export type View = (typeof VIEWS)[number];

/** Periods that end now, in milliseconds. */
export const PERIODS_MS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type PeriodName = keyof typeof PERIODS_MS;

/** What a list of alerts is limited to, as the address of the page has it. Empty texts limit nothing. */
export interface Filters {
  view: View;
  severity: Severity | '';
  device: string;
  rule: string;
  /** A period that ends now; empty: `from` and `to`, or any time. */
  period: PeriodName | '';
  /** ISO 8601; empty: no bound. */
  from: string;
  to: string;
  text: string;
}

/** Everything that is open. */
export const NO_FILTERS: Filters = { view: 'open', severity: '', device: '', rule: '', period: '', from: '', to: '', text: '' };

/** A stretch of time in epoch milliseconds, the end excluded; undefined: no bound. */
export interface Period {
  startMs: number | undefined;
  endMs: number | undefined;
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LONGEST_TEXT = 200;

/** The filters of an address. What is not understood limits nothing: addresses are typed and shared. */
export function filtersFrom(query: Readonly<Record<string, unknown>>): Filters {
  const text = (name: string): string => {
    const value = query[name];
    const one: unknown = Array.isArray(value) ? value[0] : value;
    return typeof one === 'string' ? one.slice(0, LONGEST_TEXT) : '';
  };
  const rule = text('rule');
  return {
    view: VIEWS.find((view) => view === text('status')) ?? NO_FILTERS.view,
    severity: SEVERITIES.find((severity) => severity === text('severity')) ?? '',
    device: text('device'),
    rule: UUID.test(rule) ? rule : '',
    period: Object.hasOwn(PERIODS_MS, text('period')) ? (text('period') as PeriodName) : '',
    from: instant(text('from')),
    to: instant(text('to')),
    text: text('q'),
  };
}

/** The query of the address: what limits something. */
export function queryOf(filters: Filters): Record<string, string> {
  const { view, severity, device, rule, period, from, to, text } = filters;
  const all = { status: view === NO_FILTERS.view ? '' : view, severity, device, rule, period, from, to, q: text };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** True when something but the state limits the list. */
export function isLimited(filters: Filters): boolean {
  return Object.keys(queryOf({ ...filters, view: NO_FILTERS.view })).length > 0;
}

/** The period that is meant, when it is `nowMs`. */
export function periodOf({ period, from, to }: Filters, nowMs: number): Period {
  if (period !== '') return { startMs: nowMs - PERIODS_MS[period], endMs: undefined };
  return { startMs: from === '' ? undefined : Date.parse(from), endMs: to === '' ? undefined : Date.parse(to) };
}

/** True when an open alert belongs into the list; the same that the API does for past ones. */
export function matches(alert: Alert, filters: Filters, { startMs, endMs }: Period): boolean {
  if (filters.severity !== '' && alert.severity !== filters.severity) return false;
  if (filters.device !== '' && alert.device_id !== filters.device) return false;
  if (filters.rule !== '' && alert.rule_id !== filters.rule) return false;
  if (!statusesOf(filters.view).includes(alert.status)) return false;
  const knownAtMs = Date.parse(alert.known_at);
  if (startMs !== undefined && knownAtMs < startMs) return false;
  if (endMs !== undefined && knownAtMs >= endMs) return false;
  return filters.text === '' || isFound(alert, filters.text.toLowerCase());
}

/** The states that a view shows. */
export function statusesOf(view: View): readonly AlertStatus[] {
  switch (view) {
    case 'open':
      return ['active', 'acknowledged'];
    case 'active':
      return ['active'];
    case 'acknowledged':
      return ['acknowledged'];
    case 'past':
      return ['resolved'];
    case 'all':
      return ['active', 'acknowledged', 'resolved'];
  }
}

function isFound({ message, rule_name: ruleName, device_id: deviceId, key }: Alert, text: string): boolean {
  return [message, ruleName, deviceId, key].some((part) => part.toLowerCase().includes(text));
}

function instant(text: string): string {
  return Number.isNaN(Date.parse(text)) ? '' : new Date(Date.parse(text)).toISOString();
}
