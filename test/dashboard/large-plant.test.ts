import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { makeBoard, openAs, valueWidget, widgetOn } from './boards-support.ts';
import { launch } from './support.ts';
import type { Visit } from './support.ts';

const MANY = 10_000;
/** With so many series the page loads and hears only what somebody looks at. */
const UNITS = 60;
const KEYS = 90;

/** A plant of ten thousand devices on the whole program, within the limits of the API that hold for everybody. */
describe('pages in a large plant', function () {
  this.timeout(300_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let admin: ApiClient;
  /** What changes the plant, within limits of its own. */
  let program: ApiClient;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform({ env: { RATE_LIMITS: 'true' } });
    admin = await ApiClient.login(platform);
    const permissions = ['devices:read', 'devices:write', 'telemetry:write'];
    const issued = await admin.call('POST', '/api-keys', { name: 'sender', kind: 'program', permissions });
    program = admin.withKey(String(issued.body['key']));
    await importDevices(platform, admin);
    const data = Object.fromEntries(Array.from({ length: KEYS }, (_, n) => [`k${String(n + 1)}`, { value: n + 0.5, unit: 'bar' }]));
    const messages = Array.from({ length: UNITS }, (_, n) => ({ device_id: unit(n), timestamp: new Date().toISOString(), data }));
    const sent = await program.call('POST', '/telemetry?mode=history', messages);
    assert.equal(sent.status, 200, JSON.stringify(sent.body));
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

  const open = async (path: string): Promise<Page> => {
    const opened = await openAs(browser, platform, { username: 'admin', password: platform.adminPassword, path });
    visits.push(opened);
    // Whoever asked too much waits for the next minute.
    opened.page.setDefaultTimeout(90_000);
    return opened.page;
  };

  it('offer the quantities of devices that nobody has looked at', async () => {
    const made = await makeBoard(admin, { name: 'Large', widgets: [valueWidget('a', unit(40), 'k3')] });
    const page = await open('/rules');
    const known = page.waitForResponse((response) => response.url().includes('device_ids='));
    await page.getByTestId('new-rule').click();
    await known;
    // All devices: some of each type say what there is.
    await page.locator('[data-field="conditions.key"] input').first().fill('k57');
    await page.getByRole('option', { name: 'k57', exact: true }).click();
    await page.locator('[data-field="conditions.value"]').getByText('bar').waitFor();
    await page.locator('[data-field="conditions.value"] input').fill('50');
    await page.getByTestId('try-history').click();
    await page.getByTestId('history-device').locator('.v-select__selection-text').getByText(unit(0)).waitFor();

    await page.locator('[data-area=dashboards]').click();
    await page.getByTestId('confirm').click();
    await page.getByRole('link', { name: made.name }).click();
    await page.getByTestId('edit').click();
    await page.locator('[data-cover=a]').focus();
    await page.keyboard.press('Enter');
    const settings = page.getByTestId('settings');
    await settings.getByRole('combobox', { name: 'Quantity' }).fill('k90');
    await page.getByRole('option', { name: 'k90', exact: true }).click();
    await widgetOn(page, 'a').getByText('89.50').waitFor();
    await settings.getByText('Whatever devices fit').click();
    await settings.getByRole('combobox', { name: 'Type' }).fill('unit');
    await page.keyboard.press('Enter');
    await settings.getByRole('combobox', { name: 'Quantities' }).fill('k89');
    await page.getByRole('option', { name: 'k89', exact: true }).waitFor();
  });

  it('make dashboards with the quantities of the devices they are for', async () => {
    const page = await open('/dashboards');
    await page.getByTestId('new').click();
    await page.getByLabel('Name').fill('Of one type');
    await page.getByText('Devices of one type').click();
    await page.getByRole('dialog').locator('.v-select').click();
    await page.getByRole('option', { name: 'unit', exact: true }).click();
    await page.getByTestId('create').click();
    await page.waitForURL('**/edit');
    await page
      .locator(`[data-row="${unit(0)}"] [data-key=k1]`)
      .getByText('0.50')
      .waitFor();
  });

  it('keep several tabs of one person right without asking more than the API bears', async () => {
    const first = await open('/devices');
    const asked: string[] = [];
    const counted = (page: Page) => page.getByTestId('device-count').getByText(/^10.?000 devices$/);
    await counted(first).waitFor();
    first.on('response', (response) => {
      if (response.ok()) asked.push(new URL(response.url()).pathname);
    });
    // The next tab begins when others of the same person have used up the minute.
    const other = await first.context().newPage();
    other.setDefaultTimeout(120_000);
    const answers: number[] = [];
    let isUsedUp = false;
    await other.route('**/api/v1/devices?*', async (route) => {
      while (!isUsedUp) isUsedUp = (await admin.call('GET', '/devices?limit=1')).status === 429;
      await route.continue();
    });
    other.on('response', (response) => answers.push(response.status()));
    await other.goto(`${platform.httpUrl}/devices`);
    await counted(other).waitFor();
    assert.ok(answers.includes(429), 'it was refused on the way');
    assert.equal(await other.getByText('too many requests').count(), 0);
    assert.equal(await other.getByRole('alert').count(), 0);
    // The first has long been read by now.
    asked.length = 0;
    await eventually(() => (asked.includes('/api/v1/alerts') ? true : undefined), 'a comparison of what the first tab shows', 90_000);
    assert.deepEqual(
      asked.filter((path) => path === '/api/v1/devices'),
      [],
    );

    asked.length = 0;
    assert.equal((await program.call('PATCH', '/devices/plain-00005', { name: 'A new name' })).status, 200);
    await first.locator('[role=search] input').first().fill('a new name');
    await first.locator('[data-device=plain-00005]').getByText('A new name').waitFor();
    assert.equal((await program.call('DELETE', '/devices/plain-00005')).status, 204);
    await first.locator('[data-device=plain-00005]').waitFor({ state: 'detached' });
    assert.equal((await program.call('POST', '/devices', { device_id: 'brand-new', name: 'A new name' })).status, 201);
    await first.locator('[data-device=brand-new]').waitFor();
    assert.deepEqual(
      asked.filter((path) => path.startsWith('/api/v1/devices')),
      ['/api/v1/devices/plain-00005', '/api/v1/devices/brand-new'],
    );
  });
});

function unit(n: number): string {
  return `unit-${String(n).padStart(3, '0')}`;
}

async function importDevices(platform: RunningPlatform, api: ApiClient): Promise<void> {
  const units = Array.from({ length: UNITS }, (_, n) => `${unit(n)},${unit(n)},unit`);
  const plain = Array.from({ length: MANY - UNITS }, (_, n) => `plain-${String(n).padStart(5, '0')}`).map((id) => `${id},${id},plain`);
  const imported = await fetch(`${platform.httpUrl}/api/v1/devices/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'text/csv' },
    body: ['device_id,name,type', ...plain, ...units].join('\n'),
  });
  assert.equal(imported.status, 200, await imported.text());
}
