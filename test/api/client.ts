import type { Tokens } from '../../src/contracts/auth.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import type { ResponseCheck } from '../support/response-check.ts';

export const PASSWORD = 'a password only for tests';
const PREFIX = '/api/v1';
/** The document of every server that was started, by its address. */
export const checks = new Map<string, ResponseCheck>();

/** Everything that an item of a list may have; tests assert what they find. */
export interface Item {
  id: string;
  device_id: string;
  key: string;
  kind: string;
  name: string;
  username: string;
  built_in: boolean;
  permissions: string[];
  prefix: string;
  timestamp: string;
  value: unknown;
  unit: string | null;
  quality: number;
  reason: string;
  source: string;
  raw: string;
  size_bytes: number;
  last_at: string | null;
  last_used_at: string | null;
}

/** Everything that the body of an answer may have. */
export interface Body extends Omit<Item, 'unit' | 'value'>, Tokens {
  status: string | number;
  code: string;
  detail: string;
  remedy: string;
  instance: string;
  request_id: string;
  permission: string;
  errors: { field: string; message: string }[];
  items: Item[];
  next_cursor: string | null;
  stored: number;
  duplicates: number;
  rejected: { index: number; field: string | null; reason: string; message: string }[];
  username: string;
  role: string;
  roles: string[];
  email: string | null;
  description: string;
  display_name: string | null;
  disabled: boolean;
  built_in: boolean;
  password: string | undefined;
  last_login_at: string | null;
  type: string;
  location: string;
  area: string;
  metadata: Record<string, unknown>;
  origin: string;
  created_at: string;
  updated_at: string;
  status_at: string | null;
  last_seen_at: string | null;
  acknowledged_by: string | null;
  history: { change: string; actor: string; note: string | null }[];
}

/** An answer; `body` is the parsed JSON, `text` what came. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

/** One request; `body` is sent as JSON, text as it is. What comes from `/api/v1` must be what the OpenAPI document says. */
export async function call(
  url: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const { headers = {}, body } = options;
  const payload = body === undefined || typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type');
  if (path.startsWith(PREFIX))
    checks.get(url)?.check({ method, path: path.slice(PREFIX.length), status: response.status, contentType, text });
  const isJson = contentType?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : {}) as Body, text };
}

/** Requests under /api/v1 by one caller. */
export class Client {
  readonly headers: Record<string, string>;
  private readonly url: string;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.headers = headers;
  }

  static async login(
    fixture: { url: string },
    username: string,
    password = PASSWORD,
  ): Promise<Client & { tokens: Tokens; cookie: string }> {
    const answer = await call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username, password } });
    if (answer.status !== 200) throw new Error(`login as ${username}: ${JSON.stringify(answer.body)}`);
    const client = new Client(fixture.url, { authorization: `Bearer ${answer.body.access_token}` });
    return Object.assign(client, { tokens: answer.body, cookie: cookieOf(answer) });
  }

  static withKey(fixture: { url: string }, key: string): Client {
    return new Client(fixture.url, { 'x-api-key': key });
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return call(this.url, method, `/api/v1${path}`, { headers: { ...this.headers, ...headers }, ...(body === undefined ? {} : { body }) });
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.send('POST', path, body);
  }
}

/** The session cookie that an answer sets, as a request carries it. */
export function cookieOf(answer: Answer): string {
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
}

/** Calls `check` until it answers something. */
export async function eventually<Result>(check: () => Promise<Result | undefined | false>, what: string): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
