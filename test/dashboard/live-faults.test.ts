import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, enter, launch, submitLogin, valueOf, visit, waitUntilLive } from './support.ts';
import type { Visit } from './support.ts';

const PASSWORD = 'a password of somebody';
/** What takes effect within seconds does so within these. */
const WITHIN_SECONDS = { timeout: 8_000 };
/** The page takes a pause of its second hand of more than 15 s for sleep. */
const SLEEP_MS = 17_000;
/** Far enough that no age is right by chance. */
const WRONG_BY_MS = 3 * 3_600_000;
/** Puts the browser's clock `WRONG_BY_MS` off; what measures durations goes on as it is. */
const wrongClock = (byMs: number): string => `(() => {
  const RealDate = Date;
  const now = () => RealDate.now() + ${String(byMs)};
  globalThis.Date = class extends RealDate {
    constructor(...given) { if (given.length === 0) super(now()); else super(...given); }
    static now() { return now(); }
  };
})()`;

/** The page when the world around it is not as it should be. */
describe('the live page', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  let sender: ApiClient;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    const issued = await api.call('POST', '/api-keys', { name: 'sender', kind: 'program', permissions: ['telemetry:write'] });
    sender = api.withKey(String(issued.body['key']));
    await api.createDevice('pump-01');
    await send('pump-01', { temperature: 20.5 });
  });

  afterEach(async () => {
    for (const opened of visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
  });

  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  async function send(deviceId: string, data: Record<string, unknown>): Promise<void> {
    const answer = await sender.call('POST', '/telemetry', { device_id: deviceId, data });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const opened = await enter(browser, platform, options);
    visits.push(opened);
    return opened.page;
  };
  const openAs = async (username: string): Promise<Page> => {
    const opened = await visit(browser, platform, '/');
    visits.push(opened);
    await submitLogin(opened.page, username, PASSWORD);
    await waitUntilLive(opened.page);
    return opened.page;
  };
  const addUser = async (username: string, role: string): Promise<string> => {
    const user = { username, password: PASSWORD, roles: [role], must_change_password: false };
    const made = await api.call('POST', '/users', user);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return String(made.body['id']);
  };
  /** The readings of the chart that is shown, as it tells them to who cannot see it. */
  const charted = async (page: Page): Promise<string> =>
    (await page.getByTestId('series').getByRole('img').getAttribute('aria-label')) ?? '';

  it('was killed: says so, and shows what it missed once it is back', async () => {
    const page = await open();
    await valueOf(page, 'pump-01', 'temperature').getByText('20.50').waitFor();
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.kill();
    const banner = page.getByTestId('connection-lost');
    await banner.getByText(/^Connection lost since /).waitFor();
    await page.getByTestId('platform').getByText('is not known just now').waitFor();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    // Before the page is back, which asks every few seconds.
    for (const temperature of [85.5, 86.5]) await send('pump-01', { temperature });
    await waitUntilLive(page);
    await banner.waitFor({ state: 'detached' });
    await valueOf(page, 'pump-01', 'temperature').getByText('86.50').waitFor();
    await page.locator('[data-alert]').getByText('temperature is 8', { exact: false }).first().waitFor();
    await eventually(
      async () => (/: 3 readings, minimum 20.50, maximum 86.50/.test(await charted(page)) ? true : undefined),
      'all readings',
    );
    await send('pump-01', { temperature: 20.5 });
    await page.getByText('No open alerts').waitFor();
  });

  it('cannot load a part while the server is away: the page stays, and has it once the server is back', async () => {
    const page = await open();
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.kill();
    await page.getByTestId('connection-lost').waitFor();
    await page.locator('[data-area=rules]').click();
    await page.waitForTimeout(1_000);
    await page.getByTestId('connection-lost').waitFor();
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    await waitUntilLive(page);
    await eventually(async () => {
      await page.locator('[data-area=rules]').click();
      return (await page.getByRole('heading', { level: 1, name: 'Rules' }).count()) > 0 ? true : undefined;
    }, 'the page of rules');
  });

  it('slept: the readings of that time are there when it wakes', async () => {
    const page = await open();
    await valueOf(page, 'pump-01', 'temperature').click();
    await eventually(async () => (/readings/.test(await charted(page)) ? true : undefined), 'the chart');
    const { body } = await api.call('GET', '/telemetry/pump-01?keys=temperature&limit=500');
    const before = (body['items'] as unknown[]).length;
    await eventually(async () => ((await charted(page)).includes(`: ${String(before)} readings`) ? true : undefined), 'the whole chart');
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    const asleepSince = performance.now();
    for (let n = 1; n <= 30; n += 1) await send('pump-01', { temperature: 30 + n / 4 });
    await eventually(() => (performance.now() - asleepSince > SLEEP_MS ? true : undefined), 'the night to pass', 2 * SLEEP_MS);
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await valueOf(page, 'pump-01', 'temperature').getByText('37.50').waitFor();
    const all = `: ${String(before + 30)} readings`;
    await eventually(async () => ((await charted(page)).includes(all) ? true : undefined), `${all}, not only the newest`);
    await waitUntilLive(page);
  });

  for (const [name, byMs] of [
    ['three hours behind', -WRONG_BY_MS],
    ['three hours ahead', WRONG_BY_MS],
  ] as const) {
    it(`has a browser whose clock is ${name}: ages are right all the same`, async () => {
      const opened = await visit(browser, platform, '/login');
      visits.push(opened);
      const { page } = opened;
      await page.addInitScript(wrongClock(byMs));
      await page.goto(`${platform.httpUrl}/`);
      await submitLogin(page, platform.adminUsername, platform.adminPassword);
      await waitUntilLive(page);
      await send('pump-01', { temperature: 21.25 });
      const row = valueOf(page, 'pump-01', 'temperature');
      await row.getByText('21.25').waitFor();
      await row
        .getByTestId('age')
        .getByText(/^\d{1,2} s$/)
        .waitFor();
      await row.click();
      await eventually(async () => (/newest 21.25/.test(await charted(page)) ? true : undefined), 'the chart up to now');
    });
  }

  it('renews a token that expires without anybody noticing', async () => {
    const opened = await visit(browser, platform, '/login');
    visits.push(opened);
    const { page } = opened;
    let renewals = 0;
    // Renewing is planned a minute before the end.
    await page.route('**/api/v1/auth/login', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), expires_in: 64 } });
    });
    page.on('response', (response) => {
      if (response.url().endsWith('/auth/refresh') && response.status() === 200) renewals += 1;
    });
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(page);
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    await page.evaluate(`(() => {
      globalThis.seenStates = [];
      new MutationObserver(() => globalThis.seenStates.push(
        document.querySelector('[data-testid=link-state]')?.dataset.state ?? 'no link', document.querySelector('[data-device=pump-01]') === null ? 'no pump' : 'pump',
      )).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    })()`);
    await eventually(() => (renewals > 0 ? true : undefined), 'the renewal');
    await send('pump-01', { temperature: 22.75 });
    await valueOf(page, 'pump-01', 'temperature').getByText('22.75').waitFor();
    assert.deepEqual([...new Set(await page.evaluate<string[]>('globalThis.seenStates'))].sort(), ['live', 'pump']);
  });

  it('belongs to somebody whose account is disabled: he is out within seconds and told why', async () => {
    const id = await addUser('leaver', 'operator');
    const page = await openAs('leaver');
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    assert.equal((await api.call('PATCH', `/users/${id}`, { disabled: true })).status, 200);
    await page.waitForURL('**/login**', WITHIN_SECONDS);
    await page.getByText('You have been signed out: your account was disabled').waitFor();
    assert.equal(await page.locator('[data-device]').count(), 0);
    await assertAccessible(page);
    await submitLogin(page, 'leaver', PASSWORD);
    await page.getByText('User name or password is wrong.').waitFor();
  });

  it('belongs to somebody who gets another role: page and navigation follow within seconds', async () => {
    const made = await api.call('POST', '/roles', { name: 'bell', permissions: ['alerts:read'] });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const id = await addUser('mover', 'engineer');
    const page = await openAs('mover');
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    await page.locator('[data-area=rules]').click();
    await page.waitForURL('**/rules');
    assert.equal((await api.call('PATCH', `/users/${id}`, { roles: ['bell'] })).status, 200);
    await page.waitForURL('**/no-access**', WITHIN_SECONDS);
    await page.locator('[data-area=rules]').waitFor({ state: 'detached' });
    const areas = () => page.locator('[data-area]').evaluateAll((all) => all.map((one) => one.getAttribute('data-area')));
    await eventually(async () => (await areas()).join() === 'overview,alerts' || undefined, 'two areas');
    await page.locator('[data-area=overview]').click();
    await page.getByText('No open alerts').waitFor();
    await waitUntilLive(page);
    assert.equal(await page.locator('[data-device]').count(), 0, 'nothing of before is left');
    assert.equal(await page.getByTestId('first-device').count(), 0, 'nobody is invited to what he may not do');
    await assertAccessible(page);
    assert.equal((await api.call('PATCH', `/users/${id}`, { roles: ['viewer'] })).status, 200);
    await valueOf(page, 'pump-01', 'temperature').waitFor(WITHIN_SECONDS);
  });

  it('is refused in the middle: who it is for is read again, and nothing breaks', async () => {
    const page = await open();
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    const problem = { code: 'FORBIDDEN', title: 'Forbidden', status: 403, detail: 'This needs the permission "devices:read".' };
    await page.route('**/api/v1/auth/me', async (route) => {
      const answer = await route.fetch();
      const me = (await answer.json()) as { permissions: string[] };
      await route.fulfill({ response: answer, json: { ...me, permissions: ['alerts:read', 'telemetry:read'] } });
    });
    await page.route('**/api/v1/system/status', (route) =>
      route.fulfill({ status: 403, json: problem, contentType: 'application/problem+json' }),
    );
    await page.locator('[data-area=devices]').waitFor({ state: 'detached', ...WITHIN_SECONDS });
    await page.getByText('No open alerts').waitFor();
  });

  it('has a slow network: the newest values and every alert arrive', async () => {
    const page = await open();
    await valueOf(page, 'pump-01', 'temperature').waitFor();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 600,
      downloadThroughput: 30_000,
      uploadThroughput: 10_000,
    });
    const names = Array.from({ length: 25 }, (_, n) => `slow-${String(n + 1).padStart(2, '0')}`);
    for (const name of names) await api.createDevice(name);
    for (const value of [20, 90]) for (const name of names) await send(name, { temperature: value });
    for (let n = 1; n <= 200; n += 1) await send('pump-01', { temperature: n / 4 });
    await page.getByTestId('alerts-warning').getByText('25', { exact: true }).waitFor();
    await valueOf(page, 'pump-01', 'temperature').getByText('50', { exact: true }).waitFor();
    for (const name of names) await page.locator('[data-alert]').getByText(`${name}: `, { exact: false }).first().waitFor();
    await waitUntilLive(page);
    for (const name of names) await api.call('DELETE', `/devices/${name}`);
  });

  it('shows a large plant: only what is seen is loaded, and that is live', async () => {
    const devices = Array.from({ length: 60 }, (_, n) => `unit-${String(n + 1).padStart(3, '0')}`);
    const keys = (value: number) => Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`k${String(n + 1)}`, value]));
    for (const device of devices) await api.createDevice(device);
    for (const device of devices) await send(device, keys(1));
    const opened = await enter(browser, platform);
    visits.push(opened);
    const { page } = opened;
    const first = valueOf(page, 'unit-001', 'k1');
    await first.getByText('1', { exact: true }).waitFor();
    await send('unit-001', { k1: 2.5 });
    await first.getByText('2.50').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/telemetry/latest')) asked.push(request.url());
    });
    await send('unit-060', { k1: 7.5 });
    await page.getByRole('button', { name: 'Go to page 3' }).click();
    await valueOf(page, 'unit-060', 'k1').getByText('7.50').waitFor();
    assert.ok(asked.length > 0 && asked.every((url) => url.includes('device_ids=')), asked.join('\n'));
    await send('unit-060', { k1: 8.5 });
    await valueOf(page, 'unit-060', 'k1').getByText('8.50').waitFor();
    // Away and back: what happened meanwhile is there.
    await send('unit-001', { k1: 3.5 });
    await page.getByRole('button', { name: 'Go to page 1' }).click();
    await first.getByText('3.50').waitFor();
    await page.getByRole('searchbox', { name: 'Find a device' }).fill('unit-059');
    await valueOf(page, 'unit-059', 'k1').waitFor();
  });
});
