import type { StoredPoint, StoredTelemetry } from '../contracts/telemetry.ts';
import type { Series } from './series-registry.ts';
import { storedValue } from './series-registry.ts';

/**
 * The compact form of one group commit, kept in `ingest_batches` until every rule has judged it: arrival order, columns of
 * fixed width (little-endian), texts at the end. About 22 bytes a point.
 *
 *     u8 version | u32 messages | u32 rows | u32 bytes of texts
 *     f64 sequence[messages] | f64 receivedAtMs[messages] | u32 rowCount[messages]
 *     f64 timeUs[rows] | f64 value[rows] | i32 seriesId[rows] | u8 quality[rows]
 *     texts: a JSON list; the value of a text row is its place in it
 */
const VERSION = 1;
const HEADER_BYTES = 13;

/** The columns of a batch, in arrival order. */
export interface BatchColumns {
  sequences: readonly number[];
  receivedAtMs: readonly number[];
  rowCounts: readonly number[];
  timesUs: readonly number[];
  values: readonly number[];
  seriesIds: readonly number[];
  qualities: readonly number[];
  texts: readonly string[];
}

/** Packs the columns of a batch into bytes, in the version of the format that the first byte names. */
export function encodeBatch(columns: BatchColumns): Buffer {
  const messages = columns.sequences.length;
  const rows = columns.timesUs.length;
  const texts = columns.texts.length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(columns.texts));
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + messages * 20 + rows * 21 + texts.length);
  buffer.writeUInt8(VERSION, 0);
  buffer.writeUInt32LE(messages, 1);
  buffer.writeUInt32LE(rows, 5);
  buffer.writeUInt32LE(texts.length, 9);
  let at = HEADER_BYTES;
  for (const value of columns.sequences) at = buffer.writeDoubleLE(value, at);
  for (const value of columns.receivedAtMs) at = buffer.writeDoubleLE(value, at);
  for (const value of columns.rowCounts) at = buffer.writeUInt32LE(value, at);
  for (const value of columns.timesUs) at = buffer.writeDoubleLE(value, at);
  for (const value of columns.values) at = buffer.writeDoubleLE(value, at);
  for (const value of columns.seriesIds) at = buffer.writeInt32LE(value, at);
  for (const value of columns.qualities) at = buffer.writeUInt8(value, at);
  texts.copy(buffer, at);
  return buffer;
}

/** What a decoder must know of the series that a batch speaks of. */
export interface SeriesLookup {
  byId(seriesId: number): Series | undefined;
  tenantOf(deviceId: string): string | undefined;
}

/**
 * Reads what `encodeBatch` wrote and marks it as a replay. Rows of series that were removed since are left out, and so is a message
 * of which nothing is left.
 */
export function decodeBatch(lane: number, buffer: Buffer, lookup: SeriesLookup): StoredTelemetry[] {
  if (buffer.readUInt8(0) !== VERSION)
    throw new Error(`Unknown version ${String(buffer.readUInt8(0))} of a stored batch in lane ${String(lane)}`);
  const messages = buffer.readUInt32LE(1);
  const rows = buffer.readUInt32LE(5);
  const sequencesAt = HEADER_BYTES;
  const receivedAt = sequencesAt + messages * 8;
  const countsAt = receivedAt + messages * 8;
  const timesAt = countsAt + messages * 4;
  const valuesAt = timesAt + rows * 8;
  const seriesAt = valuesAt + rows * 8;
  const qualitiesAt = seriesAt + rows * 4;
  const textBytes = buffer.subarray(qualitiesAt + rows);
  const texts = textBytes.length === 0 ? [] : (JSON.parse(textBytes.toString('utf8')) as string[]);
  const decoded: StoredTelemetry[] = [];
  let row = 0;
  for (let m = 0; m < messages; m++) {
    const end = row + buffer.readUInt32LE(countsAt + m * 4);
    const points: StoredPoint[] = [];
    let deviceId: string | undefined;
    for (; row < end; row++) {
      const series = lookup.byId(buffer.readInt32LE(seriesAt + row * 4));
      if (series === undefined) continue;
      deviceId = series.deviceId;
      const value = buffer.readDoubleLE(valuesAt + row * 8);
      points.push(
        storedPoint(
          series,
          buffer.readDoubleLE(timesAt + row * 8),
          series.kind === 'text' ? (texts[value] ?? '') : value,
          buffer.readUInt8(qualitiesAt + row),
        ),
      );
    }
    const tenantId = deviceId === undefined ? undefined : lookup.tenantOf(deviceId);
    if (deviceId === undefined || tenantId === undefined) continue;
    const received = buffer.readDoubleLE(receivedAt + m * 8);
    const batch = buffer.readDoubleLE(sequencesAt + m * 8);
    decoded.push({ tenant_id: tenantId, device_id: deviceId, points, lane, batch, received_at: received, replay: true });
  }
  return decoded;
}

/** One point as flows see it. */
export function storedPoint(series: Series, timeUs: number, value: number | string, quality: number): StoredPoint {
  return {
    key: series.key,
    value: storedValue(series.kind, value) ?? 0,
    timestamp: Math.floor(timeUs / 1_000),
    time_us: timeUs,
    unit: series.unit,
    quality,
  };
}
