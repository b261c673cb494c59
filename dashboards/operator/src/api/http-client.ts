import { localNowMs } from '../clock.ts';
import { learnServerTime } from '../live/server-clock.ts';
import { patiently } from './patience.ts';
import { ApiError, errorFrom, UNREACHABLE_STATUS } from './problem.ts';

const BASE_PATH = '/api/v1';
/** A request that has no answer after this long is given up: the person should see that the server is away. */
const TIMEOUT_MS = 20_000;

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One request; `path` is under `/api/v1` and carries its query. */
export interface ApiRequest {
  method: HttpMethod;
  path: string;
  body?: unknown;
  token?: string | undefined;
}

/**
 * Sends one request and answers the parsed body (undefined for an empty one). Throws `ApiError` for every refusal and when
 * nobody answers. The caller names the shape, which the contracts define and the server's own tests hold.
 */
export async function send<Result>(request: ApiRequest): Promise<Result> {
  const sentAtMs = localNowMs();
  const response = await patiently(request.method, () => fetchOrFail(request));
  learnServerTime(response.headers.get('date'), { sentAtMs, receivedAtMs: localNowMs() });
  const body = await response.text();
  if (!response.ok) throw errorFrom(response.status, body, response.headers.get('retry-after'));
  return (body === '' ? undefined : JSON.parse(body)) as Result;
}

async function fetchOrFail(request: ApiRequest): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (request.token !== undefined) headers['authorization'] = `Bearer ${request.token}`;
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(`${BASE_PATH}${request.path}`, {
      method: request.method,
      headers,
      body: request.body === undefined ? null : JSON.stringify(request.body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(UNREACHABLE_STATUS, { code: 'UNREACHABLE', detail: `The server did not answer (${reason}).` });
  }
}
