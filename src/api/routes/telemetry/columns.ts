import { setImmediate as nextTurn } from 'node:timers/promises';
import { MOST_COLUMN_POINTS } from '../../../contracts/telemetry-ranges.ts';
import type { ReadingChunk, TelemetrySeries } from '../../ports.ts';
import { streamed } from '../../route.ts';
import type { RouteReply } from '../../route.ts';
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

/** Readings that are written at a time; other requests have their turn in between. */
const PIECE = 10_000;

/**
 * Readings of one quantity of a device as columns (`telemetryColumnsSchema`), oldest first. Fails with INVALID_REQUEST unless `keys` names one that
 * the device has.
 */
export async function columnsOf(deps: SelectionDeps, of: { tenantId: string; deviceId: string }, query: ColumnsQuery): Promise<RouteReply> {
  const { tenantId, deviceId } = of;
  // A name with a comma in it is given twice, so that it is not taken for two.
  const [key, ...others] = new Set(query.keys);
  if (key === undefined || others.length > 0) throw badField('keys', '"format=columns" answers one quantity; name it in "keys".');
  const untilUs = query.end ?? usOfMs(deps.clock.nowMs());
  refuseEmptyPeriod(query.start, untilUs);
  const fromUs = readCursor(query.cursor, cursorUs) ?? query.start ?? '0';
  const [series] = await selectedSeries(deps, tenantId, { device_id: [deviceId], keys: [key] });
  if (series === undefined)
    throw badField('keys', `"${deviceId}" has no quantity "${key}"; GET /devices/${deviceId}/series shows what it has.`);
  const limit = query.limit ?? MOST_COLUMN_POINTS;
  const chunk = await deps.telemetry.chunk({ tenantId, seriesId: series.series_id, fromUs, untilUs, limit: limit + 1 });
  const next = chunk.count > limit ? nextCursor(String(chunk.timesUs[limit] ?? 0)) : null;
  return streamed({
    contentType: 'application/json; charset=utf-8',
    chunks: written(series, chunk, { count: Math.min(chunk.count, limit), next }),
  });
}

/** JSON in pieces: written at once, 100,000 readings would let everybody else wait. */
async function* written(
  series: TelemetrySeries,
  chunk: ReadingChunk,
  { count, next }: { count: number; next: string | null },
): AsyncGenerator<string> {
  const { device_id, key, kind, unit } = series;
  const iso = isoTimes();
  const columns: [string, (place: number) => unknown][] = [
    ['timestamps', (place) => iso(chunk.timesUs[place] ?? 0)],
    ['values', (place) => valueOf(kind, chunk, place)],
    ['qualities', (place) => chunk.qualities[place] ?? 100],
  ];
  yield JSON.stringify({ device_id, key, kind, unit }).slice(0, -1);
  for (const [name, itemAt] of columns) {
    yield `,"${name}":[`;
    for (let from = 0; from < count; from += PIECE) {
      const items = Array.from({ length: Math.min(PIECE, count - from) }, (_, place) => itemAt(from + place));
      yield `${from === 0 ? '' : ','}${JSON.stringify(items).slice(1, -1)}`;
      await nextTurn();
    }
    yield ']';
  }
  yield `,"next_cursor":${JSON.stringify(next)}}`;
}
