import { ApiError } from '../api/problem.ts';
import type { Requester } from '../api/resources.ts';
import { parseMicros, parseMillis, toIso } from '../live/timestamps.ts';
import type { SeriesKind } from '../../../../src/contracts/telemetry.ts';
import type { Bucket, Reading } from './buckets.ts';
import type { ChartSeries } from './chart.ts';

/** More readings of a series than this are not fetched one by one. */
export const MOST_READINGS = 20_000;
/** What the API answers at most over all series of a request. */
const MOST_BUCKETS = 10_000;
const MOST_DEVICES = 100;

/** Between which instants (epoch milliseconds) something is asked for; the end is not included. */
export interface Range {
  startMs: number;
  endMs: number;
}

/** The readings of a series as far as they were fetched. */
export interface ReadReadings {
  readings: Reading[];
  /** Undefined when the series does not exist (yet). */
  kind: SeriesKind | undefined;
  unit: string | null;
  /** False when there are more than `MOST_READINGS`. */
  isComplete: boolean;
}

/** What identifies a series among others. */
export function seriesId({ deviceId, key }: Pick<ChartSeries, 'deviceId' | 'key'>): string {
  return `${deviceId}\n${key}`;
}

/** The stored readings of one series, oldest first. A series that does not exist has none. */
export async function readReadings(request: Requester, { deviceId, key }: ChartSeries, range: Range): Promise<ReadReadings> {
  const query = { format: 'columns', keys: namedKeys([key]), limit: String(MOST_READINGS), ...isoRange(range) } as const;
  try {
    const columns = await request('GET /telemetry/{device_id}', { params: { device_id: deviceId }, query });
    if (!('timestamps' in columns)) throw new Error('The server answered a list where columns were asked for.');
    const { timestamps, values, kind, unit } = columns;
    const readings = timestamps.flatMap((timestamp, place) => {
      const [timeUs, value] = [parseMicros(timestamp), values[place]];
      return timeUs === undefined || value === undefined ? [] : [{ timeUs, value }];
    });
    return { readings, kind, unit, isComplete: columns.next_cursor === null };
  } catch (error) {
    if (error instanceof ApiError && isUnknownSeries(error)) return { readings: [], kind: undefined, unit: null, isComplete: true };
    throw error;
  }
}

function isUnknownSeries(error: ApiError): boolean {
  return error.status === 404 || (error.status === 400 && error.fields.some(({ field }) => field === 'keys'));
}

/** Series that one request can ask for together: some keys of some devices, all combinations of them. */
export interface SeriesGroup {
  deviceIds: string[];
  keys: string[];
}

/** Puts series together that can be asked for at once; devices with the same keys share a request. */
export function groupsOf(series: readonly ChartSeries[]): SeriesGroup[] {
  const keysByDevice = new Map<string, Set<string>>();
  for (const { deviceId, key } of series) keysByDevice.set(deviceId, (keysByDevice.get(deviceId) ?? new Set()).add(key));
  const groups = new Map<string, SeriesGroup[]>();
  for (const [deviceId, keySet] of keysByDevice) {
    const keys = [...keySet].sort();
    const ofKeys = groups.get(JSON.stringify(keys)) ?? [];
    const last = ofKeys.at(-1);
    if (last !== undefined && last.deviceIds.length < MOST_DEVICES) last.deviceIds.push(deviceId);
    else ofKeys.push({ deviceIds: [deviceId], keys });
    groups.set(JSON.stringify(keys), ofKeys);
  }
  return [...groups.values()].flat();
}

/** How many buckets a series may have so that each group is answered in one request. */
export function mostBucketsPerSeries(groups: readonly SeriesGroup[]): number {
  const largest = Math.max(1, ...groups.map(({ deviceIds, keys }) => deviceIds.length * keys.length));
  // A period has up to two buckets more than fit into it, at its edges.
  return Math.max(1, Math.floor(MOST_BUCKETS / largest) - 2);
}

/** Buckets of a series, and its unit. */
export interface ReadBuckets {
  buckets: Bucket[];
  unit: string | null;
}

/** The figures of a group of series by the bucket, by `seriesId`. A series without readings is missing. */
export async function readBuckets(
  request: Requester,
  { deviceIds, keys }: SeriesGroup,
  { range, bucketSeconds }: { range: Range; bucketSeconds: number },
): Promise<Map<string, ReadBuckets>> {
  const query = {
    device_id: deviceIds,
    keys: namedKeys(keys),
    bucket: String(bucketSeconds),
    functions: 'avg,min,max,count',
    ...isoRange(range),
  };
  const { items } = await request('GET /telemetry/aggregate', { query });
  const bySeries = new Map<string, ReadBuckets>();
  for (const { device_id, key, unit, start, avg, min, max, count = 0 } of items) {
    const id = seriesId({ deviceId: device_id, key });
    const read = bySeries.get(id) ?? { buckets: [], unit };
    bySeries.set(id, read);
    // Values beyond what can be summed up have no figures.
    if (typeof avg !== 'number' || typeof min !== 'number' || typeof max !== 'number') continue;
    read.buckets.push({ startMs: parseMillis(start), count, mean: avg, min, max });
  }
  for (const { buckets } of bySeries.values()) buckets.sort((left, right) => left.startMs - right.startMs);
  return bySeries;
}

function isoRange({ startMs, endMs }: Range): { start: string; end: string } {
  return { start: toIso(Math.floor(startMs)), end: toIso(Math.ceil(endMs)) };
}

/** Given once, commas separate names; given twice, a name may have commas itself. */
function namedKeys(keys: readonly string[]): string[] {
  return keys.length === 1 && keys[0]?.includes(',') === true ? [...keys, ...keys] : [...keys];
}
