import { z } from 'zod';

/** From what an analysis was computed: every reading, or the roll-up by the minute (docs/analytics.md says what that means for each figure). */
export const ANALYSIS_SOURCES = ['readings', 'minutes'] as const;
export type AnalysisSource = (typeof ANALYSIS_SOURCES)[number];

/** How a trend is named: by its slope and by whether that may be chance. */
export const TREND_CLASSES = ['increasing', 'decreasing', 'stable'] as const;
export type TrendClass = (typeof TREND_CLASSES)[number];

/** How a forecast is made; `auto` takes the one with the smaller back-tested error. */
export const FORECAST_CHOICES = ['auto', 'linear', 'holt_winters'] as const;

/** The most days one analysis looks at. */
export const MOST_ANALYSIS_DAYS = 400;
/** Slope per minute from which a trend is more than stable, unless another is given. */
export const DEFAULT_TREND_THRESHOLD = 0.01;
/** Below this p-value a slope is taken for more than chance. */
export const SIGNIFICANT_P = 0.05;
/** The most steps a forecast looks ahead. */
export const MOST_HORIZON = 100;

const figure = z.number().nullable();

const period = {
  device_id: z.string(),
  key: z.string(),
  unit: z.string().nullable().meta({ description: 'Of the readings; null when the series has none' }),
  start: z.string().meta({ description: 'The period: from this instant on', examples: ['2026-01-31T06:00:00.000Z'] }),
  end: z.string().meta({ description: 'Before this instant' }),
};

const head = {
  ...period,
  source: z.enum(ANALYSIS_SOURCES).meta({ description: '`minutes`: from the roll-up by the minute, as the period has too many readings' }),
  count: z.int().min(0).meta({ description: 'Readings in the period; with `interval` the buckets that have one' }),
  interval_seconds: z
    .number()
    .nullable()
    .meta({ description: 'Figures are those of the means of buckets of this length; null: of readings' }),
  undefined_because: z.record(z.string(), z.string()).meta({
    description: 'Why a figure is null, by its name',
    examples: [{ r_squared: 'All readings are equal: there is no variance to explain.' }],
  }),
};

/** Figures of one series. */
export const statisticsSchema = z
  .object({
    ...head,
    mean: figure,
    median: figure,
    stddev: figure.meta({ description: 'Standard deviation of the sample (n - 1)' }),
    variance: figure.meta({ description: 'Of the sample; in the square of the unit' }),
    min: figure,
    max: figure,
    range: figure,
    percentiles: z.record(z.string(), figure).meta({
      description: 'By their number, between two readings by straight line (percentile_cont)',
      examples: [{ '25': 20.1, '50': 21.4, '75': 22 }],
    }),
    interquartile_range: figure,
    coefficient_of_variation: figure.meta({ description: 'Standard deviation by the size of the mean; without unit' }),
  })
  .meta({ id: 'SeriesStatistics' });
export type SeriesStatistics = z.infer<typeof statisticsSchema>;

/** Where a series is going. */
export const trendSchema = z
  .object({
    ...head,
    trend: z.enum(TREND_CLASSES).nullable(),
    slope_per_minute: figure.meta({ description: 'By least squares; in the unit per minute' }),
    r_squared: figure.meta({ description: 'The share of the variance that the line explains, 0 to 1' }),
    p_value: figure.meta({ description: 'How likely such a slope is when there is none, 0 to 1, if readings were independent' }),
    autocorrelation: figure.meta({
      description: 'How much what the line leaves depends on what it left one reading before, -1 to 1; of the newest 2,000',
    }),
    effective_count: figure.meta({
      description: 'As how many independent readings they count: n (1 - a) / (1 + a) with the autocorrelation a',
    }),
    adjusted_p_value: figure.meta({ description: 'The p-value for so many readings; below 0.05 the slope is more than chance' }),
    threshold_per_minute: z.number(),
    value_at_start: figure.meta({ description: 'Of the line where the period begins, in the unit' }),
    value_at_end: figure.meta({ description: 'Of the line where the period ends' }),
    mean: figure,
    stddev: figure,
    min: figure,
    max: figure,
  })
  .meta({ id: 'SeriesTrend' });
export type SeriesTrend = z.infer<typeof trendSchema>;

const errors = { rmse: z.number(), mae: z.number() };

