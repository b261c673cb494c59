import { z } from 'zod';

/** Bounds of the statistics of alerts. */
export const ALERT_STATS_LIMITS = {
  /** The longest period, days. */
  days: 366,
  /** Up to this length alerts are counted per hour, beyond per day; days. */
  hourlyDays: 7,
  /** Devices and rules in each list. */
  top: 10,
} as const;

const count = z.int().min(0);
const bySeverity = z.object({ info: count, warning: count, critical: count });
const meanSchema = z
  .object({ mean: z.number().nullable().meta({ description: 'null when there is none to count' }), count })
  .meta({ id: 'MeanSeconds' });

const deviceCountSchema = z.object({ device_id: z.string(), open: count, raised: count }).meta({ id: 'AlertsOfDevice' });
const ruleCountSchema = z.object({ rule_id: z.uuid(), rule_name: z.string(), open: count, raised: count }).meta({ id: 'AlertsOfRule' });

/**
 * What GET /alerts/stats answers. `open` is now, whenever it was raised; everything else is of alerts that became known in the period, as
 * GET /alerts with the same `start` and `end` lists them.
 */
export const alertStatsSchema = z
  .object({
    start: z.string(),
    end: z.string(),
    open: z.object({ total: count, by_status: z.object({ active: count, acknowledged: count }), by_severity: bySeverity }),
    raised: z.object({
      total: count,
      by_status: z.object({ active: count, acknowledged: count, resolved: count }).meta({ description: 'By the status they have now' }),
      by_severity: bySeverity,
    }),
    bucket: z.enum(['hour', 'day']).meta({ description: 'hour for up to 7 days, day for more; in UTC' }),
    raised_per_bucket: z.array(z.object({ start: z.string(), total: count, ...bySeverity.shape })),
    top_devices: z.object({ by_open: z.array(deviceCountSchema), by_raised: z.array(deviceCountSchema) }),
    top_rules: z.object({ by_open: z.array(ruleCountSchema), by_raised: z.array(ruleCountSchema) }),
    time_to_acknowledge_seconds: meanSchema.meta({ description: 'From when it was known until a person acknowledged it' }),
    time_to_resolve_seconds: meanSchema.meta({ description: 'From when it was raised until it was over' }),
  })
  .meta({ id: 'AlertStats' });
export type AlertStats = z.infer<typeof alertStatsSchema>;
