import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { PATIENCE_MS } from '../support/patience.ts';
import { needsProgram } from '../support/system-programs.ts';
import { Client, eventually, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('the API documents in a browser', () => {
  const executablePath = needsProgram('chromium');
  let fixture: ApiFixture;
  let browser: Browser;
  let problems: string[];
  let hosts: Set<string>;

  before(async () => {
    fixture = await startApi();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser.close();
    await fixture.stop();
  });

  /** A page of its own, and everything it did that it should not have. */
  async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await (await browser.newContext({ colorScheme })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    problems = [];
    hosts = new Set();
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      if (request.url().startsWith('http')) hosts.add(new URL(request.url()).origin);
    });
    await page.goto(fixture.url + path);
    return page;
  }

  /** Opens GET /devices, sends it, and answers the status that is shown. */
  async function tryDevices(page: Page): Promise<string> {
    const block = page.locator('#operations-devices-get_devices');
    await page.waitForSelector('.opblock-tag');
    if ((await block.count()) === 0) await page.locator('#operations-tag-devices').click();
    if ((await block.locator('.opblock-body').count()) === 0) await block.locator('.opblock-summary').click();
    await block.locator('.btn.execute').click();
    const status = block.locator('.live-responses-table .response-col_status').last();
    await status.waitFor();
    return (await status.innerText()).trim().slice(0, 3);
  }

  function assertAtHome(): void {
    assert.deepEqual(problems, []);
    assert.deepEqual([...hosts], [fixture.url]);
  }

  it('show every route under our own content security policy, from this server alone', async () => {
    const page = await open('/api/v1/docs');
    await page.waitForSelector('.opblock-tag');
    assert.equal(await page.locator('.opblock').count(), 0, 'a group is opened by whoever looks for it');
    for (const tag of await page.locator('.opblock-tag').all()) await tag.click();
    await eventually(async () => (await page.locator('.opblock').count()) === fixture.api.routes.length || undefined, 'every route');
    await page.locator('.filter input').fill('audit');
    await page.locator('.opblock-tag').nth(1).waitFor({ state: 'detached' });
    assert.equal(await page.locator('.opblock-tag').getAttribute('data-tag'), 'audit');
    await page.locator('.opblock-summary').first().click();
    await page.waitForSelector('.opblock-body');
    assertAtHome();
  });

  it('try a route with the token that was put into the dialog', async () => {
    const admin = await Client.login(fixture, 'admin');
    const page = await open('/api/v1/docs');
    await page.locator('.btn.authorize').click();
    const bearer = page.locator('.auth-container', { hasText: 'bearer' }).first();
    await bearer.locator('input').fill(admin.tokens.access_token);
    await bearer.locator('.btn.authorize').click();
    await page.locator('.btn-done').first().click();
    const [request, status] = await Promise.all([page.waitForRequest('**/api/v1/devices*'), tryDevices(page)]);
    assert.equal(status, '200');
    assert.equal(request.headers()['authorization'], `Bearer ${admin.tokens.access_token}`);
    assertAtHome();
  });

  it('log in by the form above, and try a route with its token', async () => {
    await fixture.addUser('reader', 'viewer');
    const page = await open('/api/v1/docs');
    await page.waitForSelector('.opblock-tag');
    const form = page.locator('#login');
    await form.locator('[name=username]').fill('reader');
    await form.locator('[name=password]').fill(PASSWORD);
    await form.locator('button').click();
    await page.getByText('Logged in as reader').waitFor();
    await eventually(async () => (await form.locator('[name=password]').inputValue()) === '', 'the password to be forgotten');
    const [request, status] = await Promise.all([page.waitForRequest('**/api/v1/devices*'), tryDevices(page)]);
    assert.equal(status, '200');
    assert.match(request.headers()['authorization'] ?? '', /^Bearer ey/);
    assertAtHome();
    await page.reload();
    await page.getByText('You are logged in as reader').waitFor();
  });

  it('use the login that the browser has from the dashboard, and ask for none where there is none', async () => {
    await fixture.addUser('looker', 'viewer');
    const [name = '', value = ''] = (await Client.login(fixture, 'looker')).cookie.split('=');
    const page = await open('/api/v1/docs');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.waitForSelector('.opblock-tag');
    assert.ok(asked.includes('/api/v1/openapi.json') && !asked.includes('/api/v1/auth/me'));
    await page.context().addCookies([{ name, value, url: fixture.url, httpOnly: true, sameSite: 'Strict' }]);
    await page.evaluate("localStorage.setItem('insa.session', '{}')");
    await page.reload();
    await page.getByText('You are logged in as looker').waitFor();
    const [request, status] = await Promise.all([page.waitForRequest('**/api/v1/devices*'), tryDevices(page)]);
    assert.equal(status, '200');
    assert.equal(request.headers()['authorization'], undefined);
    assertAtHome();
  });

  for (const [scheme, background, text] of [
    ['light', 'rgb(242, 244, 247)', 'rgb(21, 32, 43)'],
    ['dark', 'rgb(11, 17, 23)', 'rgb(228, 235, 241)'],
  ] as const) {
    it(`are ${scheme} where the system is, in the typeface of the dashboard`, async () => {
      for (const [path, heading] of [
        ['/api/v1/docs', '.opblock-tag'],
        ['/api/v1/docs/errors', 'h1'],
      ] as const) {
        const page = await open(path, scheme);
        await page.waitForSelector(heading);
        const styleOf = (selector: string, property: string) =>
          page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue('${property}')`);
        assert.equal(await styleOf('body', 'background-color'), background);
        assert.equal(await styleOf(heading, 'color'), text);
        const hasRoboto = "[...document.fonts].some((font) => font.family === 'Roboto' && font.status === 'loaded')";
        await eventually(() => page.evaluate<boolean>(hasRoboto), 'the typeface');
        assert.deepEqual(
          await page.evaluate(`[...new Set([...document.querySelectorAll('body *:not(script, pre, pre *, code, code *, textarea)')]
            .filter((element) => element.getClientRects().length > 0).map((element) => getComputedStyle(element).fontFamily))]`),
          ['Roboto, system-ui, sans-serif'],
        );
        if (path === '/api/v1/docs')
          assert.match(String(await styleOf('.swagger-ui', 'background-color')), scheme === 'dark' ? /^rgb\(11, 17, 23\)$/ : /./);
        assertAtHome();
      }
    });
  }

  it('say in the words of the API why a login was refused', async () => {
    const page = await open('/api/v1/docs');
    await page.locator('#login [name=username]').fill('reader');
    await page.locator('#login [name=password]').fill('wrong');
    await page.locator('#login button').click();
    const refusal = page.getByRole('alert').getByText('password is wrong');
    await refusal.waitFor();
    assert.equal(await page.evaluate("getComputedStyle(document.querySelector('[role=alert]')).color"), 'rgb(179, 38, 30)');
  });

  it('open at a route by its address, and at a code by its anchor', async () => {
    const page = await open('/api/v1/docs#/devices/post_devices');
    await page.locator('#operations-devices-post_devices .opblock-body').waitFor();
    await page.getByRole('link', { name: 'Error codes' }).click();
    await page.waitForURL('**/api/v1/docs/errors');
    const codes = await open('/api/v1/docs/errors#NOT_FOUND');
    assert.ok((await codes.locator('tr:target').innerText()).includes('NOT_FOUND'));
    const permissions = await open('/api/v1/docs/permissions#devices:write');
    assert.equal(await permissions.locator('h3:target').innerText(), 'devices:write');
    assertAtHome();
  });
});
