import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Connection } from '../../../../src/contracts/connection.ts';
import type { Page } from '../../../../src/contracts/common.ts';
import type { Device } from '../../../../src/contracts/devices.ts';
import type { TelemetryItem } from '../../../../src/contracts/telemetry.ts';
import type { ApiRequest } from './http-client.ts';

/** How the pages send requests: as the signed-in person. */
export type Requester = <Result>(request: Omit<ApiRequest, 'token'>) => Promise<Result>;

const PAGE_SIZE = 500;
/** Lists end here rather than never: 50,000 entries are more than this page is made for. */
const MAX_PAGES = 100;

/** A list as far as it was read. */
export interface ReadList<Item> {
  items: Item[];
  /** False when there was more than the page reads. */
  complete: boolean;
}

async function readAll<Item>(request: Requester, path: string, maxPages = MAX_PAGES): Promise<ReadList<Item>> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const query: string = `${path.includes('?') ? '&' : '?'}limit=${String(PAGE_SIZE)}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const answer: Page<Item> = await request<Page<Item>>({ method: 'GET', path: `${path}${query}` });
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) return { items, complete: true };
  }
  return { items, complete: false };
}

/** Every device of the tenant. */
export async function listDevices(request: Requester): Promise<Device[]> {
  return (await readAll<Device>(request, '/devices')).items;
}

/** The newest value of every series. */
export async function listLatest(request: Requester): Promise<TelemetryItem[]> {
  return (await readAll<TelemetryItem>(request, '/telemetry/latest')).items;
}

/** Every alert that is not resolved. */
export async function listOpenAlerts(request: Requester): Promise<Alert[]> {
  return (await readAll<Alert>(request, '/alerts?status=active,acknowledged')).items;
}

/** The stored readings of one series between two instants (ISO 8601), as far as `maxPages` pages of 500 go. */
export function listSeries(
  request: Requester,
  series: { deviceId: string; key: string; start: string; end: string; maxPages: number },
): Promise<ReadList<TelemetryItem>> {
  const query = new URLSearchParams({ keys: series.key, start: series.start, end: series.end });
  // Given once, commas separate names; given twice, a name may have commas itself.
  if (series.key.includes(',')) query.append('keys', series.key);
  return readAll<TelemetryItem>(request, `/telemetry/${encodeURIComponent(series.deviceId)}?${query.toString()}`, series.maxPages);
}

/** One alert as it is now. */
export function getAlert(request: Requester, id: string): Promise<Alert> {
  return request({ method: 'GET', path: `/alerts/${encodeURIComponent(id)}` });
}

/** Acknowledges an alert, with a note if there is something to say. */
export function acknowledgeAlert(request: Requester, id: string, note: string): Promise<Alert | undefined> {
  const body = note.trim() === '' ? {} : { note: note.trim() };
  return request({ method: 'POST', path: `/alerts/${encodeURIComponent(id)}/acknowledge`, body });
}

/** Where devices connect. */
export function getConnection(request: Requester): Promise<Connection> {
  return request({ method: 'GET', path: '/connection' });
}

/** Removes the demo plant with its devices, keys and data. */
export async function removeDemo(request: Requester): Promise<void> {
  await request({ method: 'DELETE', path: '/demo' });
}

/** Registers a device and issues its first key, which is shown this once. */
export async function createDeviceWithKey(request: Requester, deviceId: string): Promise<string> {
  await request({ method: 'POST', path: '/devices', body: { device_id: deviceId } });
  const path = `/devices/${encodeURIComponent(deviceId)}/credentials`;
  const { key } = await request<{ key: string }>({ method: 'POST', path, body: {} });
  return key;
}
