import type { Browser, Page, Request } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../../test/support/platform.ts';
import type { RunningPlatform } from '../../test/support/platform.ts';
import { submitLogin, visit, waitUntilLive } from '../../test/dashboard/support.ts';

/** How the session is that is recorded. */
export interface RecordingOptions {
  devices: number;
  /** How long somebody stays on each page. */
  staySeconds: number;
  /** Gets a line when a page is opened. */
  told: (line: string) => void;
}

/** One request of the web app. */
export interface SentRequest {
  /** The page on which it was sent. */
  page: string;
  method: string;
  /** Behind `/api/v1`. */
  path: string;
  query: URLSearchParams;
  /** Since the address became that of the page. */
  afterSeconds: number;
  atMs: number;
  status: number | undefined;
}

const API = '/api/v1';
/** So long devices send before anybody looks, so that charts have something to show. */
const WARM_UP_SECONDS = 10;
/** How long somebody looks at the page after the login before the first click. */
const AFTER_LOGIN_SECONDS = 20;
/** As often a device is renamed as in the session that is replayed. */
const RENAME_EVERY_SECONDS = 90;
/** The device with the alert, which is the one that is looked at. Not the first of the list: what is shown because of its alert is told from what is shown because it comes first. */
export const HOT = 'pump-3';
const LIMIT = 80;
const area = (name: string): string => `[data-testid=areas] [data-area=${name}]`;

/** Instead of a click. */
const RELOAD = 'reload';
/** The ways to the pages by what is clicked, each from the one before. The overview was open already after the login. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  devices: [area('devices')],
  device: [`main a[href="/devices/${HOT}"]`],
  'device, a day': ['[data-period="24h"]'],
  alerts: [area('alerts')],
  alert: ['[data-testid=open-alerts] a[href^="/alerts/"]'],
  rules: [area('rules')],
  overview: [area('overview')],
  'dashboards, then one': [area('dashboards'), 'main a[href^="/dashboards/"]'],
  'dashboard, loaded anew': [RELOAD],
};

/** What somebody else does while the page is looked at, after two fifths of the stay: not with the beat of what is asked every 10 or 15 s. */
const MEANWHILE: Readonly<Record<string, (api: ApiClient) => Promise<void>>> = { alert: acknowledge };

/** Opens every page of a platform of its own by clicks, and answers what the web app asked for. */
export async function recordSession(browser: Browser, options: RecordingOptions): Promise<SentRequest[]> {
  const platform = await startPlatform({ env: { LOG_LEVEL: 'warn' } });
  try {
    const api = await ApiClient.login(platform);
    const ids = Array.from({ length: options.devices }, (_, place) => `pump-${String(place)}`);
    await makePlant(api, ids);
    const plant = new SendingPlant(api, ids);
    plant.start();
    try {
      await openAlert(api);
      const sent = await record({ browser, platform, api }, options);
      plant.check();
      return sent;
    } finally {
      plant.stop();
    }
  } finally {
    await platform.dispose();
  }
}

async function record(
  { browser, platform, api }: { browser: Browser; platform: RunningPlatform; api: ApiClient },
  { staySeconds, told }: RecordingOptions,
): Promise<SentRequest[]> {
  const opened = await visit(browser, platform, '/login');
  const { page } = opened;
  const recorder = new Recorder(page);
  await submitLogin(page, platform.adminUsername, platform.adminPassword);
  await waitUntilLive(page);
  await page.waitForTimeout(AFTER_LOGIN_SECONDS * 1_000);
  for (const [name, way] of Object.entries(WAYS)) {
    told(`${new Date().toISOString()} ${name}`);
    recorder.openNext(name);
    for (const step of way) await (step === RELOAD ? page.reload() : page.locator(step).first().click());
    await eventually(() => recorder.page === name, `${name} to be opened`);
    await page.waitForTimeout(staySeconds * 400);
    await MEANWHILE[name]?.(api);
    await page.waitForTimeout(staySeconds * 1_000 - recorder.sinceOpenedMs());
  }
  await opened.close();
  if (opened.complaints.length > 0) throw new Error(opened.complaints.join('\n'));
  return recorder.sent;
}

/** Keeps every request to the API with the page on which it was sent. */
class Recorder {
  readonly sent: SentRequest[] = [];
  private readonly byRequest = new WeakMap<Request, SentRequest>();
  page = 'login';
  private next: string | undefined;
  private openedAtMs = performance.now();

