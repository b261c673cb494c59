import { z } from 'zod';
import type { ReadingChunk, TelemetryQueries, TelemetrySeries } from '../../ports.ts';
import { defineRoute, streamed } from '../../route.ts';
import type { Route } from '../../route.ts';
import { EXPORT_FORMATS, csvHead, formatOf } from './export-format.ts';
import type { ExportFormat } from './export-format.ts';
import { refuseEmptyPeriod, selectedSeries, selectionQuery, usOfMs } from './selection.ts';
import type { SelectionDeps } from './selection.ts';

/** Readings in memory at a time; a statement for so many takes some 30 ms. */
const CHUNK_READINGS = 10_000;
/** Before any reading that can be stored. */
const BEGINNING_US = '0';
const CONTENT_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

const exportQuery = selectionQuery.extend({
  format: z.enum(EXPORT_FORMATS).optional().meta({ description: '`csv` unless given' }),
});

/** Readings as a file. */
export function exportRoute(deps: SelectionDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/telemetry/export',
    permission: 'telemetry:read',
    tag: 'telemetry',
    rate: 'telemetry',
    summary: 'Readings as CSV or NDJSON',
    description:
      'Sent while it is read, however long it is: series by series (device, key), the oldest reading first. Readings that are stored meanwhile are in it when their turn has not come. An answer that ends before its time is not whole: the connection is broken off.',
    query: exportQuery,
    responses: { 200: { description: 'Readings', contentTypes: Object.values(CONTENT_TYPES) } },
    problems: ['NOT_FOUND'],
    handler: async ({ caller, query }) => {
      const { tenantId } = caller.principal;
      const startUs = query.start ?? BEGINNING_US;
      const endUs = query.end ?? usOfMs(deps.clock.nowMs());
      refuseEmptyPeriod(query.start, endUs);
      const series = await selectedSeries(deps, tenantId, query);
      const format = query.format ?? 'csv';
      return streamed({
        contentType: `${CONTENT_TYPES[format]}; charset=utf-8`,
        fileName: `telemetry.${format}`,
        chunks: exported(deps.telemetry, { tenantId, series, startUs, endUs, format }),
      });
    },
  });
}

interface Export {
  tenantId: string;
  series: readonly TelemetrySeries[];
  startUs: string;
  endUs: string;
  format: ExportFormat;
}

/** Each chunk is a short transaction of its own: a client that reads slowly holds no connection of the database. */
async function* exported(telemetry: Pick<TelemetryQueries, 'chunk'>, what: Export): AsyncGenerator<string> {
  const { tenantId, series, format } = what;
  if (format === 'csv') yield csvHead;
  for (const one of series) {
    const textOf = formatOf(format, one);
    const read = (fromUs: string): Promise<ReadingChunk> =>
      telemetry.chunk({ tenantId, seriesId: one.series_id, fromUs, untilUs: what.endUs, limit: CHUNK_READINGS });
    for (let fromUs = what.startUs; ;) {
      const chunk = await read(fromUs);
      if (chunk.count > 0) yield textOf(chunk);
      if (chunk.count < CHUNK_READINGS) break;
      fromUs = String((chunk.timesUs[chunk.count - 1] ?? 0) + 1);
    }
  }
}
