import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../../test/support/platform.ts';
import type { RunningPlatform } from '../../test/support/platform.ts';
import { SCREENS, submitLogin, visit, waitUntilLive } from '../../test/dashboard/support.ts';

/** A page of the web app: the name of its picture, and where it is; `undefined` when the demo plant has none of it. */
interface Pictured {
  name: string;
  path: (api: ApiClient) => Promise<string | undefined> | string;
  /** What has to be seen before the picture is taken; else what `main` shows. */
  waitFor?: string;
  /** Carried out before the picture. */
  prepare?: (page: Page) => Promise<void>;
  open?: true;
  /** With what is further down; else what is seen without scrolling. */
  isWhole?: true;
}

const LOOKS = {
  '': { ...SCREENS.desktop, colorScheme: 'dark' },
  '-light': { ...SCREENS.desktop, colorScheme: 'light' },
  '-phone': { ...SCREENS.phone, colorScheme: 'light' },
} as const;
const PASSWORD = 'a password only for pictures';
/** So long the demo plant runs before the first picture, that charts show something and alerts have been. */
const WARM_UP_MS = 60_000;
/** Charts and lists come after the page. */
const REST_MS = 2_500;
/** So long a picture waits for what is still being loaded. */
const LOAD_MS = 30_000;

/** The `id` of the first entry of a list whose `field` is there. */
const firstOf = (list: string, field: string, address: (id: string) => string) => async (api: ApiClient) => {
  const { status, body } = await api.call('GET', list);
  const [first] = status === 200 ? (body['items'] as Record<string, unknown>[]) : [];
  const id = first?.[field];
  return typeof id === 'string' ? address(encodeURIComponent(id)) : undefined;
};

const STORED_RULE = {
  ...{ name: 'Pump runs hot', rule_type: 'threshold', severity: 'warning', device_id: 'pump-demo' },
  conditions: { key: 'temperature', operator: '>', value: 75, clear_value: 70, duration_seconds: 60 },
  message: '{{device.name}}: {{value}} {{unit}} for a minute',
  actions: [{ type: 'email', recipients: ['maintenance@example.com'] }],
};

/** Every page, in the order of the navigation; sections of the administration are found by its links. */
const PAGES: readonly Pictured[] = [
  { name: 'login', path: () => '/login', open: true, waitFor: 'input[type=password]' },
  { name: 'overview', path: () => '/', waitFor: '[data-testid=series] canvas, [data-testid=value]' },
  {
    name: 'overview-platform',
    path: () => '/',
    waitFor: '[data-testid=value]',
    prepare: (page) => page.getByTestId('platform').getByRole('button').click(),
  },
  { name: 'tour', path: () => '/', waitFor: '[data-testid=value]', prepare: startTour },
  { name: 'devices', path: () => '/devices' },
  { name: 'device', path: firstOf('/devices?limit=1', 'device_id', (id) => `/devices/${id}`), waitFor: 'main canvas, main svg' },
  ...['commands', 'config', 'keys', 'alerts', 'data', 'settings'].map((tab) => ({
    name: `device-${tab}`,
    path: firstOf('/devices?limit=1', 'device_id', (id) => `/devices/${id}?tab=${tab}`),
  })),
  ...Object.entries({
    figures: 'key=temperature',
    trend: 'key=flow&period=1h',
    series: 'key=flow&period=1h&average=10m',
    correlation: 'lag=5',
    forecast: 'key=flow&period=1h&limit=400&horizon=30',
  }).map(([panel, query]) => ({
    name: `analysis-${panel}`,
    path: () => `/devices/pump-demo?tab=analysis&panel=${panel}&${query}`,
    waitFor: panel === 'figures' ? '[data-figure]' : 'main canvas',
    isWhole: true as const,
  })),
  { name: 'alerts', path: () => '/alerts' },
  { name: 'alert', path: firstOf('/alerts?limit=1', 'id', (id) => `/alerts/${id}`) },
  { name: 'rules', path: () => '/rules' },
  { name: 'rule', path: storedRule },
  { name: 'rule-try', path: storedRule, prepare: tryOnHistory },
  { name: 'rule-new', path: () => '/rules/new' },
  { name: 'dashboards', path: () => '/dashboards' },
  { name: 'dashboard', path: firstOf('/dashboards?limit=1', 'id', (id) => `/dashboards/${id}`) },
  {
    name: 'analysis-dashboard',
    path: async (api) => boardCalled(api, 'Demo plant: analysis'),
    waitFor: '[data-type=forecast] canvas',
    isWhole: true,
  },
  { name: 'dashboard-edit', path: firstOf('/dashboards?limit=1', 'id', (id) => `/dashboards/${id}/edit`) },
  {
    name: 'dashboard-wall',
    path: firstOf('/dashboards?limit=1', 'id', (id) => `/dashboards/kiosk?ids=${id}&seconds=30`),
    waitFor: '[data-testid=value], canvas',
  },
  { name: 'administration', path: () => '/administration' },
  { name: 'password', path: () => '/password', waitFor: 'input[type=password]' },
];

