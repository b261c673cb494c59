import { localNowMs } from '../clock.ts';
import { pageLanguage } from '../language.ts';
import { learnServerTime } from '../live/server-clock.ts';
import type { Endpoints } from './endpoints.ts';
import { patiently } from './patience.ts';
import { ApiError, errorFrom, UNREACHABLE_STATUS } from './problem.ts';

const BASE_PATH = '/api/v1';
/** A request that has no answer after this long is given up: the person should see that the server is away. */
const TIMEOUT_MS = 20_000;

/** A route of the API, such as `GET /devices/{device_id}`. */
export type Endpoint = keyof Endpoints;
/** What a route takes: `params` of its path, `query`, `body`, as far as it has them. */
export type Input<Name extends Endpoint> = Omit<Endpoints[Name], 'response'>;
/** What a route answers; undefined when it answers nothing. */
export type Answer<Name extends Endpoint> = Endpoints[Name]['response'];

/** The parts that any input may have. */
interface Parts {
  params?: Readonly<Record<string, string | number>>;
  query?: Readonly<Record<string, QueryValue>>;
  body?: unknown;
}

type QueryValue = string | number | boolean | readonly string[] | undefined;

/**
 * Sends one request and answers the parsed body. Throws `ApiError` for every refusal and when nobody answers. That the answer has the
 * shape of the contracts the server's own tests hold: every answer in them is checked against the document these types are made of.
 */
export async function send<Name extends Endpoint>(name: Name, input: Input<Name>, token?: string): Promise<Answer<Name>> {
  const sentAtMs = localNowMs();
  const method = name.slice(0, name.indexOf(' '));
  const response = await patiently(method, () => fetchOrFail(name, input, token));
  learnServerTime(response.headers.get('date'), { sentAtMs, receivedAtMs: localNowMs() });
  const body = await response.text();
  if (!response.ok) throw errorFrom(response.status, body, response.headers.get('retry-after'));
  return (body === '' ? undefined : JSON.parse(body)) as Answer<Name>;
}

/** The address of a request under `/api/v1`: parameters and query are written so that no character of theirs means anything. */
export function addressOf(path: string, { params = {}, query = {} }: Omit<Parts, 'body'>): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = typeof value === 'object' ? value : value === undefined ? [] : [String(value)];
    for (const each of values) search.append(name, each);
  }
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

async function fetchOrFail(name: Endpoint, input: Parts, token: string | undefined): Promise<Response> {
  const [method = '', path = ''] = name.split(' ');
  const { body } = input;
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': pageLanguage() };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  // The only body that is a text is a CSV file.
  const isText = typeof body === 'string';
  if (body !== undefined) headers['content-type'] = isText ? 'text/csv' : 'application/json';
  try {
    return await fetch(`${BASE_PATH}${addressOf(path, input)}`, {
      method,
      headers,
      body: body === undefined ? null : isText ? body : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(UNREACHABLE_STATUS, { code: 'UNREACHABLE', detail: `The server did not answer (${reason}).` });
  }
}
