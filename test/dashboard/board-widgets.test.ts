import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, fitsAcross, makeBoard, place, send, valueWidget, widgetOn } from './boards-support.ts';
import { assertAccessible, SCREENS } from './support.ts';

/** What widgets make of narrow and of very large screens, of odd values, and of plants that change. */
describe('widgets of dashboards', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const addDevice = async (id: string, fields: object): Promise<void> => {
    const made = await boards.eva.call('POST', '/devices', { device_id: id, ...fields });
    assert.equal(made.status, 201, JSON.stringify(made.body));
  };
  const fitsIn = (page: Page): Promise<true> => eventually(async () => ((await fitsAcross(page)) ? true : undefined), 'all of it to fit');

  it('keeps a wide table inside the phone, where it scrolls by itself', async () => {
    await addDevice('wide', { name: 'Wide', type: 'wide' });
    const keys = ['temperature', 'mode', 'running', 'huge', 'pressure'];
    await send(boards.eva, 'wide', { temperature: 21.5, mode: 'automatic', running: true, huge: 123_456_789, pressure: 4.2 });
    const widgets = [{ id: 'table', type: 'table', selector: { type: 'wide' }, keys, options: { stale_seconds: 1 } }];
    const made = await makeBoard(boards.eva, { name: 'Wide', widgets });
    const page = await boards.open(`/dashboards/${made.id}`, SCREENS.phone);
    const table = widgetOn(page, 'table');
    for (const path of ['', '/edit', `/../kiosk?ids=${made.id}`]) {
      await page.goto(`${boards.httpUrl}/dashboards/${made.id}${path}`);
      await table.locator('[data-row=wide] [data-key=pressure]').getByText('4.20').waitFor();
      await table.getByText('out of date').first().waitFor({ state: 'attached' });
      await fitsIn(page);
    }
    await table.locator('[data-row=wide] [data-key=pressure]').scrollIntoViewIfNeeded();
    const name = await table.locator('[data-row=wide] th').boundingBox();
    assert.ok(name !== null && name.x >= 0, 'the name of the device stays in sight');
    await assertAccessible(page);
  });

  it('draws no scale for what is no number, and a finite one for the largest number', async () => {
    await addDevice('odd', { name: 'Odd' });
    await send(boards.eva, 'odd', { running: true, mode: 'auto', huge: Number.MAX_VALUE });
    const gauge = (id: string, device: string, key: string) => ({ id, type: 'gauge', series: [{ device_id: device, key }] });
    const made = await makeBoard(boards.eva, {
      name: 'Odd values',
      widgets: [
        gauge('running', 'odd', 'running'),
        gauge('mode', 'odd', 'mode'),
        { id: 'gone', type: 'gauge', series: [{ device_id: 'nobody', key: 'x' }] },
        {
          id: 'silent',
          type: 'gauge',
          series: [
            { device_id: 'odd', key: 'never' },
            { device_id: 'odd', key: 'huge' },
          ],
        },
        gauge('huge', 'odd', 'huge'),
        gauge('number', 'pump-01', 'temperature'),
      ],
    });
    const page = await boards.open(`/dashboards/${made.id}`);
    await widgetOn(page, 'number').locator('.gauge__zone').first().waitFor({ state: 'attached' });
    await widgetOn(page, 'running').getByTestId('value').getByText('true').waitFor();
    for (const [id, series] of [
      ['running', 'odd running'],
      ['mode', 'odd mode'],
      ['gone', 'nobody x'],
      ['silent', 'odd never'],
    ] as const) {
      const dial = widgetOn(page, id).locator(`[data-series="${series}"]`);
      await dial.waitFor();
      assert.equal(await dial.locator('.gauge__zone, .gauge__track, .gauge__end').count(), 0, id);
      assert.doesNotMatch((await dial.getByRole('img').getAttribute('aria-label')) ?? '', /scale/, id);
    }
    assert.doesNotMatch(await widgetOn(page, 'huge').innerText(), /∞|NaN/);
    assert.match(await widgetOn(page, 'huge').locator('.gauge__bar').getAttribute('d').then(String), /^[^N]*$/);
    await assertAccessible(page);
  });

  it('says that quantities are missing where devices were chosen', async () => {
    const made = await makeBoard(boards.eva, {
      name: 'Half',
      widgets: [{ id: 'table', type: 'table', selector: { type: 'pump' }, keys: [] }],
    });
    const page = await boards.open(`/dashboards/${made.id}`);
    await widgetOn(page, 'table').getByText('Devices are chosen, but no quantities.').waitFor();
  });

  it('goes on with a map whose last device with a place goes, and shows the next one', async () => {
    await addDevice('buoy-1', { name: 'Buoy 1', type: 'buoy', metadata: { latitude: 41.65, longitude: -0.88 } });
    const made = await makeBoard(boards.eva, {
      name: 'Sea',
      widgets: [{ id: 'map', type: 'map', selector: { type: 'buoy' }, keys: ['level'] }],
    });
    const page = await boards.open(`/dashboards/${made.id}`);
    const map = widgetOn(page, 'map');
    await map.getByTestId('map-plane').locator('[data-marker=buoy-1]').waitFor();
    // A reading of a device that the page does not know makes it read the list of devices again.
    const tellOfNew = async (id: string, fields: object): Promise<void> => {
      await addDevice(id, fields);
      await send(boards.eva, id, { level: 1 });
    };
    await boards.eva.call('PATCH', '/devices/buoy-1', { metadata: {} });
    await tellOfNew('elsewhere-1', { name: 'Elsewhere' });
    await map.getByTestId('map-plane').waitFor({ state: 'detached' });
    await map.locator('[data-marker=buoy-1]').waitFor();
    await tellOfNew('buoy-2', { name: 'Buoy 2', type: 'buoy', metadata: { latitude: 41.6, longitude: -0.9 } });
    await map.getByTestId('map-plane').locator('[data-marker=buoy-2]').waitFor();
    assert.equal(await map.getByText('This part could not be shown').count(), 0);
  });

  it('joins markers that would lie on one another, and lists them by a click', async () => {
    const at = (latitude: number, longitude: number) => ({ type: 'near', metadata: { latitude, longitude } });
    await addDevice('near-1', { name: 'Near 1', ...at(4.61, -74.08) });
    await addDevice('near-2', { name: 'Near 2', ...at(4.62, -74.09) });
    await addDevice('far', { name: 'Far', ...at(41.65, -0.88) });
    const made = await makeBoard(boards.eva, { name: 'Near', widgets: [{ id: 'map', type: 'map', selector: { type: 'near' } }] });
    const page = await boards.open(`/dashboards/${made.id}`);
    const map = widgetOn(page, 'map');
    await map.locator('[data-marker=far]').waitFor();
    assert.equal(await map.locator('[data-marker=near-1]').count(), 0);
    await assertAccessible(page);
    await map.getByRole('button', { name: '2 devices are here' }).click();
    const list = page.getByTestId('map-group');
    await list.getByRole('link', { name: 'Near 1' }).waitFor();
    await assertAccessible(page);
    await list.getByRole('link', { name: 'Near 2' }).click();
    await page.waitForURL('**/devices/near-2');
  });

  it('is read from afar on a wall screen of 3840 by 2160, and fits its height', async () => {
    const rows = Array.from({ length: 5 }, (_, row) => row);
    const made = await makeBoard(boards.eva, {
      name: 'Wall',
      widgets: rows.map((row) => valueWidget(`w${String(row)}`, 'pump-01', 'temperature', { title: `Row ${String(row)}` })),
      layout: Object.fromEntries(rows.map((row) => [`w${String(row)}`, place(0, row * 2, 6, 2)])),
    });
    const page = await boards.open(`/dashboards/kiosk?ids=${made.id}`, { viewport: { width: 3840, height: 2160 } });
    const title = widgetOn(page, 'w0').getByText('Row 0');
    await title.waitFor();
    const heightOf = async (one: Locator): Promise<number> => (await one.boundingBox())?.height ?? 0;
    await eventually(async () => ((await heightOf(title)) > 60 ? true : undefined), 'large titles');
    assert.equal(await page.evaluate<boolean>('document.documentElement.scrollHeight <= innerHeight'), true, 'nothing is below the edge');
    await fitsIn(page);
    const last = await widgetOn(page, 'w4').boundingBox();
    assert.ok(last !== null && last.y + last.height > 2_000, 'the height is used');
    await page.setViewportSize({ width: 1440, height: 900 });
    await eventually(async () => ((await heightOf(title)) < 40 ? true : undefined), 'titles of a laptop');
  });

  describe('being edited', () => {
    const edited = async (): Promise<Page> => {
      const made = await makeBoard(boards.eva, {
        name: 'By keys',
        widgets: [valueWidget('a', 'pump-01', 'temperature')],
        layout: { a: place(0, 0, 3, 2) },
      });
      const page = await boards.open(`/dashboards/${made.id}/edit`);
      await page.getByTestId('save').waitFor();
      return page;
    };
    const hasFocus = (one: Locator): Promise<true> =>
      eventually(async () => ((await one.evaluate((element) => element === document.activeElement)) ? true : undefined), 'the focus');
    const title = (page: Page): Locator => page.getByTestId('widget-title').locator('input');

    it('leads whoever adds or duplicates a widget by key to its settings, and Escape back to it', async () => {
      const page = await edited();
      await page.locator('[data-widget-type=value]').focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-cover=value-1]').waitFor();
      await hasFocus(title(page));
      await page.keyboard.press('Escape');
      await page.getByTestId('settings').waitFor({ state: 'detached' });
      await hasFocus(page.locator('[data-cover=value-1]'));
      await page.keyboard.press('Enter');
      await hasFocus(title(page));
      await page.getByRole('button', { name: 'Duplicate this widget' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-cover=value-2]').waitFor();
      await hasFocus(title(page));
    });

    it('closes an open list by Escape before the settings', async () => {
      const page = await edited();
      await page.locator('[data-widget-type=chart]').click();
      const kind = page.getByTestId('settings').getByRole('combobox', { name: 'Drawn as' });
      await kind.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name: 'Area' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('option', { name: 'Area' }).waitFor({ state: 'hidden' });
      await page.getByTestId('settings').waitFor();
      await page.keyboard.press('Escape');
      await page.getByTestId('settings').waitFor({ state: 'detached' });
      await hasFocus(page.locator('[data-cover=chart-1]'));
    });

    for (const [language, code] of [
      ['English', 'en'],
      ['Spanish', 'es'],
    ] as const) {
      it(`shows the names of all settings in full (${language})`, async () => {
        const page = await edited();
        await page.evaluate(`localStorage.setItem('insa.language', '${code}')`);
        await page.reload();
        await page.getByTestId('save').waitFor();
        for (const type of ['gauge', 'chart', 'table', 'alerts', 'trend', 'timeseries', 'correlation', 'forecast']) {
          await page.locator(`[data-widget-type=${type}]`).click();
          await page.getByTestId('settings').waitFor();
          const cut = await page
            .getByTestId('settings')
            .locator('.v-field .v-label, .v-selection-control .v-label')
            .evaluateAll((all) =>
              all.filter((one) => one.scrollWidth > one.clientWidth && one.clientWidth > 0).map((one) => one.textContent),
            );
          assert.deepEqual(cut, [], type);
          await page.getByTestId('close-settings').click();
        }
      });
    }
  });
});
