import { DEFAULT_HORIZON, MODELS, MOST_HORIZON, stepFor } from '../../../analysis/forecast-choices.ts';
import type { ForecastChoices } from '../../../analysis/forecast-choices.ts';
import type { Severity } from '../../../../../../src/contracts/rules.ts';
import type { ChartAggregation, ChartKind } from '../../../charts/chart.ts';

type Options = Readonly<Record<string, unknown>>;

/** What values, gauges and tables are told beside; null where nothing was said. */
export interface ReadingOptions {
  decimals: number | null;
  staleMs: number | null;
  lowerLimit: number | null;
  upperLimit: number | null;
}

/** What a chart is told beside. */
export interface ChartOptions {
  kind: ChartKind;
  aggregation: ChartAggregation;
  periodMs: number;
  compare: 'none' | 'day' | 'week';
  showsLimits: boolean;
}

/** What a widget with an analysis is told beside. */
export interface AnalysisOptions {
  periodMs: number;
  /** Of a trend: the slope per minute from which it counts; null: as the API has it. */
  threshold: number | null;
  /** Of a time series: over how many readings or how long is averaged. */
  average: string;
  /** Of a correlation: how long the buckets are. */
  bucket: string;
  forecast: ForecastChoices;
}

/** How a chart may be drawn. */
export const KINDS: readonly ChartKind[] = ['line', 'area', 'bar'];
/** What one point of a chart may be. */
export const AGGREGATIONS: readonly ChartAggregation[] = ['auto', 'avg', 'min', 'max', 'sum', 'count'];
/** What a chart may be compared with. */
export const COMPARISONS = ['none', 'day', 'week'] as const;
const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

const HOUR_SECONDS = 3_600;
/** What a person is offered, in seconds. */
export const PERIODS: readonly number[] = [900, HOUR_SECONDS, 6 * HOUR_SECONDS, 86_400, 7 * 86_400, 30 * 86_400];
/** How long before, in milliseconds. */
export const COMPARE_BEFORE_MS = { none: undefined, day: 86_400_000, week: 7 * 86_400_000 } as const;
/** How many alerts a list shows unless somebody said. */
export const DEFAULT_ALERTS = 20;

// Stored options may be of any shape: dashboards from before an option was checked stay readable. What cannot be used counts as not said.

/** The options of values, gauges and tables. */
export function readingOptions(options: Options): ReadingOptions {
  const decimals = finite(options['decimals']);
  const stale = finite(options['stale_seconds']);
  return {
    decimals: decimals !== null && decimals >= 0 && decimals <= 10 ? Math.round(decimals) : null,
    staleMs: stale !== null && stale > 0 ? stale * 1_000 : null,
    lowerLimit: finite(options['lower_limit']),
    upperLimit: finite(options['upper_limit']),
  };
}

/** Between which values a gauge runs, as far as somebody said. */
export function gaugeRange(options: Options): { min: number | null; max: number | null } {
  return { min: finite(options['min']), max: finite(options['max']) };
}

/** The options of a chart. */
export function chartOptions(options: Options): ChartOptions {
  const period = finite(options['period_seconds']);
  return {
    kind: oneOf(KINDS, options['kind']) ?? 'line',
    aggregation: oneOf(AGGREGATIONS, options['aggregation']) ?? 'auto',
    periodMs: (period !== null && period >= 60 && period <= 366 * 86_400 ? period : HOUR_SECONDS) * 1_000,
    compare: oneOf(COMPARISONS, options['compare']) ?? 'none',
    showsLimits: options['show_limits'] !== false,
  };
}

/** The options of a widget with an analysis. */
export function analysisOptions(options: Options): AnalysisOptions {
  const period = finite(options['period_seconds']);
  const periodMs = (period !== null && period >= 60 && period <= 366 * 86_400 ? period : 86_400) * 1_000;
  const [threshold, horizon, confidence] = [options['threshold'], options['horizon'], options['confidence']].map(finite);
  const isTime = (text: unknown): text is string => typeof text === 'string' && /^\d{1,8}[smhd]$/.test(text);
  const { average, bucket, step } = options;
  return {
    periodMs,
    threshold: typeof threshold === 'number' && threshold >= 0 ? threshold : null,
    average: isTime(average) || (typeof average === 'string' && /^[1-9]\d{0,2}$/.test(average)) ? average : '5',
    bucket: isTime(bucket) ? bucket : '1m',
    forecast: {
      horizon: typeof horizon === 'number' && horizon >= 1 && horizon <= MOST_HORIZON ? Math.round(horizon) : DEFAULT_HORIZON,
      confidence: typeof confidence === 'number' && confidence >= 50 && confidence <= 99 ? confidence : 95,
      model: oneOf(MODELS, options['model']) ?? 'auto',
      step: isTime(step) ? step : stepFor(periodMs),
      limit: finite(options['limit']),
    },
  };
}

/** The filter of a list of alerts. */
export function alertOptions(options: Options): { severities: readonly Severity[]; isUnacknowledgedOnly: boolean; limit: number } {
  const wanted: unknown = options['severities'];
  const severities = Array.isArray(wanted) ? SEVERITIES.filter((severity) => wanted.includes(severity)) : [];
  const limit = finite(options['limit']);
  return {
    severities: severities.length === 0 ? SEVERITIES : severities,
    isUnacknowledgedOnly: options['unacknowledged_only'] === true,
    limit: limit !== null && limit >= 1 && limit <= 100 ? Math.round(limit) : DEFAULT_ALERTS,
  };
}

/** The text of a text widget. */
export function textOption(options: Options): string {
  return typeof options['text'] === 'string' ? options['text'] : '';
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown): Value | undefined {
  return values.find((one) => one === value);
}
