import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Connection } from '../../../../src/contracts/connection.ts';
import type { Page } from '../../../../src/contracts/common.ts';
import type { Device, SeriesItem } from '../../../../src/contracts/devices.ts';
import type { Notification } from '../../../../src/contracts/notifications.ts';
import type { TelemetryItem } from '../../../../src/contracts/telemetry.ts';
import type { Answer, Endpoint, Input } from './http-client.ts';
import { ApiError } from './problem.ts';

/** How the pages send requests: as the signed-in person. */
export type Requester = <Name extends Endpoint>(name: Name, input: Input<Name>) => Promise<Answer<Name>>;

/** How many entries of a list come with one request. */
export const PAGE_SIZE = 500;
/** Lists end here rather than never: 50,000 entries are more than this page is made for. */
const MAX_PAGES = 100;

/** A list as far as it was read. */
export interface ReadList<Item> {
  items: Item[];
  /** False when there was more than the page reads. */
  complete: boolean;
}

/** One page of a list: `limit` entries after `cursor`. */
interface PageQuery {
  limit: number;
  cursor: string | undefined;
}

async function readAll<Item>(
  readPage: (page: PageQuery) => Promise<Page<Item>>,
  maxPages = MAX_PAGES,
  isWanted: () => boolean = () => true,
): Promise<ReadList<Item>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages && isWanted(); page += 1) {
    const answer: Page<Item> = await readPage({ limit: PAGE_SIZE, cursor });
    items.push(...answer.items);
    if (answer.next_cursor === null) return { items, complete: true };
    cursor = answer.next_cursor;
  }
  return { items, complete: false };
}

/** Every device of the tenant; some of them when it is not wanted any more. */
export async function listDevices(request: Requester, isWanted: () => boolean): Promise<Device[]> {
  return (await readAll((page) => request('GET /devices', { query: page }), MAX_PAGES, isWanted)).items;
}

/** One device; undefined when there is none (any more). */
export async function findDevice(request: Requester, deviceId: string): Promise<Device | undefined> {
  try {
    return await request('GET /devices/{device_id}', { params: { device_id: deviceId } });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** How the quantities of a device are shown. */
export async function listLooks(request: Requester, deviceId: string): Promise<SeriesItem[]> {
  const params = { device_id: deviceId };
  return (await readAll((page) => request('GET /devices/{device_id}/series', { params, query: page }))).items;
}

/** The newest value of every series, as far as `maxPages` pages of 500 go. */
export function listLatest(request: Requester, maxPages: number): Promise<ReadList<TelemetryItem>> {
  return readAll((page) => request('GET /telemetry/latest', { query: page }), maxPages);
}

/** Device ids in one address; an id has up to 128 characters. */
const IDS_AT_ONCE = 40;

/** The newest value of every series of some devices. */
export async function listLatestOf(request: Requester, deviceIds: readonly string[]): Promise<TelemetryItem[]> {
  const parts = Array.from({ length: Math.ceil(deviceIds.length / IDS_AT_ONCE) }, (_, n) =>
    deviceIds.slice(n * IDS_AT_ONCE, (n + 1) * IDS_AT_ONCE),
  );
  const lists = await Promise.all(
    parts.map((ids) => readAll((page) => request('GET /telemetry/latest', { query: { ...page, device_ids: ids.join(',') } }))),
  );
  return lists.flatMap(({ items }) => items);
}

/** Every alert that is not resolved. */
export async function listOpenAlerts(request: Requester): Promise<Alert[]> {
  return (await readAll((page) => request('GET /alerts', { query: { status: 'active,acknowledged', ...page } }))).items;
}

/** The stored readings of one series between two instants (ISO 8601), as far as `maxPages` pages of 500 go. */
export function listSeries(
  request: Requester,
  series: { deviceId: string; key: string; start: string; end: string; maxPages: number },
): Promise<ReadList<TelemetryItem>> {
  const { deviceId, key, start, end, maxPages } = series;
  // Given once, commas separate names; given twice, a name may have commas itself.
  const keys = key.includes(',') ? [key, key] : key;
  const params = { device_id: deviceId };
  return readAll(async ({ limit, cursor }) => {
    const page = await request('GET /telemetry/{device_id}', { params, query: { keys, start, end, limit: String(limit), cursor } });
    if ('items' in page) return page;
    throw new Error('The server answered columns, which nobody asked for.');
  }, maxPages);
}

/** One alert as it is now. */
export function getAlert(request: Requester, id: string): Promise<Alert> {
  return request('GET /alerts/{id}', { params: { id } });
}

/** Acknowledges an alert, with a note if there is something to say. */
export function acknowledgeAlert(request: Requester, id: string, note: string): Promise<Alert | undefined> {
  const body = note.trim() === '' ? {} : { note: note.trim() };
  return request('POST /alerts/{id}/acknowledge', { params: { id }, body });
}

/** Who was told of an alert, the newest first; more than 500 are not shown. */
export async function listTold(request: Requester, alertId: string): Promise<Notification[]> {
  return (await request('GET /notifications', { query: { alert_id: alertId, limit: PAGE_SIZE } })).items;
}

/** Tries a failed notification again. */
export async function retryNotification(request: Requester, id: string): Promise<void> {
  await request('POST /notifications/{id}/retry', { params: { id } });
}

/** Where devices connect. */
export function getConnection(request: Requester): Promise<Connection> {
  return request('GET /connection', {});
}

/** Removes the demo plant with its devices, keys and data. */
export async function removeDemo(request: Requester): Promise<void> {
  await request('DELETE /demo', {});
}

/** Registers a device and issues its first key, which is shown this once. */
export async function createDeviceWithKey(request: Requester, deviceId: string): Promise<string> {
  await request('POST /devices', { body: { device_id: deviceId } });
  const { key } = await request('POST /devices/{device_id}/credentials', { params: { device_id: deviceId }, body: {} });
  return key;
}
