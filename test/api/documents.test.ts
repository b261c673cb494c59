import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { needsProgram } from '../support/system-programs.ts';
import { Client, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('the API documents in a browser', function () {
  this.timeout(60_000);
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
  async function open(path: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
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
    await page.waitForSelector('.opblock');
    assert.equal(await page.locator('.opblock').count(), fixture.api.routes.length);
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
    await page.waitForSelector('.opblock');
    const form = page.locator('#login');
    await form.locator('[name=username]').fill('reader');
    await form.locator('[name=password]').fill(PASSWORD);
    await form.locator('button').click();
    await page.getByText('Logged in as reader').waitFor();
    assert.equal(await form.locator('[name=password]').inputValue(), '');
    const [request, status] = await Promise.all([page.waitForRequest('**/api/v1/devices*'), tryDevices(page)]);
    assert.equal(status, '200');
    assert.match(request.headers()['authorization'] ?? '', /^Bearer ey/);
    assertAtHome();
  });

  it('say in the words of the API why a login was refused', async () => {
    const page = await open('/api/v1/docs');
    await page.locator('#login [name=username]').fill('reader');
    await page.locator('#login [name=password]').fill('wrong');
    await page.locator('#login button').click();
    await page.getByText('password is wrong').waitFor();
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
