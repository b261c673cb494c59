import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import type { Browser, Locator, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, launch, SCREENS, submitLogin, visit, waitUntilLive } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

/** What the page of a device says of everything that arrived, in a real browser on the whole program. */
describe('the account on the page of a device', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    api = await ApiClient.login(platform);
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

  const open = async (deviceId: string, screen: ScreenName = 'desktop', locale = 'en-US'): Promise<Page> => {
    const opened = await visit(browser, platform, `/devices/${deviceId}`, { ...SCREENS[screen], locale });
    visits.push(opened);
    const { page } = opened;
    if (locale === 'en-US') await submitLogin(page, platform.adminUsername, platform.adminPassword);
    else {
      await page.locator('input:not([type=password])').first().fill(platform.adminUsername);
      await page.locator('input[type=password]').fill(platform.adminPassword);
      await page.keyboard.press('Enter');
    }
    await waitUntilLive(page);
    return page;
  };
  const note = (page: Page): Locator => page.getByTestId('account');
  const cell = (page: Page, column: string): Promise<string> =>
    page.getByTestId('account-hours').locator('tbody tr').first().locator(`[data-count=${column}]`).innerText();

  it('says how many numbered messages are missing of how many, and shows the hours behind it', async () => {
    const key = await api.createDevice('pump-01');
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'pump-01', password: key });
    const publish = (sequence: number) =>
      client.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ data: { t: sequence, p: 1 }, metadata: { sequence } }), {
        qos: 1,
      });
    for (let sequence = 1; sequence <= 1_200; sequence++) if (sequence !== 7 && sequence !== 8) await publish(sequence);
    const page = await open('pump-01');
    await note(page).getByText('2 missing of 1,200 messages in 24 h').waitFor();
    for (const late of [7, 8]) await publish(late);
    await client.endAsync();
    const expected = async () => {
      const { body } = await api.call('GET', '/devices/pump-01/accounts');
      const { totals } = body as { totals: { numbered: number; waiting: number } };
      return (totals.numbered === 1_200 && totals.waiting === 0) || undefined;
    };
    await eventually(expected, 'everything to be counted and judged');
    await note(page).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('0 missing of 1,200 messages in 24 h').waitFor();
    assert.deepEqual(
      await Promise.all(['received', 'stored', 'duplicates', 'rejected', 'judged', 'missing'].map((column) => cell(page, column))),
      [...['2,400', '2,400', '0', '0', '2,400', '0']],
    );
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await note(page).getByText('0 missing of 1,200 messages in 24 h').waitFor();
    await assertAccessible(page);
  });

  it('says of a device without numbers what can be known, and what was refused', async () => {
    const key = await api.createDevice('plain-01');
    const device = api.withKey(key);
    await device.call('POST', '/telemetry', [{ t: 1 }, { t: 2 }, { t: 'three' }]);
    const page = await open('plain-01', 'phone');
    await note(page).getByText('3 readings arrived in 24 h, every one accounted for, 1 rejected').waitFor();
    await note(page).click();
    await page.getByRole('dialog').getByText('this device does not number its messages').waitFor();
    assert.equal(await page.getByTestId('account-hours').locator('[data-count=missing]').count(), 0);
    await assertAccessible(page);
  });

  it('says that nothing arrived, in Spanish to whom reads that', async () => {
    await api.createDevice('silent-01');
    const page = await open('silent-01', 'desktop', 'es-CO');
    await note(page).getByText('No llegó nada en 24 h').waitFor();
  });
});
