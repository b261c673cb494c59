import { z } from 'zod';
import { SERIES_KINDS } from './telemetry.ts';

/** What is computed of the readings of a bucket. */
export const AGGREGATE_FUNCTIONS = ['avg', 'min', 'max', 'sum', 'count', 'stddev'] as const;
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/** Buckets that one answer may have, over all series. */
export const MOST_BUCKETS = 10_000;
/** Readings that one answer in columns may have. */
export const MOST_COLUMN_POINTS = 100_000;

const figure = z.number().nullable().optional();

/** One bucket of one series: the figures that were asked for, null where there is nothing to compute them from. */
export const aggregateItemSchema = z
  .object({
    device_id: z.string(),
    key: z.string(),
    unit: z.string().nullable(),
    start: z.string().meta({ description: 'Where the bucket begins', examples: ['2026-01-31T06:00:00.000Z'] }),
    avg: figure,
    min: figure,
    max: figure,
    sum: figure,
    count: z.int().min(0).optional(),
    stddev: figure.meta({ description: 'Of the sample (n - 1); null for fewer than two readings' }),
  })
  .meta({ id: 'AggregateItem' });
export type AggregateItem = z.infer<typeof aggregateItemSchema>;

/** Readings of one series as columns of one length, oldest first: what a chart of a day needs, in a tenth of the size of a list. */
export const telemetryColumnsSchema = z
  .object({
    device_id: z.string(),
    key: z.string(),
    kind: z.enum(SERIES_KINDS),
    unit: z.string().nullable(),
    timestamps: z.array(z.string()).meta({ description: 'ISO 8601 UTC with six digits, oldest first' }),
    values: z.array(z.union([z.number(), z.boolean(), z.string()])),
    qualities: z.array(z.int().min(0).max(100)),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'TelemetryColumns' });
export type TelemetryColumns = z.infer<typeof telemetryColumnsSchema>;