/** Takes the pictures of the pages whose names begin with one of `wanted` (all without any) into `folder`. Prints a line for each. */
export async function takePictures(browser: Browser, folder: string, wanted: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const platform = await startPlatform({ env: { DEMO: 'true', ADMIN_PASSWORD: PASSWORD } });
  try {
    const api = await ApiClient.login(platform);
    const startedAt = performance.now();
    await eventually(
      () => (performance.now() - startedAt > WARM_UP_MS ? true : undefined),
      'the demo plant to run a while',
      WARM_UP_MS + 5_000,
    );
    const pages = await resolved(api, wanted);
    for (const [suffix, look] of Object.entries(LOOKS)) {
      const opened = await visit(browser, platform, '/login', look);
      for (const one of pages.filter(({ open }) => open === true))
        await picture(opened.page, platform, one, path.join(folder, one.name + suffix));
      await opened.page.goto(platform.httpUrl);
      await submitLogin(opened.page, platform.adminUsername, platform.adminPassword);
      await waitUntilLive(opened.page);
      const inside = [...pages.filter(({ open }) => open !== true), ...(await administrationSections(opened.page, platform, wanted))];
      for (const one of inside) await picture(opened.page, platform, one, path.join(folder, one.name + suffix));
      await opened.close();
    }
  } finally {
    await platform.dispose();
  }
}

interface Placed extends Pictured {
  address: string;
}

async function resolved(api: ApiClient, wanted: readonly string[]): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const one of PAGES) {
    if (!isWanted(one.name, wanted)) continue;
    const address = await one.path(api);
    if (address === undefined) console.log(`${one.name}: the demo plant has none; no picture.`);
    else placed.push({ ...one, address });
  }
  return placed;
}

async function administrationSections(page: Page, platform: RunningPlatform, wanted: readonly string[]): Promise<Placed[]> {
  if (!isWanted('administration', wanted)) return [];
  await page.goto(`${platform.httpUrl}/administration`);
  await page.locator('main').waitFor();
  await page.waitForTimeout(REST_MS);
  const links = await page.locator('a[href^="/administration/"]').all();
  const addresses = new Set(await Promise.all(links.map(async (link) => (await link.getAttribute('href'))?.split('?')[0] ?? '')));
  return [...addresses]
    .filter((address) => address !== '')
    .map((address) => ({ name: address.slice(1).replaceAll('/', '-'), path: () => address, address }));
}

async function picture(page: Page, platform: RunningPlatform, one: Placed, file: string): Promise<void> {
  await page.goto(platform.httpUrl + one.address);
  await page
    .locator(one.waitFor ?? 'main :is(h1, h2)')
    .first()
    .waitFor();
  if (new URL(page.url()).pathname !== one.address.split('?')[0]) console.log(`${one.name}: ${one.address} leads to ${page.url()}.`);
  await one.prepare?.(page);
  await page.waitForTimeout(REST_MS);
  const loading = page.getByText(/^Loading/).filter({ visible: true });
  await eventually(async () => ((await loading.count()) === 0 ? true : undefined), `${one.name} to be loaded`, LOAD_MS);
  await shoot(page, file, one.isWhole === true);
  const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  const isMissing = (await page.getByRole('heading', { name: 'There is no such page' }).count()) > 0;
  console.log(`${file}.png${isTooWide ? ' (scrolls sideways)' : ''}${isMissing ? ' (no such page)' : ''}`);
}

async function boardCalled(api: ApiClient, wanted: string): Promise<string | undefined> {
  const { body } = await api.call('GET', '/dashboards?limit=100');
  const found = (body['items'] as { id: string; name: string }[]).find(({ name }) => name === wanted);
  return found === undefined ? undefined : `/dashboards/${found.id}`;
}

/** What stays at its place on the screen would lie over the middle of a long page: the screen is made as high as the page instead. */
async function shoot(page: Page, file: string, isWhole: boolean): Promise<void> {
  const size = page.viewportSize();
  if (isWhole && size !== null) {
    const height = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width: size.width, height: Math.max(size.height, height) });
    await page.waitForTimeout(REST_MS);
  }
  await page.screenshot({ path: `${file}.png` });
  if (isWhole && size !== null) await page.setViewportSize(size);
}

/** The address of a rule that is kept in the database: the demo plant's own is wired in a flow. */
async function storedRule(api: ApiClient): Promise<string> {
  const { body } = await api.call('GET', '/rules?limit=100');
  const known = (body['items'] as { id: string; name: string }[]).find(({ name }) => name === STORED_RULE.name);
  const id = known?.id ?? (await api.call('POST', '/rules', STORED_RULE)).body['id'];
  return `/rules/${String(id)}`;
}

async function tryOnHistory(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Try on history' }).click();
  await page.getByRole('button', { name: 'Run' }).click();
  await page.locator('main canvas').first().waitFor();
}

async function startTour(page: Page): Promise<void> {
  await page.getByTestId('user-menu').click();
  await page.getByTestId('start-tour').click();
  await page.getByTestId('tour').waitFor();
}

function isWanted(name: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((one) => name === one || name.startsWith(`${one}-`));
}
