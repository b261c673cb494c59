import { z } from 'zod';

/*
 * Trying a rule on the past. Times outside are ISO 8601 UTC, in series of numbers epoch milliseconds.
 */

/** What a rule would have done, in figures. Of all devices together. */
export const backtestSummarySchema = z
  .object({
    alerts: z.int(),
    alerts_per_day: z.number(),
    longest_seconds: z.number().meta({ description: 'The longest alert; one that is still active counts up to the end' }),
    alarm_seconds: z.number().meta({ description: 'Time in alarm, over all devices' }),
    alarm_share: z.number().meta({ description: 'Time in alarm by the time of all devices with readings, 0 to 1' }),
    chatter: z.int().meta({ description: 'How often it cleared and raised again within a minute' }),
  })
  .meta({ id: 'BacktestSummary' });
export type BacktestSummary = z.infer<typeof backtestSummarySchema>;

/** One alert that the rule would have raised. */
export const backtestAlertSchema = z
  .object({
    device_id: z.string(),
    raised_at: z.string(),
    /** Since when the condition held; with a duration earlier than `raised_at`. */
    since: z.string(),
    cleared_at: z.string().nullable(),
    value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    /** Violating readings in it. */
    occurrences: z.int(),
  })
  .meta({ id: 'BacktestAlert' });
export type BacktestAlert = z.infer<typeof backtestAlertSchema>;

/** What one version of the rule did in the period. */
export const backtestRunSchema = z
  .object({
    summary: backtestSummarySchema,
    /** The first 1,000 in order of time. */
    alerts: z.array(backtestAlertSchema),
    alerts_left_off: z.int(),
  })
  .meta({ id: 'BacktestRun' });
export type BacktestRun = z.infer<typeof backtestRunSchema>;

/** How a second version differs from the first. */
export const backtestDifferenceSchema = z
  .object({
    added: z.int(),
    removed: z.int(),
    /** Of the alerts that both raised: how much earlier the second one raised, seconds, the median; negative: later. */
    earlier_seconds: z.number(),
    text: z.string().meta({ examples: ['+14 alerts, -2, 6 min earlier'] }),
  })
  .meta({ id: 'BacktestDifference' });
export type BacktestDifference = z.infer<typeof backtestDifferenceSchema>;

/** One curve for a chart, thinned: of each bucket the first instant, the smallest and the largest value. */
export const backtestSeriesSchema = z
  .object({
    device_id: z.string(),
    key: z.string(),
    /** `reading`: as stored. `figure`: what the rule compares (the average, the difference), when that is another thing. */
    of: z.enum(['reading', 'figure']),
    unit: z.string().nullable(),
    at_ms: z.array(z.number()),
    min: z.array(z.number()),
    max: z.array(z.number()),
  })
  .meta({ id: 'BacktestSeries' });
export type BacktestSeries = z.infer<typeof backtestSeriesSchema>;

/** What came of it. */
export const backtestResultSchema = z
  .object({
    start: z.string(),
    end: z.string(),
    devices: z.int(),
    points: z.int(),
    /** What it took, seconds. */
    took_seconds: z.number(),
    run: backtestRunSchema,
    /** The version that it is compared with, and the difference between the two; null when there is none. */
    compared: backtestRunSchema.nullable(),
    difference: backtestDifferenceSchema.nullable(),
    /** Curves of the first device with readings (or the one that was asked for). */
    series: z.array(backtestSeriesSchema),
    /** What a reader must know: no readings, presence not replayed. */
    notes: z.array(z.string()),
  })
  .meta({ id: 'BacktestResult' });
export type BacktestResult = z.infer<typeof backtestResultSchema>;

/** A backtest that runs or has run. */
export const backtestSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(['running', 'done', 'failed', 'cancelled']),
    /** 0 to 1. */
    progress: z.number(),
    error: z.string().nullable(),
    result: backtestResultSchema.nullable(),
  })
  .meta({ id: 'Backtest' });
export type Backtest = z.infer<typeof backtestSchema>;

/** One step of the explanation of a decision, for a person. */
export const explanationStepSchema = z
  .object({
    /** What was looked at: scope, quality, reading, comparison, duration, cooldown, hours, decision ... */
    step: z.string(),
    /** `passed` leads on to a raise, `stopped` ends it here, `info` only tells. */
    outcome: z.enum(['passed', 'stopped', 'info']),
    text: z.string(),
  })
  .meta({ id: 'ExplanationStep' });
export type ExplanationStep = z.infer<typeof explanationStepSchema>;
