import assert from 'node:assert/strict';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, fitsAcross, makeBoard, place, send, valueWidget, widgetOn } from './boards-support.ts';
import { assertAccessible, SCREENS } from './support.ts';

const WALL = { viewport: { width: 3840, height: 2160 } };
/** Texts that a careless page takes for numbers, or for nothing. */
const WORDS = {
  nan: 'NaN',
  infinity: 'Infinity',
  minus: '-Infinity',
  digits: '12.5',
  huge: '1e999',
  nothing: 'null',
  missing: 'undefined',
};

/** Dashboards with odd readings, on the largest screen, and with menus open. */
describe('dashboards at their edges', () => {
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  it('show texts such as "NaN" and "Infinity" as the texts they are, and truth values as such', async () => {
    const made = await boards.eva.call('POST', '/devices', { device_id: 'odd', name: 'Odd', type: 'odd' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await send(boards.eva, 'odd', { ...WORDS, yes: true, no: false });
    const keys = [...Object.keys(WORDS), 'yes', 'no'];
    const { id } = await makeBoard(boards.eva, {
      name: 'Odd readings',
      widgets: ['value', 'gauge', 'table', 'chart'].map((type) => ({
        ...{ id: type, type, selector: { type: 'odd' }, keys },
        options: type === 'chart' ? {} : { lower_limit: 1, upper_limit: 5 },
      })),
      layout: { value: place(0, 0, 6, 6), gauge: place(6, 0, 6, 6), table: place(0, 6, 12, 3), chart: place(0, 9, 12, 10) },
    });
    const page = await boards.open(`/dashboards/${id}`, { viewport: { width: 1440, height: 1_800 } });
    const shown = { ...WORDS, yes: 'true', no: 'false' };
    for (const type of ['value', 'gauge']) {
      for (const [key, text] of Object.entries(shown)) {
        const tile = widgetOn(page, type).locator(`[data-series="odd ${key}"]`);
        await tile.getByTestId('value').getByText(text, { exact: true }).waitFor();
        assert.match(await tile.getByTestId('age').innerText(), /^\d+ (s|min)$/, `${type} ${key}`);
      }
    }
    for (const [key, text] of Object.entries(shown)) {
      await widgetOn(page, 'table').locator(`[data-row=odd] [data-key=${key}]`).getByText(text, { exact: true }).waitFor();
    }
    const strips = widgetOn(page, 'chart').getByTestId('state-strip');
    for (const text of Object.values(WORDS)) await strips.getByText(text, { exact: true }).first().waitFor();
    const legend = widgetOn(page, 'chart').getByTestId('legend').getByRole('listitem');
    await legend.filter({ hasText: 'yes' }).getByText('true', { exact: true }).waitFor();
    await legend.filter({ hasText: 'no' }).getByText('false', { exact: true }).first().waitFor();

    // They change while somebody looks.
    await send(boards.eva, 'odd', { nan: 'Infinity', yes: false });
    for (const type of ['value', 'gauge']) {
      await widgetOn(page, type).locator('[data-series="odd nan"]').getByTestId('value').getByText('Infinity', { exact: true }).waitFor();
      await widgetOn(page, type).locator('[data-series="odd yes"]').getByTestId('value').getByText('false', { exact: true }).waitFor();
    }
    await strips.filter({ hasText: 'NaN' }).filter({ hasText: 'Infinity' }).waitFor();
    assert.equal(await page.getByText('This part could not be shown').count(), 0);
    assert.equal(await page.getByText(/too high|too low/).count(), 0, 'a text is above no limit');
    assert.equal(await widgetOn(page, 'gauge').locator('.gauge__bar').count(), 0);
    await assertAccessible(page);
  });

  it('fill a wall screen of 3840 by 2160, by day and by night', async () => {
    const types = ['value', 'gauge', 'chart', 'table', 'status', 'map', 'alerts'] as const;
    const { id } = await makeBoard(boards.eva, {
      name: 'Wall',
      is_public: true,
      widgets: [
        ...types.map((type) => ({ id: type, type, title: type, selector: { type: 'pump' }, keys: ['temperature', 'running', 'mode'] })),
        { id: 'text', type: 'text', title: 'text', options: { text: '# Night shift\n- [Pump 1](/devices/pump-01)' } },
      ],
      layout: Object.fromEntries([...types, 'text'].map((one, n) => [one, place((n % 4) * 3, Math.floor(n / 4) * 4, 3, 4)])),
    });
    for (const [path, colorScheme] of [
      [`/dashboards/${id}`, 'light'],
      [`/dashboards/kiosk?ids=${id}`, 'dark'],
    ] as const) {
      const page = await boards.open(path, { ...WALL, colorScheme }, 'vic');
      await widgetOn(page, 'value').locator('[data-series="pump-01 temperature"]').getByText('21.50').waitFor();
      await widgetOn(page, 'chart').locator('canvas').first().waitFor();
      await widgetOn(page, 'text').getByRole('heading', { name: 'Night shift' }).waitFor();
      await eventually(async () => ((await fitsAcross(page)) ? true : undefined), 'all of it to fit');
      for (const one of [...types, 'text']) {
        const box = await widgetOn(page, one).boundingBox();
        assert.ok(
          box !== null && box.x >= 0 && box.x + box.width <= 3840 && box.y + box.height <= 2160,
          `${path} ${one} ${JSON.stringify(box)}`,
        );
      }
      const [first, last] = [await widgetOn(page, 'value').boundingBox(), await widgetOn(page, 'table').boundingBox()];
      const leastPx = path.includes('kiosk') ? 3_600 : 1_200;
      assert.ok(
        first !== null && last !== null && last.x + last.width - first.x > leastPx,
        `the width is used: ${JSON.stringify([first, last])}`,
      );
      await assertAccessible(page);
    }
  });

  describe('with a menu open', () => {
    it('break no rule of accessibility: menus of a dashboard, of the person, of the alarm, of a form and of the phone', async () => {
      const { id } = await makeBoard(boards.eva, { name: 'Menus', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
      const page = await boards.open(`/dashboards/${id}`);
      await page.getByTestId('menu').click();
      await page.getByRole('listitem').filter({ hasText: 'Export as JSON' }).waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      await page.getByTestId('user-menu').click();
      await page.getByTestId('sign-out').waitFor();
      await assertAccessible(page);
      await page.goto(`${boards.httpUrl}/alerts`);
      await page.getByTestId('alarm').click();
      await page.getByTestId('alarm-menu').waitFor();
      await assertAccessible(page);
      await page.goto(`${boards.httpUrl}/rules/new`);
      await page.getByTestId('add-action').click();
      await page.getByText('a signed request to a URL').waitFor();
      await assertAccessible(page);
      await page.goto(`${boards.httpUrl}/dashboards/${id}/edit`);
      await page.locator('[data-widget-type=chart]').click();
      await page.getByTestId('settings').getByRole('combobox', { name: 'Drawn as' }).press('Enter');
      await page.getByRole('option', { name: 'Area', exact: true }).waitFor();
      await assertAccessible(page);
    });

    it('break none on the phone either', async () => {
      const page = await boards.open('/devices', SCREENS.phone);
      await page.locator('[data-area=more]').tap();
      await page.locator('.nav__rest [data-area]').first().waitFor();
      await assertAccessible(page);
    });
  });
});
