import type { ChartPeriod } from '../../charts/chart.ts';

/** The periods that are offered, by what the address says. */
export const PERIODS = {
  '15m': 15 * 60_000,
  '1h': 60 * 60_000,
  '8h': 8 * 60 * 60_000,
  '24h': 24 * 60 * 60_000,
  '7d': 7 * 24 * 60 * 60_000,
  '30d': 30 * 24 * 60 * 60_000,
} as const;
export type PeriodName = keyof typeof PERIODS;

const SEPARATOR = '..';

/** What the address says of a period: a name, or two instants. Undefined for anything else. */
export function readPeriod(text: string): ChartPeriod | undefined {
  if (isPeriodName(text)) return { lastMs: PERIODS[text] };
  const [from = '', to = '', ...rest] = text.split(SEPARATOR);
  const [startMs, endMs] = [Date.parse(from), Date.parse(to)];
  return rest.length > 0 || !(startMs < endMs) ? undefined : { startMs, endMs };
}

/** A period as the address says it. */
export function writePeriod(period: ChartPeriod): string {
  if ('lastMs' in period) {
    const [name = '15m'] = Object.entries(PERIODS).find(([, lastMs]) => lastMs === period.lastMs) ?? [];
    return name;
  }
  return [period.startMs, period.endMs].map((ms) => new Date(ms).toISOString()).join(SEPARATOR);
}

/** Whether a text names one of the offered periods. */
export function isPeriodName(text: string): text is PeriodName {
  return Object.hasOwn(PERIODS, text);
}

/** An instant as a field for date and time takes it, in the zone of the person. */
export function localInput(ms: number): string {
  const at = new Date(ms);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${String(at.getFullYear())}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
