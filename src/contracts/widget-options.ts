import { z } from 'zod';
import { FORECAST_CHOICES, MOST_HORIZON } from './analytics.ts';
import { SEVERITIES } from './rules.ts';

/** How a chart draws its readings. */
export const CHART_KINDS = ['line', 'area', 'bar'] as const;
/** How readings of one bucket of time become one point. */
export const CHART_AGGREGATIONS = ['auto', 'avg', 'min', 'max', 'sum', 'count'] as const;
/** What a chart draws beside the period: the same, so long before. */
export const CHART_COMPARISONS = ['none', 'day', 'week'] as const;

const DAY_SECONDS = 86_400;

/** What values, gauges and tables know: digits after the point, after how many seconds a value counts as stale, and where it is too low or high. */
const readingOptions = {
  decimals: z.int().min(0).max(10).nullable().optional(),
  stale_seconds: z
    .int()
    .min(1)
    .max(30 * DAY_SECONDS)
    .nullable()
    .optional(),
  lower_limit: z.number().nullable().optional(),
  upper_limit: z.number().nullable().optional(),
};

/** How long a time as the API takes it, such as "15m". */
const duration = z.string().regex(/^\d{1,8}[smhd]$/, 'Send a number with its unit, such as "15m" (s, m, h or d).');

/** What widgets with analyses know: the period up to now. */
const analysisOptions = {
  period_seconds: z
    .int()
    .min(60)
    .max(366 * DAY_SECONDS)
    .optional(),
};

/** Options by type of widget. Others beside them are kept and mean nothing here. */
const OPTIONS = {
  value: z.looseObject(readingOptions),
  table: z.looseObject(readingOptions),
  gauge: z.looseObject({ ...readingOptions, min: z.number().nullable().optional(), max: z.number().nullable().optional() }),
  chart: z.looseObject({
    kind: z.enum(CHART_KINDS).optional(),
    aggregation: z.enum(CHART_AGGREGATIONS).optional(),
    period_seconds: z
      .int()
      .min(60)
      .max(366 * DAY_SECONDS)
      .optional(),
    compare: z.enum(CHART_COMPARISONS).optional(),
    show_limits: z.boolean().optional(),
  }),
  status: z.looseObject({ problems_only: z.boolean().optional() }),
  alerts: z.looseObject({
    severities: z.array(z.enum(SEVERITIES)).max(SEVERITIES.length).optional(),
    unacknowledged_only: z.boolean().optional(),
    limit: z.int().min(1).max(100).optional(),
  }),
  map: z.looseObject({}),
  statistics: z.looseObject(analysisOptions),
  trend: z.looseObject({ ...analysisOptions, threshold: z.number().min(0).nullable().optional() }),
  timeseries: z.looseObject({
    ...analysisOptions,
    average: z
      .union([duration, z.string().regex(/^[1-9]\d{0,2}$/)], {
        error: 'Send a number of readings up to 999, such as "5", or a time, such as "10m".',
      })
      .optional(),
  }),
  correlation: z.looseObject({ ...analysisOptions, bucket: duration.optional() }),
  forecast: z.looseObject({
    ...analysisOptions,
    step: duration.optional(),
    horizon: z.int().min(1).max(MOST_HORIZON).optional(),
    confidence: z.number().min(50).max(99).optional(),
    model: z.enum(FORECAST_CHOICES).optional(),
    limit: z.number().nullable().optional(),
  }),
  text: z.looseObject({ text: z.string().optional() }),
} as const;

/** What is wrong with one field. */
interface Fault {
  path: (string | number)[];
  message: string;
}

/**
 * What is wrong with the options of a widget, by their place in it. Stored dashboards are never checked when they are read: one from
 * before an option was known stays readable.
 */
export function optionFaults(type: keyof typeof OPTIONS, options: Readonly<Record<string, unknown>>): Fault[] {
  const { error } = OPTIONS[type].safeParse(options);
  if (error !== undefined) {
    return error.issues.map(({ path, message }) => ({
      path: ['options', ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
      message,
    }));
  }
  return [...crossed(options, 'min', 'max'), ...crossed(options, 'lower_limit', 'upper_limit')];
}

function crossed(options: Readonly<Record<string, unknown>>, low: string, high: string): Fault[] {
  const [from, to] = [options[low], options[high]];
  if (typeof from !== 'number' || typeof to !== 'number' || from < to) return [];
  return [{ path: ['options', high], message: `It is ${String(to)}, which is not above "${low}" (${String(from)}); make it larger.` }];
}
