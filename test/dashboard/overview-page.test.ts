import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, enter, launch, SCREENS, submitLogin, visit, waitUntilLive } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

const PASSWORD = 'a password of somebody';

/** What is happening now, on one page. */
describe('the overview', () => {
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
    await api.call('POST', '/devices', { device_id: 'evil:1', name: '<img src=x onerror=alert(1)>' });
    await send(20);
    await send(91.5);
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

  const send = async (temperature: number): Promise<void> => {
    assert.equal((await sender.call('POST', '/telemetry', { device_id: 'pump-01', data: { temperature } })).status, 200);
  };
  const open = async (screen: ScreenName = 'desktop', colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const opened = await enter(browser, platform, { ...SCREENS[screen], colorScheme });
    visits.push(opened);
    return opened.page;
  };
  const bar = (page: Page) => page.getByTestId('platform').getByRole('button');
  const part = (page: Page, name: string) => page.locator(`[data-part=${name}]`);

  it('says in one line how the platform is, and what stands behind it', async () => {
    const page = await open();
    await bar(page).getByText('The platform is well').waitFor();
    await page.getByTestId('rules-active').getByText('1').waitFor();
    assert.equal(await bar(page).getAttribute('aria-expanded'), 'false');
    await bar(page).focus();
    await page.keyboard.press('Enter');
    await part(page, 'database')
      .getByText(/^since /)
      .waitFor();
    await part(page, 'broker').getByText('0 clients connected').waitFor();
    await part(page, 'notifications').getByText('0 waiting').waitFor();
    await part(page, 'disk')
      .getByText(/^[\d.,]+ GB free$/)
      .waitFor();
    await part(page, 'email').getByText('not set up').waitFor();
    await assertAccessible(page);
    await bar(page).click();
    await part(page, 'database').waitFor({ state: 'hidden' });
  });

  it('counts messages while they come', async () => {
    const page = await open();
    const rate = page.getByTestId('message-rate').locator('b');
    await rate.waitFor();
    // It is that of the last seconds: they come until it is seen.
    await eventually(async () => {
      for (let n = 0; n < 50; n += 1) await send(91.5);
      return /^[1-9]/.test(await rate.innerText()) || undefined;
    }, 'the rate');
  });

  it('names the parts that need somebody, with what is the matter', async () => {
    const page = await open('phone', 'dark');
    await page.route('**/api/v1/system/status', async (route) => {
      const answer = await route.fetch();
      const status = (await answer.json()) as Record<string, object>;
      const at = new Date().toISOString();
      const email = {
        state: 'attention',
        since: at,
        detail: 'The last e-mail could not be delivered.',
        last_error: { at, reason: '550 <b>no</b>' },
      };
      await route.fulfill({ response: answer, json: { ...status, email } });
    });
    await bar(page).getByText('Have a look: E-mail').waitFor();
    await bar(page).click();
    await part(page, 'email').getByText('550 <b>no</b>').waitFor();
    await assertAccessible(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
  });

  it('shows a viewer how the parts are, and no figures', async () => {
    const user = { username: 'viewer', password: PASSWORD, roles: ['viewer'], must_change_password: false };
    assert.equal((await api.call('POST', '/users', user)).status, 201);
    const opened = await visit(browser, platform, '/');
    visits.push(opened);
    const { page } = opened;
    await submitLogin(page, 'viewer', PASSWORD);
    await waitUntilLive(page);
    await bar(page).click();
    await part(page, 'disk').getByText('works').waitFor();
    assert.equal(await part(page, 'disk').getByText('GB free').count(), 0);
  });

  it('asks how the platform is only while somebody can see it', async () => {
    const page = await open();
    await bar(page).getByText('The platform is well').waitFor();
    await page.locator('[data-area=rules]').click();
    await page.waitForURL('**/rules');
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/system/status')) asked += 1;
    });
    await page.evaluate('new Promise((done) => setTimeout(done, 4_000))');
    assert.equal(asked, 0);
  });

  it('leads to what a tile counts and to the page of a device', async () => {
    const page = await open();
    await page.getByRole('link', { name: '1 Warning: show these alerts' }).click();
    await page.waitForURL('**/alerts?severity=warning');
    await page.goBack();
    await page.getByTestId('devices-online').getByRole('link').first().click();
    await page.waitForURL(/\/devices$/);
    await page.goBack();
    await page.getByRole('link', { name: '<img src=x onerror=alert(1)>' }).click();
    await page.waitForURL('**/devices/evil%3A1');
  });

  it('takes a newcomer on a tour, once, by mouse or keyboard', async () => {
    const opened = await visit(browser, platform, '/', { tour: true });
    visits.push(opened);
    const { page } = opened;
    const card = page.getByTestId('tour');
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await card.getByRole('heading', { name: 'What is happening now' }).waitFor();
    await card.getByText('Step 1 of 5').waitFor();
    await assertAccessible(page);
    await page.locator('.tiles[data-tour-current]').waitFor();
    // What comes meanwhile stays in reach.
    await page.getByTestId('acknowledge').click();
    await page.getByText('Acknowledged by admin').waitFor();
    await page.getByTestId('tour-next').focus();
    for (const title of ['Alerts: seen, acknowledged, resolved', 'Devices and their values', 'The areas', 'Behind it: the flows']) {
      await page.getByTestId('tour-next').press('Enter');
      await card.getByRole('heading', { name: title }).waitFor();
    }
    assert.equal(await card.getByRole('link', { name: 'Open the flow editor' }).getAttribute('href'), '/editor/');
    await assertAccessible(page);
    await page.getByTestId('tour-done').click();
    await card.waitFor({ state: 'detached' });
    assert.equal(await page.locator('[data-tour-current]').count(), 0);
    await page.reload();
    await waitUntilLive(page);
    await bar(page).waitFor();
    assert.equal(await card.count(), 0, 'once');
    await page.getByTestId('user-menu').click();
    await page.getByTestId('start-tour').click();
    await card.waitFor();
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'detached' });
  });

  it('has a tour for the phone too, in both languages', async () => {
    const opened = await visit(browser, platform, '/', { tour: true, ...SCREENS.phone, locale: 'es-ES', colorScheme: 'dark' });
    visits.push(opened);
    const { page } = opened;
    await page.getByLabel('Usuario o correo electrónico').fill(platform.adminUsername);
    await page.locator('input[type=password]').fill(platform.adminPassword);
    await page.getByRole('button', { name: 'Iniciar sesión' }).click();
    await page.getByTestId('tour').getByText('Lo que pasa ahora').waitFor();
    await assertAccessible(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
    await page.getByTestId('skip-tour').click();
    await page.getByTestId('tour').waitFor({ state: 'detached' });
  });
});
