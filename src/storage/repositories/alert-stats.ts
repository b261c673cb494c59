import { ALERT_STATS_LIMITS } from '../../contracts/alert-stats.ts';
import type { AlertStats } from '../../contracts/alert-stats.ts';
import type { AlertStatus } from '../../contracts/alerts.ts';
import type { Severity } from '../../contracts/rules.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** Of which alerts: those that became known from `startMs` on and before `endMs` (epoch milliseconds), and those that are open. */
export interface AlertStatsQuery {
  tenantId: string;
  startMs: number;
  endMs: number;
  bucket: 'hour' | 'day';
}

interface Counted {
  status: AlertStatus;
  severity: Severity;
  n: number;
}

type Row = Pick<AlertStats, 'raised_per_bucket' | 'time_to_acknowledge_seconds' | 'time_to_resolve_seconds'> & {
  open: Counted[];
  raised: Counted[];
  devices_open: AlertStats['top_devices']['by_open'];
  devices_raised: AlertStats['top_devices']['by_raised'];
  rules_open: AlertStats['top_rules']['by_open'];
  rules_raised: AlertStats['top_rules']['by_raised'];
};

/** One statement, so that all figures are of one moment. */
const STATS = `
  with open as materialized (
    select status, severity, device_id, rule_id, rule_name, known_at from alerts where tenant_id = $1 and status <> 'resolved'
  ), raised as materialized (
    select status, severity, device_id, rule_id, rule_name, known_at, raised_at, acknowledged_at, resolved_at
      from alerts where tenant_id = $1 and known_at >= $2 and known_at < $3
  ), counted as materialized (
    select device_id, rule_id, rule_name, known_at, 1 as open, 0 as raised from open
    union all select device_id, rule_id, rule_name, known_at, 0, 1 from raised
  ), devices as materialized (
    select device_id, sum(open)::int as open, sum(raised)::int as raised from counted group by device_id
  ), rules as materialized (
    select rule_id, (array_agg(rule_name order by known_at desc))[1] as rule_name, sum(open)::int as open, sum(raised)::int as raised
      from counted group by rule_id
  ), buckets as (
    select ${isoMs('b.at')} as start, count(r.known_at)::int as total, count(*) filter (where severity = 'info')::int as info,
           count(*) filter (where severity = 'warning')::int as warning, count(*) filter (where severity = 'critical')::int as critical
      from generate_series(date_trunc($4, $2::timestamptz, 'UTC'), $3::timestamptz - interval '1 microsecond', $5::interval) b (at)
      left join raised r on date_trunc($4, r.known_at, 'UTC') = b.at group by b.at order by b.at
  )
  select ${listOf('select status, severity, count(*)::int as n from open group by 1, 2')} as open,
         ${listOf('select status, severity, count(*)::int as n from raised group by 1, 2')} as raised,
         ${listOf('select * from buckets')} as raised_per_bucket,
         ${listOf('select * from devices where open > 0 order by open desc, raised desc, device_id limit $6')} as devices_open,
         ${listOf('select * from devices where raised > 0 order by raised desc, open desc, device_id limit $6')} as devices_raised,
         ${listOf('select * from rules where open > 0 order by open desc, raised desc, rule_name, rule_id limit $6')} as rules_open,
         ${listOf('select * from rules where raised > 0 order by raised desc, open desc, rule_name, rule_id limit $6')} as rules_raised,
         ${meanOf('acknowledged_at', 'known_at')} as time_to_acknowledge_seconds,
         ${meanOf('resolved_at', 'raised_at')} as time_to_resolve_seconds`;

/** The statistics of a tenant's alerts; `start` and `end` are for the caller to add. */
export async function alertStats(db: Queryable, query: AlertStatsQuery): Promise<Omit<AlertStats, 'start' | 'end'>> {
  const { tenantId, startMs, endMs, bucket } = query;
  const step = bucket === 'hour' ? '1 hour' : '24 hours';
  const values = [tenantId, new Date(startMs), new Date(endMs), bucket, step, ALERT_STATS_LIMITS.top];
  const { rows } = await db.query<Row>(STATS, values);
  const [row] = rows;
  if (row === undefined) throw new Error('A statement without a condition answered no row.');
  return {
    open: { total: totalOf(row.open), by_status: statusesOf(row.open), by_severity: severitiesOf(row.open) },
    raised: {
      total: totalOf(row.raised),
      by_status: { ...statusesOf(row.raised), resolved: numberOf(row.raised, ({ status }) => status === 'resolved') },
      by_severity: severitiesOf(row.raised),
    },
    bucket,
    raised_per_bucket: row.raised_per_bucket,
    top_devices: { by_open: row.devices_open, by_raised: row.devices_raised },
    top_rules: { by_open: row.rules_open, by_raised: row.rules_raised },
    time_to_acknowledge_seconds: row.time_to_acknowledge_seconds,
    time_to_resolve_seconds: row.time_to_resolve_seconds,
  };
}

function listOf(query: string): string {
  return `(select coalesce(json_agg(x), '[]') from (${query}) x)`;
}

/** Clocks of devices may be ahead: no time is below 0. */
function meanOf(until: string, from: string): string {
  return `(select json_build_object('mean', round(avg(greatest(0, extract(epoch from ${until} - ${from})))::numeric, 3)::float8, 'count', count(${until}))
             from raised where ${until} is not null)`;
}

function numberOf(counted: readonly Counted[], matches: (counted: Counted) => boolean): number {
  return totalOf(counted.filter(matches));
}

function totalOf(counted: readonly Counted[]): number {
  return counted.reduce((sum, { n }) => sum + n, 0);
}

function statusesOf(counted: readonly Counted[]): { active: number; acknowledged: number } {
  return {
    active: numberOf(counted, ({ status }) => status === 'active'),
    acknowledged: numberOf(counted, ({ status }) => status === 'acknowledged'),
  };
}

function severitiesOf(counted: readonly Counted[]): Record<Severity, number> {
  return {
    info: numberOf(counted, ({ severity }) => severity === 'info'),
    warning: numberOf(counted, ({ severity }) => severity === 'warning'),
    critical: numberOf(counted, ({ severity }) => severity === 'critical'),
  };
}
