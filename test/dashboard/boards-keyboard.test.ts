import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, makeBoard, readBoard, valueWidget, widgetOn } from './boards-support.ts';

const MOST_TABS = 150;

/** Making a dashboard by keys alone. */
describe('dashboards', () => {
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const hasFocus = (one: Locator): Promise<boolean> => one.evaluate((element) => element === document.activeElement);

  describe('without a mouse', () => {
    /** Goes on by Tab until something has the focus. */
    const tabTo = async (page: Page, to: Locator): Promise<void> => {
      for (let n = 0; n < MOST_TABS; n += 1) {
        if ((await to.count()) > 0 && (await hasFocus(to.first()))) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`Tab does not lead to ${String(to)}.`);
    };
    const typeInto = async (page: Page, field: Locator, text: string): Promise<void> => {
      await tabTo(page, field);
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
      // Leaving the field closes its list, which would take the next Escape for itself.
      await page.keyboard.press('Tab');
    };
    /** Opens the list of a field and goes down to one of its words. */
    const choose = async (page: Page, field: Locator, word: string): Promise<void> => {
      await tabTo(page, field);
      await page.keyboard.press('Enter');
      const option = page.getByRole('option', { name: word, exact: true });
      await option.waitFor();
      await eventually(async () => {
        if (await hasFocus(option)) return true;
        await page.keyboard.press('ArrowDown');
        return undefined;
      }, `the arrow keys to lead to ${word}`);
      await page.keyboard.press('Enter');
      await option.waitFor({ state: 'hidden' });
    };
    const addByKey = async (page: Page, type: string, title: string): Promise<Locator> => {
      await tabTo(page, page.locator(`[data-widget-type=${type}]`));
      await page.keyboard.press('Enter');
      const field = page.getByTestId('widget-title').locator('input');
      await eventually(async () => (await hasFocus(field)) || undefined, 'the focus in the settings');
      await page.keyboard.type(title);
      return page.getByTestId('settings');
    };

    it('a value and a chart are added, bound, set and saved', async () => {
      const { id } = await makeBoard(boards.eva, { name: 'By keys alone' });
      const page = await boards.open(`/dashboards/${id}/edit`);
      await page.getByTestId('save').waitFor();

      const value = await addByKey(page, 'value', 'Bearing');
      await tabTo(page, value.getByTestId('add-series'));
      await page.keyboard.press('Enter');
      const quantity = value.locator('[data-series-row="0"]').getByRole('combobox', { name: 'Quantity' });
      await quantity.waitFor();
      await typeInto(page, quantity, 'temperature');
      await widgetOn(page, 'value-1').getByTestId('value').getByText('21.50').waitFor();
      await page.keyboard.press('Escape');
      await value.waitFor({ state: 'detached' });

      const chart = await addByKey(page, 'chart', 'Pumps of Hall A');
      await tabTo(page, chart.getByRole('radio', { name: 'Quantities of devices, one by one' }));
      await page.keyboard.press('ArrowDown');
      await typeInto(page, chart.getByRole('combobox', { name: 'Type' }), 'pump');
      await typeInto(page, chart.getByRole('combobox', { name: 'Location' }), 'Hall A');
      await typeInto(page, chart.getByRole('combobox', { name: 'Quantities' }), 'temperature');
      await chart.getByText('One device fits now.').waitFor();
      await choose(page, chart.getByRole('combobox', { name: 'Drawn as' }), 'Area');
      await choose(page, chart.getByRole('combobox', { name: 'Each point is' }), 'the smallest');
      await choose(page, chart.getByRole('combobox', { name: 'Compare with' }), 'yesterday');
      await widgetOn(page, 'chart-1').getByTestId('legend').getByText('1 d earlier').waitFor();
      await page.keyboard.press('Control+s');
      await page.getByTestId('unsaved').waitFor({ state: 'detached' });
      const { widgets } = await readBoard(boards.eva, id);
      assert.deepEqual(widgets, [
        { ...valueWidget('value-1', 'pump-01', 'temperature'), title: 'Bearing', options: {} },
        {
          ...{ id: 'chart-1', type: 'chart', title: 'Pumps of Hall A', series: [], keys: ['temperature'] },
          selector: { type: 'pump', location: 'Hall A' },
          options: { kind: 'area', aggregation: 'min', compare: 'day' },
        },
      ]);
    });
  });
});
