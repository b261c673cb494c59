import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, makeBoard, send, widgetOn } from './boards-support.ts';
import { assertAccessible, SCREENS } from './support.ts';

/** What pages say of what they cannot show, in the language of the person, and to those who do not see them. */
describe('what pages say', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const inSpanish = async (page: Page): Promise<void> => {
    await page.evaluate("localStorage.setItem('insa.language', 'es')");
    await page.reload();
  };

  it('is no emptiness where a chart could not be loaded, and no English where the server does not answer', async () => {
    await boards.eva.createDevice('ghost');
    await send(boards.eva, 'ghost', { level: 7 }, new Date(Date.now() - 3 * 3_600_000).toISOString());
    const widgets = [{ id: 'chart', type: 'chart', series: [{ device_id: 'ghost', key: 'level' }] }];
    const made = await makeBoard(boards.eva, { name: 'Unknown past', widgets });
    const page = await boards.open('/dashboards');
    await inSpanish(page);
    await page.route('**/api/v1/telemetry/ghost**', (route) => route.abort());
    await page.goto(`${boards.httpUrl}/dashboards/${made.id}`);
    const chart = widgetOn(page, 'chart');
    await chart.getByText('El servidor no respondió.').waitFor({ timeout: 15_000 });
    await chart.locator('[data-loading=false]').waitFor();
    assert.doesNotMatch(await chart.innerText(), /No hay lecturas|Sin lecturas|Failed to fetch/);
  });

  it('says in the legend of a chart how old the newest value is', async () => {
    await boards.eva.createDevice('old');
    await send(boards.eva, 'old', { level: 7 }, new Date(Date.now() - 34 * 60_000).toISOString());
    const series = [
      { device_id: 'old', key: 'level' },
      { device_id: 'pump-01', key: 'temperature' },
    ];
    const made = await makeBoard(boards.eva, { name: 'Ages', widgets: [{ id: 'chart', type: 'chart', series }] });
    await send(boards.eva, 'pump-01', { temperature: { value: 22.5, unit: 'C' } });
    const page = await boards.open(`/dashboards/${made.id}`);
    const entry = (name: string) => widgetOn(page, 'chart').getByTestId('legend').getByRole('button').filter({ hasText: name });
    await entry('old').locator('[data-stale=true]').getByText('34 min').waitFor({ timeout: 10_000 });
    await entry('Pump 1').locator('[data-stale=false]').waitFor();
    await assertAccessible(page);
  });

  it('keeps the column of a quantity that no device has sent yet', async () => {
    const widgets = [{ id: 'table', type: 'table', selector: { type: 'pump' }, keys: ['temperature', 'vibration'] }];
    const made = await makeBoard(boards.eva, { name: 'Columns', widgets });
    const page = await boards.open(`/dashboards/${made.id}`);
    const table = widgetOn(page, 'table');
    await table.locator('[data-row=pump-01] [data-key=temperature]').waitFor();
    await table.getByRole('columnheader', { name: 'vibration' }).waitFor({ timeout: 10_000 });
    await table.locator('[data-row=pump-01] [data-key=vibration]').getByText('–').waitFor({ timeout: 10_000 });
  });

  it('leaves the names of the parts of the platform whole', async () => {
    const page = await boards.open('/');
    await inSpanish(page);
    await page.getByTestId('platform').getByRole('button').click();
    const names = page.locator('[data-part] b');
    await names.first().waitFor();
    const broken = await names.evaluateAll((all) => all.filter((one) => one.getClientRects().length > 1).map((one) => one.textContent));
    assert.deepEqual(broken, []);
    const widths = await page.locator('[data-part]').evaluateAll((all) => all.map((one) => (one as HTMLElement).offsetWidth));
    assert.ok(widths.length > 0 && Math.min(...widths) >= 240, widths.join());
  });

  it('belongs to something also in open menus', async () => {
    const made = await makeBoard(boards.eva, { name: 'Menus', widgets: [] });
    const page = await boards.open(`/dashboards/${made.id}`);
    await page.getByTestId('menu').click();
    await page.getByRole('dialog', { name: 'What can be done with Menus' }).waitFor({ timeout: 10_000 });
    await assertAccessible(page);
    await page.goto(`${boards.httpUrl}/rules/new`);
    await page.getByTestId('add-action').click();
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page);
    const phone = await boards.open('/', SCREENS.phone);
    await phone.locator('[data-area=more]').click();
    await phone.getByRole('dialog').waitFor();
    await assertAccessible(phone);
  });
});
