import assert from 'node:assert/strict';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { WIDGET_TYPES } from '../../src/contracts/dashboards.ts';
import { needsProgram } from '../support/system-programs.ts';
import {
  BoardsFixture,
  dragBy,
  fitsAcross,
  makeBoard,
  middleOf,
  openAs,
  place,
  readBoard,
  valueWidget,
  widgetOn,
} from './boards-support.ts';
import { assertAccessible, launch, SCREENS } from './support.ts';
import type { Browser } from 'playwright-core';

const HOSTILE = '<img src=x onerror=alert(1)>';

/** Making dashboards, and wall screens, in a real browser on the whole program. */
describe('making dashboards', () => {
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const layoutOf = async (id: string) => (await readBoard(boards.eva, id)).layout;

  describe('editing', () => {
    const edited = async (body: object, options: BrowserContextOptions = {}) => {
      const made = await makeBoard(boards.eva, { name: 'To edit', ...body });
      const page = await boards.open(`/dashboards/${made.id}/edit`, options);
      await page.getByTestId('save').waitFor();
      return { id: made.id, page };
    };
    const save = async (page: Page): Promise<void> => {
      await page.getByTestId('save').click();
      await page.getByTestId('unsaved').waitFor({ state: 'detached' });
    };
    const cover = (page: Page, id: string) => page.locator(`[data-cover="${id}"]`);
    const focused = (one: Locator) =>
      eventually(async () => (await one.evaluate((element) => element === document.activeElement)) || undefined, 'the focus to be there');
    const TWO = {
      widgets: [valueWidget('a', 'pump-01', 'temperature'), valueWidget('b', 'pump-01', 'mode')],
      layout: { a: place(0, 0, 3, 2), b: place(3, 0, 3, 2) },
    };

    it('drags a widget from the palette to its place, moves and resizes with the mouse, undoes and redoes', async () => {
      const { id, page } = await edited(TWO);
      const grid = page.getByTestId('edit-grid');
      await cover(page, 'a').waitFor();
      const frame = await grid.boundingBox();
      assert.ok(frame);
      const cell = frame.width / 12;
      const from = await middleOf(page.locator('[data-widget-type=gauge]'));
      await dragBy(page, page.locator('[data-widget-type=gauge]'), { x: frame.x + cell * 7.5 - from.x, y: frame.y + 76 * 4.5 - from.y });
      await cover(page, 'gauge-1').waitFor();
      await page.getByTestId('settings').waitFor();
      await save(page);
      const dropped = (await layoutOf(id))['gauge-1'];
      assert.ok(
        dropped !== undefined && dropped.x >= 5 && dropped.x <= 7 && dropped.y >= 2 && dropped.w === 3 && dropped.h === 3,
        JSON.stringify(dropped),
      );
      assert.deepEqual([(await layoutOf(id))['a'], (await layoutOf(id))['b']], [TWO.layout.a, TWO.layout.b]);

      await dragBy(page, cover(page, 'a'), { x: 0, y: 76 * 6 });
      await eventually(async () => ((await page.getByTestId('unsaved').count()) > 0 ? true : undefined), 'the move');
      await dragBy(page, page.locator('[data-item=b] > .ui-resizable-se'), { x: cell * 2, y: 76 });
      await page.locator('[data-item=b][gs-w="5"][gs-h="3"]').waitFor();
      await save(page);
      const after = await layoutOf(id);
      assert.ok((after['a']?.y ?? 0) >= 4, JSON.stringify(after));
      assert.deepEqual(after['b'], place(3, 0, 5, 3));

      await page.getByTestId('undo').click();
      await page.getByTestId('undo').click();
      await save(page);
      assert.deepEqual([(await layoutOf(id))['a'], (await layoutOf(id))['b']], [TWO.layout.a, TWO.layout.b]);
      await page.getByTestId('redo').click();
      await page.getByTestId('redo').click();
      await save(page);
      assert.deepEqual(await layoutOf(id), after);
      await page.getByTestId('close-settings').click();
      await page.getByTestId('tidy').click();
      await save(page);
      assert.equal((await layoutOf(id))['a']?.y, 0);
      await assertAccessible(page);
    });

    it('does without a mouse: by keys on the widget and by the fields beside', async () => {
      const { id, page } = await edited(TWO);
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Shift+ArrowRight']) await cover(page, 'a').press(key);
      await page.getByText('Column 1, row 4, 4 wide, 2 high').waitFor({ state: 'attached' });
      await focused(cover(page, 'a'));
      await page.keyboard.press('Enter');
      const settings = page.getByTestId('settings');
      await settings.waitFor();
      await focused(settings.getByTestId('widget-title').locator('input'));
      await settings.locator('[data-step=right]').click();
      await settings.getByLabel('Height').fill('4');
      await page.getByTestId('save').click();
      await page.getByTestId('unsaved').waitFor({ state: 'detached' });
      assert.deepEqual((await layoutOf(id))['a'], place(1, 3, 4, 4));
      await page.getByTestId('close-settings').click();
      await focused(cover(page, 'a'));
      await page.keyboard.press('Delete');
      await cover(page, 'a').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+z');
      await cover(page, 'a').waitFor();
      await page.locator('[data-widget-type=text]').focus();
      await page.keyboard.press('Enter');
      await cover(page, 'text-1').waitFor();
    });

    it('configures a widget, shows it at once, and says at the field what the server refuses', async () => {
      const { id, page } = await edited({ widgets: [] });
      await page.locator('[data-widget-type=gauge]').click();
      const settings = page.getByTestId('settings');
      await widgetOn(page, 'gauge-1').getByText('Nothing chosen yet.').waitFor();
      await settings.getByTestId('widget-title').locator('input').fill(`Bearing ${HOSTILE}`);
      await settings.getByText('Whatever devices fit').click();
      await settings.getByRole('combobox', { name: 'Type' }).fill('pump');
      await page.keyboard.press('Enter');
      await settings.getByText('One device fits now.').waitFor();
      await settings.getByRole('combobox', { name: 'Quantities' }).fill('temperature');
      await page.keyboard.press('Enter');
      await widgetOn(page, 'gauge-1').getByText('21.50').waitFor();
      await settings.getByLabel('Begins at').fill('50');
      await settings.getByLabel('Ends at').fill('10');
      await page.getByTestId('save').click();
      await settings.getByText('It is 10, which is not above "min" (50); make it larger.').first().waitFor();
      await assertAccessible(page);
      await settings.getByLabel('Ends at').fill('100');
      await save(page);
      const [saved] = (await readBoard(boards.eva, id)).widgets;
      assert.deepEqual(saved, {
        id: 'gauge-1',
        type: 'gauge',
        title: `Bearing ${HOSTILE}`,
        series: [],
        selector: { type: 'pump' },
        keys: ['temperature'],
        options: { min: 50, max: 100 },
      });
      await settings.getByText('Quantities of devices, one by one').click();
      await settings.getByTestId('add-series').click();
      await settings.locator('[data-series-row="0"]').waitFor();
      await save(page);
      const [named] = (await readBoard(boards.eva, id)).widgets;
      assert.deepEqual([named?.selector, named?.keys, named?.series.length], [undefined, undefined, 1]);
    });

    it('configures every kind of widget', async () => {
      const { id, page } = await edited({ widgets: [] });
      for (const type of WIDGET_TYPES) {
        await page.locator(`[data-widget-type=${type}]`).click();
        await page.getByTestId('settings').waitFor();
        await assertAccessible(page);
        if (type === 'text') await page.getByRole('textbox', { name: 'Text' }).fill('# Words');
        await page.getByTestId('close-settings').click();
      }
      await save(page);
      assert.equal((await readBoard(boards.eva, id)).widgets.length, WIDGET_TYPES.length);
    });

    it('asks before changes are lost', async () => {
      const { id, page } = await edited(TWO);
      await cover(page, 'a').press('ArrowDown');
      await page.getByTestId('unsaved').waitFor();
      await page.locator('[data-area=devices]').click();
      await page.getByText('Leave without saving?').waitFor();
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Stay here' }).click();
      await page.getByText('Leave without saving?').waitFor({ state: 'detached' });
      assert.match(page.url(), /\/edit$/);
      await page.locator('[data-area=devices]').click();
      await page.getByTestId('discard').click();
      await page.waitForURL('**/devices');
      assert.deepEqual((await layoutOf(id))['a'], TWO.layout.a);
    });

    it('says that somebody else has saved, and offers their version or a copy', async () => {
      const { id, page } = await edited({ ...TWO, is_public: true });
      await cover(page, 'a').press('ArrowDown');
      await page.getByTestId('unsaved').waitFor();
      assert.equal((await boards.admin.call('PATCH', `/dashboards/${id}`, { version: 1, name: 'Theirs' })).status, 200);
      await page.getByTestId('save').click();
      const conflict = page.getByTestId('conflict');
      await conflict.getByText('is version 2 by now (admin changed it)').waitFor();
      await assertAccessible(page);
      await conflict.getByTestId('conflict-reload').click();
      await page.getByRole('heading', { name: 'Edit Theirs' }).waitFor();
      // A dialog that closes gives the focus back.
      await conflict.waitFor({ state: 'detached' });
      await cover(page, 'b').press('ArrowRight');
      await page.getByTestId('unsaved').waitFor();
      assert.equal((await boards.admin.call('PATCH', `/dashboards/${id}`, { version: 2, name: 'Theirs again' })).status, 200);
      await page.getByTestId('save').click();
      await conflict.getByTestId('conflict-copy').click();
      await page.waitForURL((url) => /\/dashboards\/[0-9a-f-]{36}$/.test(url.pathname) && !url.pathname.includes(id));
      const copy = await readBoard(boards.eva, new URL(page.url()).pathname.split('/')[2] ?? '');
      assert.deepEqual([copy.name, copy.owner, copy.layout['b']], ['Copy of Theirs', 'eva', place(4, 0, 3, 2)]);
      assert.equal((await readBoard(boards.eva, id)).name, 'Theirs again');
    });

    it('works on the phone: adds by a tap, configures with a preview, moves by fields', async () => {
      const { id, page } = await edited(TWO, SCREENS.phone);
      await page.locator('[data-widget-type=alerts]').tap();
      const settings = page.getByTestId('settings');
      await settings.waitFor();
      await assertAccessible(page);
      await settings.getByTestId('close-settings').tap();
      await page.locator('[data-cover=a]').tap();
      await settings.locator('[data-widget=a]').getByText('21.50').waitFor();
      await settings.locator('[data-step=wider]').tap();
      await settings.getByTestId('close-settings').tap();
      await assertAccessible(page);
      assert.ok(await fitsAcross(page));
      await save(page);
      assert.deepEqual((await layoutOf(id))['a'], place(0, 0, 4, 2));
      assert.equal((await readBoard(boards.eva, id)).widgets.length, 3);
    });
  });

  describe('the wall screen', () => {
    it('shows dashboards in turn without navigation, by itself and by keys, and says whether it is live', async () => {
      const made = await Promise.all(
        ['One', 'Two'].map((name) =>
          makeBoard(boards.eva, { name: `Wall ${name}`, is_public: true, widgets: [valueWidget('a', 'pump-01', 'temperature')] }),
        ),
      );
      const ids = made.map(({ id }) => id).join(',');
      const page = await boards.open(`/dashboards/kiosk?ids=${ids}&seconds=5`, {}, 'vic');
      const heading = page.getByRole('heading', { level: 1 });
      await heading.getByText('Wall One').waitFor();
      assert.equal(await page.getByTestId('areas').count(), 0);
      await page.locator('[data-testid=link-state][data-state=live]').waitFor();
      await assertAccessible(page);
      await page.keyboard.press('ArrowRight');
      await heading.getByText('Wall Two').waitFor();
      await page.keyboard.press('ArrowLeft');
      await heading.getByText('Wall One').waitFor();
      await heading.getByText('Wall Two').waitFor();
      await page.keyboard.press(' ');
      await page.getByRole('button', { name: 'Go on turning' }).waitFor();
      await widgetOn(page, 'a').getByTestId('value').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/dashboards');
    });

    it('is put together on the list, and opened from a dashboard', async () => {
      const made = await makeBoard(boards.eva, { name: 'A wall alone', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
      const page = await boards.open('/dashboards');
      await page.getByTestId('kiosk').click();
      await page.getByRole('checkbox', { name: 'A wall alone' }).check();
      await page.getByLabel('Seconds for each').fill('2');
      await page.getByText('A whole number from 5 to 3600.').waitFor();
      await page.getByLabel('Seconds for each').fill('30');
      await assertAccessible(page);
      await page.getByTestId('start-kiosk').click();
      await page.waitForURL(`**/dashboards/kiosk?ids=${made.id}&seconds=30`);
      await page.getByRole('button', { name: 'Leave the full screen' }).click();
      await page.waitForURL(`**/dashboards/${made.id}`);
      await page.getByTestId('full-screen').click();
      await page.waitForURL(`**/dashboards/kiosk?ids=${made.id}`);
      await page.goto(`${boards.httpUrl}/dashboards/kiosk`);
      await page.getByText('No dashboard to show').waitFor();
      await page.goto(`${boards.httpUrl}/dashboards/kiosk?ids=30e7f7fd-0000-4000-8000-000000000001`);
      await page.getByText('There is no such dashboard').waitFor();
    });
  });
});

describe('the dashboard of the demo plant in the browser', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform({ env: { DEMO: 'true' } });
  });
  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  it('is there, full of life, and goes with the demo plant', async () => {
    const api = await ApiClient.login(platform);
    const who = { username: platform.adminUsername, password: platform.adminPassword, path: '/dashboards' };
    const { page, complaints, close } = await openAs(browser, platform, who);
    await page.getByRole('link', { name: 'Demo plant', exact: true }).click();
    await page.locator('[data-widget=temperatures] [data-series="pump-demo temperature"] [data-testid=value]').getByText(/\d/).waitFor();
    await page.locator('[data-widget=machines] [data-device-state=boiler-demo][data-status=online]').waitFor();
    await page.locator('[data-widget=day] canvas').first().waitFor();
    await page.getByText('No readings yet').first().waitFor({ state: 'detached' });
    await assertAccessible(page);
    await page.goto(`${platform.httpUrl}/dashboards`);
    await page.getByRole('link', { name: 'Demo plant: analysis', exact: true }).click();
    await page.locator('[data-widget=statistics] [data-figure=mean]').waitFor();
    await page.locator('[data-widget=trend] [data-trend]').waitFor();
    await page.locator('[data-widget=correlation] [data-pair="flow temperature"]').first().waitFor();
    await page.locator('[data-widget=forecast] canvas').waitFor();
    // What is out of sight asks for nothing.
    await page.locator('[data-widget=timeseries]').scrollIntoViewIfNeeded();
    await page.locator('[data-widget=timeseries] canvas').waitFor();
    await assertAccessible(page);
    await page.goto(`${platform.httpUrl}/`);
    const offered = page.getByTestId('remove-demo');
    await offered.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Remove the demo plant?').waitFor();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('confirm-remove-demo').waitFor({ state: 'detached' });
    await eventually(async () => (await offered.evaluate((one) => one === document.activeElement)) || undefined, 'the focus to be back');
    await page.goto(`${platform.httpUrl}/administration/settings`);
    await page.getByTestId('demo').getByRole('button').click();
    await page.getByTestId('confirm-remove-demo').click();
    await page.getByTestId('demo').waitFor({ state: 'detached' });
    await page.locator('[data-area=overview]').click();
    await page.getByTestId('first-device').waitFor();
    assert.equal(await page.getByTestId('remove-demo').count(), 0);
    assert.deepEqual((await api.call('GET', '/devices')).body['items'], []);
    await page.goto(`${platform.httpUrl}/dashboards`);
    await page.getByText('No dashboards yet').waitFor();
    assert.deepEqual((await api.call('GET', '/dashboards')).body['items'], []);
    assert.deepEqual(complaints, []);
    await close();
  });
});