  constructor(page: Page) {
    page.on('framenavigated', () => this.opened());
    page.on('request', (request) => this.keep(request));
    page.on('response', (response) => {
      const kept = this.byRequest.get(response.request());
      if (kept !== undefined) kept.status = response.status();
    });
  }

  /** From the next address on it is this page: what the one before still asks for until then is not of this. */
  openNext(name: string): void {
    this.next = name;
  }

  sinceOpenedMs(): number {
    return performance.now() - this.openedAtMs;
  }

  private opened(): void {
    if (this.next === undefined) return;
    this.page = this.next;
    this.next = undefined;
    this.openedAtMs = performance.now();
  }

  private keep(request: Request): void {
    const { pathname, searchParams } = new URL(request.url());
    if (!pathname.startsWith(`${API}/`)) return;
    const kept: SentRequest = {
      page: this.page,
      method: request.method(),
      path: pathname.slice(API.length),
      query: searchParams,
      afterSeconds: this.sinceOpenedMs() / 1_000,
      atMs: performance.timeOrigin + performance.now(),
      status: undefined,
    };
    this.byRequest.set(request, kept);
    this.sent.push(kept);
  }
}

/** Devices, a stored rule that one of them breaks, and a dashboard with a chart of readings, one of a day and statistics. */
async function makePlant(api: ApiClient, ids: readonly string[]): Promise<void> {
  for (const device_id of ids) await made(api, '/devices', { device_id });
  const conditions = { key: 'temperature', operator: '>', value: LIMIT };
  await made(api, '/rules', { name: 'Too hot', rule_type: 'threshold', severity: 'warning', device_id: HOT, conditions });
  const widget = (id: string, type: string, key: string, options: object = {}) => ({
    id,
    type,
    series: [{ device_id: HOT, key }],
    options,
  });
  await made(api, '/dashboards', {
    ...{ name: 'Plant', is_public: true },
    widgets: [
      widget('day', 'chart', 'temperature', { period_seconds: 86_400 }),
      widget('recent', 'chart', 'pressure', { period_seconds: 900 }),
      widget('figures', 'statistics', 'temperature'),
    ],
    layout: { day: { x: 0, y: 0, w: 6, h: 5 }, recent: { x: 6, y: 0, w: 6, h: 5 }, figures: { x: 0, y: 5, w: 6, h: 5 } },
  });
}

async function acknowledge(api: ApiClient): Promise<void> {
  const { body } = await api.call('GET', '/alerts?status=active');
  for (const { id } of body['items'] as { id: string }[]) await made(api, `/alerts/${id}/acknowledge`, {});
}

async function made(api: ApiClient, route: string, body: object): Promise<void> {
  const answer = await api.call('POST', route, body);
  if (answer.status >= 300) throw new Error(`POST ${route} answered ${String(answer.status)}: ${JSON.stringify(answer.body)}`);
}

/** The devices send for a while; then the rule has to have found the hot one. */
async function openAlert(api: ApiClient): Promise<void> {
  const startedAt = performance.now();
  await eventually(async () => {
    if (performance.now() - startedAt < WARM_UP_SECONDS * 1_000) return undefined;
    const { body } = await api.call('GET', '/alerts?status=active');
    return (body['items'] as unknown[]).length > 0 ? true : undefined;
  }, 'an open alert');
}

/** What goes on while somebody looks: every device sends each second, and now and then one is renamed. */
class SendingPlant {
  private readonly api: ApiClient;
  private readonly ids: readonly string[];
  private timer: ReturnType<typeof setInterval> | undefined;
  private second = 0;
  private failure: unknown;

  constructor(api: ApiClient, ids: readonly string[]) {
    this.api = api;
    this.ids = ids;
  }

  start(): void {
    this.timer = setInterval(() => void this.goOn().catch((error: unknown) => (this.failure ??= error)), 1_000);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Fails when not everything could be sent. */
  check(): void {
    if (this.failure !== undefined) throw new Error('The devices could not send', { cause: this.failure });
  }

  private async goOn(): Promise<void> {
    const second = (this.second += 1);
    const messages = this.ids.map((device_id) => ({
      device_id,
      data: { temperature: (device_id === HOT ? LIMIT + 1 : 20) + (second % 7), pressure: second % 11 },
    }));
    await made(this.api, '/telemetry', messages);
    if (second % RENAME_EVERY_SECONDS === 0) await this.api.call('PATCH', '/devices/pump-1', { name: `Pump ${String(second)}` });
  }
}
