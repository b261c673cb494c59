import { MOST_COLUMN_POINTS } from '../../../contracts/telemetry-ranges.ts';
import type { TelemetryColumns } from '../../../contracts/telemetry-ranges.ts';
import { cursorUs, nextCursor, readCursor } from '../../cursor.ts';
import { valueOf } from './export-format.ts';
import { isoTimes } from './iso-times.ts';
import { badField, refuseEmptyPeriod, selectedSeries, usOfMs } from './selection.ts';
import type { SelectionDeps } from './selection.ts';

/** What is asked of one series; instants are whole epoch microseconds as text. */
export interface ColumnsQuery {
  start?: string | undefined;
  end?: string | undefined;
  keys?: readonly string[] | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** Readings of one quantity of a device as columns, oldest first. Fails with INVALID_REQUEST unless `keys` names one that the device has. */
export async function columnsOf(
  deps: SelectionDeps,
  of: { tenantId: string; deviceId: string },
  query: ColumnsQuery,
): Promise<TelemetryColumns> {
  const { tenantId, deviceId } = of;
  const [key, ...others] = query.keys ?? [];
  if (key === undefined || others.length > 0) throw badField('keys', '"format=columns" answers one quantity; name it in "keys".');
  const untilUs = query.end ?? usOfMs(deps.clock.nowMs());
  refuseEmptyPeriod(query.start, untilUs);
  const fromUs = readCursor(query.cursor, cursorUs) ?? query.start ?? '0';
  const [series] = await selectedSeries(deps, tenantId, { device_id: [deviceId], keys: [key] });
  if (series === undefined)
    throw badField('keys', `"${deviceId}" has no quantity "${key}"; GET /devices/${deviceId}/series shows what it has.`);
  const limit = query.limit ?? MOST_COLUMN_POINTS;
  const chunk = await deps.telemetry.chunk({ tenantId, seriesId: series.series_id, fromUs, untilUs, limit: limit + 1 });
  const count = Math.min(chunk.count, limit);
  const iso = isoTimes();
  const { device_id, kind, unit } = series;
  return {
    ...{ device_id, key, kind, unit },
    timestamps: Array.from({ length: count }, (_, place) => iso(chunk.timesUs[place] ?? 0)),
    values: Array.from({ length: count }, (_, place) => valueOf(kind, chunk, place)),
    qualities: Array.from({ length: count }, (_, place) => chunk.qualities[place] ?? 100),
    next_cursor: chunk.count > limit ? nextCursor(String(chunk.timesUs[limit] ?? 0)) : null,
  };
}
