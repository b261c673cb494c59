import { z } from 'zod';
import { ruleInputSchema } from './stored-rules.ts';

/*
 * Trying a rule on the past. Times outside are ISO 8601 UTC, in series of numbers epoch milliseconds.
 */

/** The longest period of a backtest, days: a year, leap day included. */
export const LONGEST_BACKTEST_DAYS = 366;
/** How long the answer to POST waits for the end of a backtest unless told otherwise, and at most; seconds. */
export const BACKTEST_WAIT_SECONDS = { usual: 2, longest: 10 } as const;

const instantSchema = z.iso.datetime({ offset: true, error: 'Send ISO 8601 with a zone, such as 2026-01-31T06:30:00Z.' });

/** What a rule is compared with: a kept rule as it is now, one of its versions, or a rule that is not kept. */
export const comparedRuleSchema = z
  .strictObject({ rule_id: z.uuid().optional(), version: z.int().min(1).optional(), rule: ruleInputSchema.optional() })
  .superRefine(({ rule_id: ruleId, version, rule }, context) => {
    const add = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    if ((ruleId === undefined) === (rule === undefined)) add([], 'Send either {"rule_id": ...} or {"rule": {...}}.');
    else if (ruleId === undefined && version !== undefined) add(['version'], 'A version is one of a kept rule; send its "rule_id" too.');
  })
  .meta({ id: 'ComparedRule' });
export type ComparedRule = z.infer<typeof comparedRuleSchema>;

/** What every backtest is asked with. */
const askedFields = {
  device_id: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ description: 'Only this device; absent: every device of the scope of the rule that has its quantities' }),
  start: instantSchema.meta({ description: 'Readings from this instant on; to the millisecond' }),
  end: instantSchema.meta({ description: `Readings before this instant; at most ${String(LONGEST_BACKTEST_DAYS)} days after the start` }),
  compare_with: comparedRuleSchema.optional(),
  wait_seconds: z
    .number()
    .min(0)
    .max(BACKTEST_WAIT_SECONDS.longest)
    .optional()
    .meta({ description: 'How long the answer waits for the end; 2 unless given' }),
};

/** A backtest of a rule that is not kept. */
export const unsavedBacktestSchema = z.strictObject({ ...askedFields, rule: ruleInputSchema }).meta({ id: 'UnsavedBacktest' });

/** A backtest of a kept rule. With `rule` that one is tried instead and compared with the kept one: what would a change have changed. */
export const storedBacktestSchema = z
  .strictObject({ ...askedFields, rule: ruleInputSchema.optional() })
  .superRefine(({ rule, compare_with: comparedWith }, context) => {
    if (rule !== undefined && comparedWith !== undefined) {
      const message = 'A "rule" is compared with the kept one already; leave "compare_with" out, or send both to POST /rules/backtest.';
      context.addIssue({ code: 'custom', path: ['compare_with'], message });
    }
  })
  .meta({ id: 'StoredBacktest' });
export type BacktestQuestion = z.infer<typeof storedBacktestSchema>;

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

/** What changes from the rule compared with (`compared`) to the rule that is tried (`run`). */
export const backtestDifferenceSchema = z
  .object({
    added: z.int().meta({ description: 'Alerts of `run` that overlap none of `compared` on the same device' }),
    removed: z.int().meta({ description: 'Alerts of `compared` that overlap none of `run`' }),
    earlier_seconds: z
      .number()
      .meta({ description: 'Of the alerts that both raised: how much earlier `run` raised them, the median; negative: later' }),
    text: z.string().meta({ examples: ['+14 alerts, -2, 6 min earlier'] }),
  })
  .meta({ id: 'BacktestDifference' });
export type BacktestDifference = z.infer<typeof backtestDifferenceSchema>;

/** One curve for a chart, thinned: of each bucket the first instant, the smallest and the largest value. */
export const backtestSeriesSchema = z
  .object({
    device_id: z.string(),
    key: z.string(),
    /**
     * `reading`: as stored. `figure`: what `run` compares with its limit (the average, the difference), when that is another thing;
     * `compared_figure`: the same of `compared`, when its conditions are others.
     */
    of: z.enum(['reading', 'figure', 'compared_figure']),
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
    devices: z.int().meta({ description: 'Devices that were replayed, those without readings included' }),
    points: z.int().meta({ description: 'Readings of the period that were replayed, each counted once' }),
    /** What it took, seconds. */
    took_seconds: z.number(),
    /** What the rule that is tried would have done. */
    run: backtestRunSchema,
    /** What the one that it is compared with would have done, and what changes from this one to `run`; null when there is none. */
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
    progress: z.number().meta({ description: '0 to 1' }),
    ahead: z.int().meta({ description: 'While it waits for its turn: how many start before it; null once it has started' }).nullable(),
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
