import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Browser, Page, Route } from 'playwright-core';
import type { Backtest } from '../../src/contracts/backtest.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { launch, submitLogin, visit } from './support.ts';
import type { Visit } from './support.ts';

/** The rule of the default flow: temperature above 80, all devices. */
const RULE_NODE = 'insa-rule';
const ANSWER_ID = '4b8c1d1e-6a3f-4f53-9d0e-0c5b8f1f0a11';

/** What an engineer sees who tries a rule on the generated week of the demo plant. */
describe('Try on history in the dialog of a rule', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let editor: Visit;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform({ env: { DEMO: 'true' } });
    const api = await ApiClient.login(platform);
    const isComplete = async () => {
      const { body } = await api.call('GET', '/devices/pump-demo');
      return (body['metadata'] as Record<string, unknown>)['generated_complete'] === true ? true : undefined;
    };
    await eventually(isComplete, 'the generated week of the demo plant');
  });

  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  beforeEach(async () => {
    editor = await visit(browser, platform, '/login?next=/editor/');
    await submitLogin(editor.page, platform.adminUsername, platform.adminPassword);
    await editor.page.locator('#red-ui-workspace-chart .red-ui-flow-node').first().waitFor();
    await openDialog(editor.page, RULE_NODE);
  });

  afterEach(async () => {
    const { complaints, close } = editor;
    await close();
    assert.deepEqual(complaints, []);
  });

  it('shows at once what the deployed rule would have done, and what a change would change', async () => {
    const { page } = editor;
    await openPanel(page);
    await figure(page, 'alerts').waitFor();
    await page.locator('#insa-history-device').selectOption('pump-demo');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.insa-history-result:not(.insa-history-stale)').waitFor();
    const deployed = await number(page, 'alerts');
    assert.ok(deployed > 0, 'the pump has faults in its generated week');
    assert.equal(await page.locator('.insa-history-difference').count(), 0);
    await eventually(async () => (await drawnColours(page)) > 20 || undefined, 'a chart on the canvas');

    await page.locator('#node-input-value').fill('60');
    await page.locator('#node-input-clearValue').fill('56');
    await page.getByText('run it again').waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const difference = page.locator('.insa-history-difference strong');
    await difference.waitFor();
    assert.match(await difference.innerText(), /^\+\d+ alerts?/);
    assert.ok((await number(page, 'alerts')) > deployed);
    assert.equal(await figure(page, 'alerts').locator('.insa-history-former').innerText(), `deployed ${String(deployed)}`);
    await assertPanelAccessible(page);
  });

  it('zooms to an alert from its list and comes back, by keyboard alone', async () => {
    const { page } = editor;
    await openPanel(page);
    await figure(page, 'alerts').waitFor();
    await page.locator('.insa-history-list summary').press('Enter');
    const detail = page.waitForRequest((request) => request.url().endsWith('/rules/backtest'));
    await page.locator('.insa-history-list tbody button').first().press('Enter');
    const { start, end } = (await detail).postDataJSON() as { start: string; end: string };
    assert.ok(Date.parse(end) - Date.parse(start) < 86_400_000, 'the curves of the part alone are asked for');
    const whole = page.getByRole('button', { name: 'Whole period' });
    await whole.press('Enter');
    await whole.waitFor({ state: 'hidden' });
  });

  it('says in the words of the form what keeps a rule from being tried', async () => {
    const { page } = editor;
    await page.locator('#node-input-value').fill('hot');
    await openPanel(page);
    await page.locator('.insa-history-notice').getByText('"hot" is not a number').waitFor();
    await eventually(async () => (await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()) || undefined, 'no Run');
    await page.locator('#node-input-value').fill('90');
    await eventually(async () => (await page.getByRole('button', { name: 'Run', exact: true }).isEnabled()) || undefined, 'Run');
  });

  it('offers the devices of the rule that have what it judges', async () => {
    const { page } = editor;
    await openPanel(page);
    const offered = async (devices: string[]) => {
      const values = await page.locator('#insa-history-device option').evaluateAll((all) => all.map((one) => one.getAttribute('value')));
      return String(values) === String(devices) ? true : undefined;
    };
    await eventually(() => offered(['boiler-demo', 'compressor-demo', 'pump-demo', '*']), 'the devices with a temperature');
    await page.locator('#node-input-key').fill('vibration');
    await eventually(() => offered(['pump-demo']), 'the device with a vibration');
    await page.locator('#insa-rule-scope').selectOption('group');
    await page.locator('#node-input-deviceType').fill('boiler');
    await eventually(() => offered(['*']), 'no device');
  });

  it('shows the progress of what takes long, and ends it on the server when it is cancelled', async () => {
    const { page } = editor;
    const asked: string[] = [];
    await page.route('**/api/v1/rules/backtest**', (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      return route.request().method() === 'DELETE' ? route.fulfill({ status: 204 }) : answer(route, 202, { progress: 0.42 });
    });
    await openPanel(page);
    await page.getByText('Replaying … 42 %').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled());
    await page.locator('.insa-history-buttons').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled.').waitFor();
    await eventually(() => asked.at(-1) === `DELETE /api/v1/rules/backtests/${ANSWER_ID}` || undefined, 'its end on the server');
    await eventually(async () => (await page.getByRole('button', { name: 'Run', exact: true }).isEnabled()) || undefined, 'Run');
  });

  it('tells what the server refuses and why one failed', async () => {
    const { page } = editor;
    const errors = [{ field: 'end', message: 'The period is too long.' }];
    const problem = { type: 'urn:x', title: 'x', status: 400, code: 'VALIDATION_FAILED', detail: 'Look at the fields.', errors };
    await page.route('**/api/v1/rules/backtest', (route) => route.fulfill({ status: 400, json: problem }), { times: 1 });
    await openPanel(page);
    await page.locator('.insa-history-problem').getByText('The period is too long.').waitFor();
    const failed = { status: 'failed', error: 'The database went away.' } as const;
    await page.route('**/api/v1/rules/backtest', (route) => answer(route, 200, failed), { times: 1 });
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.insa-history-problem').getByText('The database went away.').waitFor();
  });

  it('says when there are no readings, and offers the days that have some', async () => {
    const { page } = editor;
    await openPanel(page);
    await figure(page, 'alerts').waitFor();
    await page.getByLabel('Other', { exact: true }).check();
    await page.locator('#insa-history-from').fill('2020-01-01T00:00');
    await page.locator('#insa-history-to').fill('2020-01-02T00:00');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('has no readings in this period').waitFor();
    await page.getByRole('button', { name: 'up to its newest reading' }).click();
    await eventually(async () => ((await number(page, 'alerts')) > 0 ? true : undefined), 'the alerts of those days');
  });
});

async function openDialog(page: Page, nodeId: string): Promise<void> {
  await page.evaluate(`RED.editor.edit(RED.nodes.node(${JSON.stringify(nodeId)}))`);
  await page.locator('#node-input-value').waitFor();
}

async function openPanel(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try on history' }).click();
}

function figure(page: Page, name: string) {
  return page.locator(`.insa-history-figures [data-figure=${name}]`);
}

async function number(page: Page, name: string): Promise<number> {
  return Number(await figure(page, name).locator('dd').first().innerText());
}

/** How many different colours the chart shows; one alone is a blank canvas. */
async function drawnColours(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector('.insa-history-chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}

function answer(route: Route, status: number, backtest: Partial<Backtest>): Promise<void> {
  const running: Backtest = { id: ANSWER_ID, status: 'running', progress: 0, ahead: null, error: null, result: null };
  return route.fulfill({ status, json: { ...running, ...backtest } });
}

/** The editor around the panel is not ours. */
async function assertPanelAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
    "axe.run('#insa-history', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((result) => result.violations)",
  );
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`);
  assert.deepEqual(told, []);
}