/** What is expected of a series. */
export const forecastSchema = z
  .object({
    ...head,
    count: z
      .int()
      .min(0)
      .meta({ description: 'Readings that were looked at, the newest 2,000 at most; with `interval` buckets that have one' }),
    model: z.enum(['linear', 'holt_winters']).nullable(),
    interval_seconds: z.number().nullable().meta({ description: 'From one step to the next' }),
    season_seconds: z.number().nullable().meta({ description: 'How long a season lasts; null for none' }),
    fitted_steps: z.int().meta({ description: 'How many steps the model was fitted to, the newest' }),
    filled_steps: z.int().meta({ description: 'How many of them had no reading and lie on the straight line between their neighbours' }),
    confidence: z.number().meta({ description: 'Of the intervals, percent' }),
    steps: z.array(z.object({ at: z.string(), mean: z.number(), low: z.number(), high: z.number() })),
    rmse: figure.meta({ description: 'Root of the mean squared error where the model was fitted, in the unit' }),
    r_squared: figure,
    backtest: z
      .object({ steps: z.int(), ...errors, naive: z.object(errors), better_than_naive: z.boolean() })
      .nullable()
      .meta({
        description: 'The error on the newest steps, which the model had not seen, beside the guess that nothing changes: trust this one',
      }),
    limit: z
      .object({
        value: z.number(),
        earliest: z.string().nullable(),
        expected: z.string().nullable(),
        latest: z.string().nullable(),
      })
      .nullable()
      .meta({
        description:
          'When the limit that was asked for is reached: the newest step when it is at it; null for each that is not within 1,000 steps',
      }),
  })
  .meta({ id: 'SeriesForecast' });
export type SeriesForecast = z.infer<typeof forecastSchema>;

/** Readings with what changed between them. */
export const timeSeriesSchema = z
  .object({
    ...period,
    interval_seconds: z.number().nullable().meta({ description: 'Items are means of buckets of this length; null: readings' }),
    min_value: z.number().nullable().meta({ description: 'Smaller values were left out; null: none' }),
    max_value: z.number().nullable().meta({ description: 'Larger values were left out; null: none' }),
    moving_average_over: z.string().meta({ description: 'Of what each `moving_average` is', examples: ['5 readings', '600 s'] }),
    gap_seconds: z
      .number()
      .nullable()
      .meta({ description: 'From this distance on a reading is marked as behind a gap: three times the usual one' }),
    items: z.array(
      z.object({
        at: z.string(),
        value: z.number(),
        moving_average: figure,
        rate_per_minute: figure.meta({ description: 'Change since the reading before, per minute; null for the first one' }),
        after_gap: z.boolean(),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'AnalysedTimeSeries' });
export type AnalysedTimeSeries = z.infer<typeof timeSeriesSchema>;

const correlatedSchema = z.object({ device_id: z.string(), key: z.string(), unit: z.string().nullable() });

/** How quantities go together, each with each. */
export const correlationSchema = z
  .object({
    start: z.string(),
    end: z.string(),
    paired_by: z.enum(['bucket', 'nearest']),
    bucket_seconds: z.number().nullable(),
    tolerance_seconds: z.number().nullable(),
    pairs: z.array(
      z.object({
        first: correlatedSchema,
        second: correlatedSchema,
        n: z.int().meta({ description: 'Paired observations' }),
        r: figure.meta({ description: 'Pearson, -1 to 1' }),
        covariance: figure.meta({ description: 'Of the sample' }),
        p_value: figure,
        strength: z
          .enum(['negligible', 'small', 'medium', 'large'])
          .nullable()
          .meta({ description: 'By Cohen: from 0.1 small, 0.3 medium, 0.5 large' }),
        is_significant: z.boolean().nullable().meta({ description: 'p below 0.05, of five pairs at least' }),
        needed_n: z
          .int()
          .nullable()
          .meta({ description: 'How many pairs it takes to find a correlation of this size in four of five cases' }),
        is_sample_enough: z.boolean().nullable().meta({ description: 'There are so many' }),
        best_lag: z
          .object({ seconds: z.number(), r: z.number(), n: z.int() })
          .nullable()
          .meta({ description: 'With `max_lag`: by how much the second follows the first where they go together most' }),
        undefined_because: z.record(z.string(), z.string()),
      }),
    ),
  })
  .meta({ id: 'Correlation' });
export type Correlation = z.infer<typeof correlationSchema>;
