import type { RuleScope, RuleTransition } from '../../contracts/rules.ts';
import type { PointValue, SeriesKind } from '../../contracts/telemetry.ts';
import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoMs } from './columns.ts';

/** A device as far as scopes and messages go. */
export interface RuleDeviceRow {
  deviceId: string;
  name: string;
  type: string;
  location: string;
}

const DEVICE = `d.device_id as "deviceId", d.name, d.type, d.location`;

/** One device of a tenant as rules see it. */
export async function deviceForRule(db: Queryable, tenantId: string, deviceId: string): Promise<RuleDeviceRow | undefined> {
  const { rows } = await db.query<RuleDeviceRow>(`select ${DEVICE} from devices d where d.tenant_id = $1 and d.device_id = $2`, [
    tenantId,
    deviceId,
  ]);
  return rows[0];
}

/** The first device of a scope by id; one that has the quantity (undefined: any) before all others. */
export async function firstDeviceOfScope(
  db: Queryable,
  of: { tenantId: string; scope: RuleScope; key: string | undefined },
): Promise<RuleDeviceRow | undefined> {
  const { rows } = await db.query<RuleDeviceRow>(
    `select ${DEVICE} from devices d
      where d.tenant_id = $1 and $2 in ('', d.device_id) and $3 in ('', d.type) and $4 in ('', d.location)
      order by exists (select 1 from series s where s.device_id = d.device_id and s.key = $5) desc, d.device_id limit 1`,
    [of.tenantId, of.scope.device_id ?? '', of.scope.device_type ?? '', of.scope.location ?? '', of.key ?? null],
  );
  return rows[0];
}

/** The running state of a rule for a device, as of the last checkpoint (about a second ago). */
export interface RunningRuleState {
  state: unknown;
  unit: string | null;
  lateCount: number;
  lateLast: string | null;
}

/** Where a rule is with a device; undefined when it has judged nothing for it. */
export async function runningStateOf(
  db: Queryable,
  of: { tenantId: string; ruleId: string; deviceId: string },
): Promise<RunningRuleState | undefined> {
  const { rows } = await db.query<RunningRuleState>(
    `select state, last_unit as unit, late_count::float8 as "lateCount", ${isoMs('late_last')} as "lateLast"
       from rule_states where tenant_id = $1 and rule_id = $2 and device_id = $3`,
    [of.tenantId, of.ruleId, of.deviceId],
  );
  return rows[0];
}

/** How far before the newest reading that is known a reading is looked for, microseconds (seven days). */
const LOOK_BACK_US = 7 * 86_400 * 1_000_000;

/** A stored reading with its quality. */
export interface EvidenceReading {
  timeUs: number;
  value: PointValue;
  quality: number;
}

/** A series and what was stored in it. */
export interface SeriesEvidence {
  kind: SeriesKind;
  unit: string | null;
  /** Oldest first. */
  readings: EvidenceReading[];
}

/**
 * The readings of one quantity up to an instant (included, epoch microseconds): the newest of them and those of the `spanUs` before it, at most
 * the newest `limit`. Undefined when the device has no such quantity.
 */
export async function readingsOfSeries(
  db: Queryable,
  of: { tenantId: string; deviceId: string; key: string },
  range: { throughUs: number; spanUs: number; limit: number },
): Promise<SeriesEvidence | undefined> {
  const { rows } = await db.query<{ seriesId: number; kind: SeriesKind; unit: string | null; latest: string | null }>(
    `select s.series_id as "seriesId", s.kind, s.unit,
            (select ${epochUs('l.time')} from telemetry_latest_readings l where l.series_id = s.series_id) as latest
       from series s where s.tenant_id = $1 and s.device_id = $2 and s.key = $3`,
    [of.tenantId, of.deviceId, of.key],
  );
  const series = rows[0];
  if (series === undefined) return undefined;
  const { throughUs, spanUs, limit } = range;
  // The newest known is a second behind, and an instant in the past has newer ones behind it: both are a look into few partitions.
  const latestUs = Math.min(series.latest === null ? throughUs : Number(series.latest), throughUs);
  const [newest] = await readings(db, series, { fromUs: latestUs - LOOK_BACK_US, throughUs, limit: 1 });
  if (newest === undefined) return { kind: series.kind, unit: series.unit, readings: [] };
  return {
    kind: series.kind,
    unit: series.unit,
    readings: await readings(db, series, { fromUs: newest.timeUs - spanUs, throughUs, limit }),
  };
}

async function readings(
  db: Queryable,
  series: { seriesId: number; kind: SeriesKind },
  range: { fromUs: number; throughUs: number; limit: number },
): Promise<EvidenceReading[]> {
  const { rows } = await db.query<[string, number | null, string | null, number]>({
    text: `select ${epochUs('time')}, value, text_value, quality
             from readings_of_series($1::int[], ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, null, null, $4) order by time`,
    values: [[series.seriesId], String(range.fromUs), String(range.throughUs + 1), range.limit],
    rowMode: 'array',
  });
  return rows.map(([timeUs, value, text, quality]) => ({ timeUs: Number(timeUs), value: valueOf(series.kind, value, text), quality }));
}

/** Booleans are stored as 0 and 1; the series knows. */
function valueOf(kind: SeriesKind, value: number | null, text: string | null): PointValue {
  if (kind === 'text') return text ?? '';
  return kind === 'boolean' ? value === 1 : (value ?? 0);
}

/** The decision that opened an alert; undefined when it was not recorded. */
export async function raisingTransition(
  db: Queryable,
  alert: { tenantId: string; ruleId: string; deviceId: string; raisedAt: string },
): Promise<RuleTransition | undefined> {
  const { rows } = await db.query<{ body: RuleTransition }>(
    `select body from rule_transitions
      where tenant_id = $1 and rule_id = $2 and device_id = $3 and kind = 'raised' and (body ->> 'at')::timestamptz = $4::timestamptz
      order by transition_no desc limit 1`,
    [alert.tenantId, alert.ruleId, alert.deviceId, alert.raisedAt],
  );
  return rows[0]?.body;
}
