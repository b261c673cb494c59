import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { fill, HOT, input, row, RulePages } from './rules-support.ts';
import { assertAccessible } from './support.ts';

const BACKTEST = { id: '4b8c1d1e-6a3f-4f53-9d0e-0c5b8f1f0a11', status: 'running', progress: 0.42, ahead: null, error: null, result: null };

/** Rules are tried on values and on the generated week of the demo plant before they are saved. */
describe('trying rules in the web app', () => {
  const pages = new RulePages(needsProgram('chromium'));

  before(() => pages.start());
  afterEach(() => pages.clear());
  after(() => pages.stop());

  const figure = (page: Page, name: string) => page.locator(`[data-figure="${name}"] dd`).first();

  it('tries the rule of the form on values, step by step, before it is saved', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}`);
    await page.locator('[data-input=temperature] input').fill('79');
    await page.getByTestId('test-run').click();
    await page.locator('[data-decision=nothing]').waitFor();
    await fill(page, 'conditions.value', '78');
    await page.getByText('The rule has changed since; try it again.').waitFor();
    await page.getByTestId('test-run').click();
    await page.locator('[data-decision=raises]').waitFor();
    await page.getByTestId('test-answer').getByText('79 °C > 78 °C').waitFor();
    assert.equal((await pages.read(id)).version, 1, 'nothing was saved');
    await assertAccessible(page);
  });

  it('tries it on history beside the saved rule, and explains an alert', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}?try=history`);
    await page.getByTestId('history-run').click();
    await page.getByTestId('history-chart').locator('canvas').waitFor();
    const before = Number(await figure(page, 'alerts').innerText());
    assert.ok(before > 0, 'the pump has faults in its generated week');
    assert.equal(await page.getByTestId('history-difference').count(), 0);
    await fill(page, 'conditions.value', '60');
    await fill(page, 'conditions.clear_value', '56');
    await page.getByText('run it again').waitFor();
    await page.getByTestId('history-run').click();
    await page
      .getByTestId('history-difference')
      .getByText(/\+\d+ alert/)
      .waitFor();
    assert.ok(Number(await figure(page, 'alerts').innerText()) > before);
    await page.getByText(`saved ${String(before)}`).waitFor();
    await page.getByTestId('history-alerts').locator('summary').click();
    const detail = page.waitForRequest((request) => request.url().endsWith('/rules/backtest'));
    await page
      .getByRole('button', { name: /^Show .* in the chart$/ })
      .first()
      .press('Enter');
    const { start, end } = (await detail).postDataJSON() as { start: string; end: string };
    assert.ok(Date.parse(end) - Date.parse(start) < 86_400_000, 'the curves of the part alone are asked for');
    await page.getByRole('button', { name: 'Whole period' }).click();
    await page
      .getByRole('button', { name: /^Why there would be an alert/ })
      .first()
      .click();
    await page.getByTestId('history-alerts').getByText('The limit is "> 60"').waitFor();
    await assertAccessible(page);
  });

  it('is tried in the language that was chosen for the page, whatever that of the browser is', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.openAs(pages.platform.adminUsername, `/rules/${id}?try=history`, { locale: 'de-DE' });
    const chart = page.getByTestId('history-chart');
    const tried = async (weekdays: RegExp, share: RegExp): Promise<void> => {
      await page.getByTestId('history-run').click();
      await chart.locator('canvas').waitFor();
      assert.match((await chart.getAttribute('aria-label')) ?? '', weekdays);
      assert.match(await figure(page, 'share').innerText(), share);
    };
    await tried(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), /, /^\d+(\.\d+)? %$/);
    await page.evaluate("localStorage.setItem('insa.language', 'es')");
    await page.reload();
    await tried(/(lun|mar|mié|jue|vie|sáb|dom), /, /^\d+(,\d+)? %$/);
  });

  it('shows the progress of a long trial, ends it when it is cancelled, and says why one failed', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}?try=history`);
    const asked: string[] = [];
    await page.route('**/api/v1/rules/backtest**', (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      return route.request().method() === 'DELETE' ? route.fulfill({ status: 204 }) : route.fulfill({ status: 202, json: BACKTEST });
    });
    await page.getByTestId('history-run').click();
    await page.getByText('Replaying … 42 %').waitFor();
    await page.getByTestId('history-cancel').click();
    await page.getByText('Cancelled.').waitFor();
    await eventually(() => (asked.at(-1) === `DELETE /api/v1/rules/backtests/${BACKTEST.id}` ? true : undefined), 'its end on the server');
    await page.unroute('**/api/v1/rules/backtest**');
    const failed = { ...BACKTEST, status: 'failed', error: 'The database went away.' };
    await page.route('**/api/v1/rules/backtest', (route) => route.fulfill({ json: failed }), { times: 1 });
    await page.getByTestId('history-run').click();
    await page.getByText('The database went away.').waitFor();
  });

  it('says that a period is empty, and leads to one that is not', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}?try=history`);
    await page.getByRole('button', { name: 'Other' }).click();
    await page.getByLabel('From').fill('2020-01-01T00:00');
    await page.getByLabel('To', { exact: true }).fill('2020-01-02T00:00');
    await page.getByTestId('history-run').click();
    await page.getByText('No readings in this period.').waitFor();
    await page.getByRole('button', { name: /^Show the 7 days up to the newest one/ }).click();
    await page.getByText('No readings in this period.').waitFor({ state: 'detached' });
    await page.getByLabel('To', { exact: true }).fill('2019-01-01T00:00');
    await page.getByText('The period ends before it begins').waitFor();
    assert.ok(await page.getByTestId('history-run').isDisabled());
  });

  it('lets a viewer look, and an operator try but not save', async () => {
    const { id } = await pages.create(HOT);
    const viewer = await pages.openAs('viewer', '/rules');
    await row(viewer, id).getByRole('link').first().click();
    await viewer.getByText('Your role may look at rules, not change them.').waitFor();
    assert.equal(await input(viewer, 'name').isEditable(), false);
    for (const control of ['save', 'remove', 'try-now', 'add-action']) assert.equal(await viewer.getByTestId(control).count(), 0, control);
    await viewer.goto(`${pages.platform.httpUrl}/rules/new`);
    await viewer.waitForURL('**/no-access**');

    const operator = await pages.openAs('operator', `/rules/${id}`);
    await operator.getByText('your role may not save rules').waitFor();
    await fill(operator, 'conditions.value', '50');
    await fill(operator, 'conditions.clear_value', '45');
    await operator.locator('[data-input=temperature] input').fill('51');
    await operator.getByTestId('test-run').click();
    await operator.locator('[data-decision=raises]').waitFor();
    assert.equal(await operator.getByTestId('save').count(), 0);
    await assertAccessible(operator);
  });

  it('shows a wired rule, which can be tried and is changed in the editor', async () => {
    const page = await pages.open('/rules?origin=flow');
    await page.getByRole('link', { name: 'High temperature' }).click();
    await page.getByTestId('wired-note').getByRole('link', { name: 'Open in the editor' }).waitFor();
    assert.equal(await input(page, 'name').isEditable(), false);
    assert.equal(await page.getByTestId('save').count(), 0);
    await page.getByTestId('try-history').click();
    await page.getByTestId('history-run').click();
    await page.getByTestId('history-chart').waitFor();
  });
});
