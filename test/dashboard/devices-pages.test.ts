import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { ROLES } from '../../src/core/permissions.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { dragBy } from './boards-support.ts';
import { assertAccessible, launch, SCREENS, submitLogin, visit, waitUntilLive } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';
/** The pages of devices in a real browser on the whole program. */
describe('the pages of devices', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  let pumpKey = '';
  let pump: MqttClient | undefined;
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
    await pump?.endAsync(true);
    await browser.close();
    await platform.dispose();
  });

  const open = async (path: string, screen: ScreenName = 'desktop', options: BrowserContextOptions = {}): Promise<Page> => {
    const opened = await visit(browser, platform, path, { ...SCREENS[screen], ...options });
    visits.push(opened);
    await submitLogin(opened.page, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(opened.page);
    return opened.page;
  };
  const succeed = async (method: string, route: string, body?: unknown): Promise<Record<string, unknown>> => {
    const answer = await api.call(method, route, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  /** Readings of a device, one a second up to now, as its key sends them. */
  const store = async (deviceId: string, key: string, readings: readonly { secondsAgo: number; data: Record<string, unknown> }[]) => {
    const nowMs = Date.now();
    const messages = readings.map(({ secondsAgo, data }) => ({
      device_id: deviceId,
      timestamp: new Date(nowMs - secondsAgo * 1_000).toISOString(),
      data,
    }));
    const answer = await api.withKey(key).call('POST', '/telemetry?mode=history', messages);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual((answer.body as { rejected: unknown[] }).rejected, []);
  };
  const row = (page: Page, deviceId: string): Locator => page.locator(`[data-testid=device-list] [data-device="${deviceId}"]`);
  const tab = (page: Page, name: string) => page.locator(`[role=tab][data-tab=${name}]`);
  const chartText = (page: Page): Promise<string> =>
    page
      .getByRole('application')
      .getAttribute('aria-label')
      .then((text) => text ?? '');

  it('create a device, and show its key this once', async () => {
    const page = await open('/devices');
    await page.getByText('No devices yet').waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'New device' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Device id').fill('not an id');
    await dialog.getByText('starting with a letter or digit. Left empty').waitFor();
    await dialog.getByLabel('Device id').fill('pump-01');
    await dialog.getByLabel('Name').fill('Feed pump');
    await dialog.getByLabel('Type').fill('pump');
    await dialog.getByLabel('Location').fill('Hall A');
    await assertAccessible(page);
    await dialog.getByRole('button', { name: 'Create device' }).click();
    pumpKey = (await dialog.getByTestId('key').locator('pre').innerText()).trim();
    assert.match(pumpKey, /^insa_device_/);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await row(page, 'pump-01').getByText('Feed pump').waitFor();
    await page.getByRole('button', { name: 'New device' }).click();
    await dialog.getByLabel('Device id').fill('pump-01');
    await dialog.getByRole('button', { name: 'Create device' }).click();
    await dialog.getByRole('alert').first().waitFor();
  });

  it('import devices from CSV: a bad file is explained, a good one checked first', async () => {
    const page = await open('/devices');
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog');
    const file = dialog.locator('input[type=file]');
    await file.setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from('device_id,name\nok-1,Ok\nnot ok,Bad\n') });
    await dialog.getByRole('button', { name: 'Check the file' }).click();
    await dialog.getByTestId('faults').getByText('not ok').waitFor();
    const csv = `device_id,name,type,location,area\nvalve-1,Valve 1,valve,Hall B,north\nvalve-2,"${HOSTILE}",valve,Hall A,south\n`;
    await file.setInputFiles({ name: 'good.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await dialog.getByRole('button', { name: 'Check the file' }).click();
    await dialog.getByText('2 would be created').waitFor();
    await assertAccessible(page);
    await dialog.getByRole('button', { name: 'Import 2 devices' }).click();
    await dialog.getByText('Imported: 2 created').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download the keys' }).click(),
    ]);
    const keys = readFileSync(await download.path(), 'utf8');
    assert.match(keys, /^line,device_id,name,result,credential_id,key\r\n2,valve-1,Valve 1,created,[^,]+,insa_device_/);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await row(page, 'valve-2').getByText(HOSTILE).waitFor();
  });

  it('find, filter and sort devices, and keep that in the address', async () => {
    const page = await open('/devices');
    await row(page, 'valve-1').waitFor();
    await page.getByRole('textbox', { name: 'Find by name' }).fill('valve hall');
    await page.getByTestId('device-count').getByText('2 of 3 devices').waitFor();
    await page.waitForURL('**/devices?q=valve+hall');
    await page.getByRole('button', { name: 'Id', exact: true }).click();
    await page.waitForURL('**/devices?q=valve+hall&sort=id');
    await page.getByRole('button', { name: 'Id', exact: true }).click();
    const ids = () =>
      page.locator('[data-testid=device-list] [data-device]').evaluateAll((rows) => rows.map((one) => one.getAttribute('data-device')));
    await eventually(async () => ((await ids()).join() === 'valve-2,valve-1' ? true : undefined), 'the other order');
    await page.waitForURL('**/devices?q=valve+hall&sort=id&order=desc');
    await page.locator('[data-filter=location]').click();
    await page.getByRole('option', { name: 'Hall B' }).click();
    await page.getByTestId('device-count').getByText('1 of 3 devices').waitFor();
    await page.reload();
    await page.getByTestId('device-count').getByText('1 of 3 devices').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Find by name' }).inputValue(), 'valve hall');
    await assertAccessible(page);
    await page.getByRole('textbox', { name: 'Find by name' }).fill('nothing like that');
    await page.getByText('No device matches the filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).last().click();
    await page.getByTestId('device-count').getByText('3 devices', { exact: true }).waitFor();
  });

  it('are cards on a phone', async () => {
    const page = await open('/devices?status=unknown', 'phone', { colorScheme: 'dark' });
    await row(page, 'valve-2').getByText(HOSTILE).waitFor();
    assert.equal(await page.locator('[data-testid=device-list] table').count(), 0);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    await page.locator('[data-filter=status]').waitFor();
    await row(page, 'valve-2').getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: HOSTILE }).waitFor();
    await page.getByText('No values yet').waitFor();
    await assertAccessible(page);
  });

  it('show live values with unit, quality and age, and a chart that joins them to history', async () => {
    const past = Array.from({ length: 60 }, (_, second) => ({
      secondsAgo: 70 - second,
      data: { temperature: { value: 20 + second / 10, unit: 'C' } },
    }));
    await store('pump-01', pumpKey, [...past, { secondsAgo: 600, data: { flow: { value: 5.5, unit: 'l/min', quality: 40 } } }]);
    const page = await open('/devices/pump-01');
    const value = (key: string): Locator => page.locator(`.value[data-key="${key}"]`);
    await value('temperature').getByText('25.90').waitFor();
    await value('temperature').getByText('°C').waitFor();
    await value('flow').getByText('Quality 40').waitFor();
    await page.locator('.value[data-key=flow][data-stale=true]').getByText('stale').waitFor();
    await eventually(
      async () => (/temperature: newest 25\.90, least 20/.test(await chartText(page)) ? true : undefined),
      'the history in the chart',
    );
    pump = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'pump-01', password: pumpKey });
    await pump.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ data: { temperature: { value: 31.25, unit: 'C' } } }), {
      qos: 1,
    });
    await value('temperature').getByText('31.25').waitFor();
    await eventually(async () => (/greatest 31\.25/.test(await chartText(page)) ? true : undefined), 'the live reading in the chart');
    await page.getByText('Online', { exact: true }).first().waitFor();
    await assertAccessible(page);
  });

  it('show the chart over any period, zoomed, with fewer lines, by keyboard', async () => {
    const page = await open('/devices/pump-01?key=temperature');
    const legend = page.getByTestId('legend');
    await legend.getByText('temperature').waitFor();
    await page.locator('[data-period="24h"]').click();
    await page.waitForURL('**/devices/pump-01?*period=24h*');
    await eventually(
      async () => (/temperature: newest 31\.25, least 20/.test(await chartText(page)) ? true : undefined),
      'a day in the chart',
    );
    for (const kind of ['bar', 'area']) await page.locator(`[data-kind=${kind}]`).click();
    await page.locator('[data-kind=area][aria-pressed=true]').waitFor();
    const whole = page.getByRole('button', { name: 'Whole period' });
    await eventually(async () => {
      // Each kind is drawn anew: what is drawn meanwhile has not seen the whole move.
      await dragBy(page, page.locator('.u-over'), { x: 150, y: 20 });
      return (await whole.count()) > 0 || undefined;
    }, 'the zoom');
    await whole.click();
    await page.getByRole('application').focus();
    for (const key of ['ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
    await legend.getByText(/Values at/).waitFor();
    await page.keyboard.press('Escape');
    await legend.getByRole('button', { name: /temperature/ }).click();
    await page.getByText('All lines are hidden.').waitFor();
    await page.locator('.value[data-key=temperature] button').click();
    await page.getByText('Choose at least one value').waitFor();
    await page.goto(`${platform.httpUrl}/devices/pump-01?period=2020-01-01T00:00:00Z..2020-01-02T00:00:00Z`);
    await page.getByText('No readings in this period.').waitFor();
    await assertAccessible(page);
  });

  it('send a command and follow it to its answer', async () => {
    assert.ok(pump);
    await pump.subscribeAsync('insa/devices/pump-01/command', { qos: 1 });
    const answer = (_topic: string, body: Buffer): void => {
      const { id } = JSON.parse(body.toString()) as { id: string };
      void pump?.publishAsync('insa/devices/pump-01/command/response', JSON.stringify({ id, status: 'completed', result: { rpm: 1199 } }), {
        qos: 1,
      });
    };
    pump.on('message', answer);
    const page = await open('/devices/pump-01?tab=commands');
    await page.getByText('No commands were sent').waitFor();
    await page.getByRole('combobox', { name: 'Command' }).fill('set_speed');
    await page.getByLabel('Parameters (JSON)').fill('{"rpm": ');
    await page.getByText('This is not a JSON object').waitFor();
    await page.getByLabel('Parameters (JSON)').fill('{"rpm": 1200}');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const sent = page.locator('[data-command=set_speed]');
    await sent.getByText('Completed').waitFor();
    await sent.getByText('1199').waitFor();
    await assertAccessible(page);
    pump.removeListener('message', answer);
  });

  it('let operators choose among the commands that are allowed', async () => {
    await succeed('PATCH', '/devices/pump-01', { allowed_commands: ['start', 'stop'] });
    const opened = await visit(browser, platform, '/devices/pump-01?tab=commands');
    visits.push(opened);
    const { page } = opened;
    await page.route('**/api/v1/auth/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...((await answer.json()) as object), role: 'operator', permissions: ROLES.operator },
      });
    });
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await page.locator('.form__name').click();
    await page.getByRole('option', { name: 'stop' }).waitFor();
    await eventually(async () => (await page.getByRole('option').count()) === 2 || undefined, 'two commands');
    await page.keyboard.press('Escape');
    assert.equal(await tab(page, 'keys').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Remove device' }).count(), 0);
    await tab(page, 'settings').click();
    await page.getByText('Your role may see these, but not change them.').waitFor();
  });

  it('send a configuration, and do not replace unseen what somebody else sent', async () => {
    const page = await open('/devices/pump-01?tab=config');
    await page.getByText('No configuration was sent yet.').waitFor();
    const text = page.getByTestId('config-text').locator('textarea').first();
    await text.fill('[1]');
    await page.getByText('This is not a JSON object').waitFor();
    await text.fill('{"interval_seconds": 10}');
    await page.getByRole('button', { name: 'Send to the device' }).click();
    await page.getByText('Version 1 is stored and handed to the broker').waitFor();
    await succeed('POST', '/devices/pump-01/config', { interval_seconds: 99 });
    await text.fill('{"interval_seconds": 20}');
    await page.getByRole('button', { name: 'Send to the device' }).click();
    await page.getByTestId('config-newer').waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Load version 2' }).click();
    await eventually(async () => (await text.inputValue()).includes('99') || undefined, 'version 2');
  });

  it('issue, rotate and revoke keys', async () => {
    const page = await open('/devices/valve-1?tab=keys');
    await page.getByRole('button', { name: 'Issue a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('cabinet 3');
    await dialog.getByRole('button', { name: 'Issue a key' }).click();
    await dialog.getByTestId('key').locator('pre').getByText('insa_device_').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    const one = page.getByTestId('keys').locator('li').filter({ hasText: 'cabinet 3' });
    await one.waitFor();
    await assertAccessible(page);
    await one.getByRole('button', { name: /Rotate/ }).click();
    await dialog.getByRole('button', { name: 'Issue the new key' }).click();
    await dialog.getByTestId('key').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('replaced by a newer key').waitFor();
    const count = await page.getByTestId('keys').locator('li').count();
    await page
      .getByRole('button', { name: /Revoke/ })
      .first()
      .click();
    await page.getByTestId('confirm').click();
    await eventually(async () => ((await page.getByTestId('keys').locator('li').count()) === count - 1 ? true : undefined), 'a key less');
  });

  it('list the alerts of the device, open and past', async () => {
    assert.ok(pump);
    await pump.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ data: { temperature: { value: 95.5, unit: 'C' } } }), {
      qos: 1,
    });
    const page = await open('/devices/pump-01?tab=alerts');
    const openAlert = page.getByTestId('alerts-open').locator('[data-alert]');
    await openAlert.waitFor();
    await assertAccessible(page);
    await pump.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ data: { temperature: { value: 21, unit: 'C' } } }), {
      qos: 1,
    });
    await page.getByTestId('alerts-past').locator('[data-alert]').getByText('the condition cleared').waitFor();
    await page.getByTestId('alerts-open').getByText('No open alerts').waitFor();
  });

  it('show the readings as they are stored, and export them', async () => {
    const page = await open('/devices/pump-01?tab=data&of=flow');
    await page.getByTestId('readings').getByText('5.50 l/min').waitFor();
    assert.equal(await page.getByTestId('readings').locator('tbody tr').count(), 1);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    assert.match(download.suggestedFilename(), /^pump-01-flow-.*\.csv$/);
    assert.match(
      readFileSync(await download.path(), 'utf8'),
      /^device_id,key,timestamp,value,unit,quality\r?\npump-01,flow,[^,]+,5\.5,l\/min,40\r?\n$/,
    );
    await assertAccessible(page);
    await page.route('**/api/v1/telemetry/export?*', (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'FORBIDDEN', detail: 'You may not do this.' }),
      }),
    );
    await page.getByRole('button', { name: 'JSON lines' }).click();
    await page.getByText('The export failed: You may not do this.').waitFor();
  });

  it('change the record and how values are shown, and do not replace unseen what somebody else changed', async () => {
    const page = await open('/devices/pump-01?tab=settings');
    await page.getByLabel('Offline alert after (seconds)').fill('3');
    await page.getByText('A whole number from 5 to 2,592,000, or empty.').waitFor();
    await page.getByLabel('Offline alert after (seconds)').fill('3600');
    await page.getByLabel('Name').first().fill('Feed pump 1');
    const save = page.getByRole('button', { name: 'Save changes' });
    await save.first().click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Feed pump 1' }).waitFor();
    await page.getByText('offline alert after 1 h of silence').waitFor();
    await succeed('PATCH', '/devices/pump-01', { area: 'north' });
    await page.getByLabel('Name').first().fill('Other');
    await save.first().click();
    await page.getByTestId('device-newer').getByRole('button').click();
    const area = page.getByRole('textbox', { name: 'Area' });
    await eventually(async () => (await area.inputValue()) === 'north' || undefined, 'the area of the newer record');
    const look = page.locator('[data-look=temperature]');
    await look.getByLabel('Label', { exact: true }).fill('Bearing');
    await look.getByLabel('Upper limit').fill('warm');
    await look.getByText('Not a number').waitFor();
    await look.getByLabel('Upper limit').fill('80');
    await save.last().click();
    await page.getByText('Saved.').waitFor();
    await assertAccessible(page);
    await tab(page, 'live').click();
    await page.locator('.value[data-key=temperature]').getByText('Bearing').waitFor();
    await succeed('PATCH', '/devices/pump-01', { offline_seconds: null });
  });

  it('say when there is no such device, and when a right was taken away meanwhile', async () => {
    const page = await open('/devices/no-such-device');
    await page.getByText('There is no device “no-such-device”').waitFor();
    await assertAccessible(page);
    await page.goto(`${platform.httpUrl}/devices/${encodeURIComponent('<b>/..?#%')}`);
    await page.getByText('There is no device “<b>/..?#%”').waitFor();
    await page.goto(`${platform.httpUrl}/devices/valve-1?tab=settings`);
    await page.getByLabel('Name').first().fill('Another');
    const refusal = JSON.stringify({ code: 'FORBIDDEN', detail: 'You need "devices:write" for this.' });
    // Only the change is refused: the page also reads the device anew whenever its connection was lost.
    await page.route('**/api/v1/devices/valve-1', (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: refusal })
        : route.fallback(),
    );
    await page.getByRole('button', { name: 'Save changes' }).first().click();
    await page.getByText('You need "devices:write" for this.').waitFor();
    assert.equal(await page.getByLabel('Name').first().inputValue(), 'Another');
  });
});
