import assert from 'node:assert/strict';
import type { Locator, Page, Route } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, makeBoard } from './boards-support.ts';
import { assertAccessible } from './support.ts';

const RULE = {
  name: 'Of somebody else',
  rule_type: 'threshold',
  scope: { device_id: 'pump-01' },
  severity: 'warning',
  conditions: { key: 'temperature', operator: '>', value: 900 },
};
/** As `GET /health` tells them. */
const WARNINGS = [
  {
    code: 'notifications_failed',
    params: { count: 2, channel: 'email', at: '2026-01-31T06:30:00.000Z' },
    place: '/administration/notifications?status=failed',
    text: '2 notifications failed.',
  },
  { code: 'isolation_by_query', params: {}, place: null, text: 'The database user may not create roles.' },
];
const HEALTH = { warnings: WARNINGS.map(({ text }) => text), warning_details: WARNINGS };

/** What all pages share, in a real browser on the whole program. */
describe('parts of all pages', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const hasFocus = (place: Locator, what: string) =>
    eventually(async () => (await place.evaluate((one) => one === document.activeElement)) || undefined, what);
  /** As the browser tells a page whose window somebody turns to. */
  const turnTo = (page: Page) => page.evaluate('dispatchEvent(new Event("focus"))');

  it('dialogs give the focus back to what opened them', async () => {
    const page = await boards.open('/devices/pump-01');
    const remove = page.locator('#content').getByRole('button', { name: 'Remove device' });
    await remove.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByTestId('confirm').waitFor();
    await page.keyboard.press('Escape');
    await hasFocus(remove, 'the focus to be back on the button');
  });

  it('dialogs that an entry of a menu opened give it back to the button of the menu', async () => {
    await makeBoard(boards.eva, { name: 'To keep' });
    const page = await boards.open('/dashboards');
    const menu = page.getByRole('button', { name: 'What can be done with To keep' });
    await menu.focus();
    await page.keyboard.press('Enter');
    const entry = page.getByRole('listitem').filter({ hasText: 'Remove' });
    await entry.waitFor();
    await entry.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByTestId('confirm').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await hasFocus(menu, 'the focus to be back on the button of the menu');
  });

  it('what is under way has a name for screen readers', async () => {
    const made = await boards.admin.call('POST', '/rules', RULE);
    const id = String(made.body['id']);
    const page = await boards.open('/rules');
    const held: Route[] = [];
    await page.route(/\/rules\/(export|.*\/toggle)$/, (route) => void held.push(route));
    await page.getByTestId('export').click();
    await page.locator(`[data-rule="${id}"]`).getByRole('checkbox').uncheck();
    await eventually(() => (held.length === 2 ? true : undefined), 'both to be asked for');
    assert.equal(await page.getByTestId('export').getByRole('progressbar', { name: 'Working…' }).count(), 1);
    await page.locator(`[data-rule="${id}"]`).getByRole('progressbar', { name: 'Working…' }).waitFor();
    await assertAccessible(page);
    for (const route of held) await route.continue();
    await page.getByRole('progressbar').first().waitFor({ state: 'detached' });
    await boards.admin.call('DELETE', `/rules/${id}`);
  });

  it('lists of rules and dashboards show what others did to whoever comes back to them', async () => {
    const page = await boards.open('/rules');
    await page.getByTestId('rules').waitFor();
    const made = await boards.admin.call('POST', '/rules', { ...RULE, name: 'Later rule' });
    const rule = page.locator(`[data-rule="${String(made.body['id'])}"]`);
    await eventually(async () => {
      await turnTo(page);
      return (await rule.count()) > 0 || undefined;
    }, 'the rule of somebody else');
    assert.ok(await rule.getByRole('checkbox').isChecked());
    await boards.admin.call('PATCH', `/rules/${String(made.body['id'])}/toggle`, { enabled: false });
    await eventually(async () => {
      await turnTo(page);
      return !(await rule.getByRole('checkbox').isChecked()) || undefined;
    }, 'the rule to be off');
    await boards.admin.call('DELETE', `/rules/${String(made.body['id'])}`);
    await eventually(async () => {
      await turnTo(page);
      return (await rule.count()) === 0 || undefined;
    }, 'the rule to go');

    await page.locator('[data-area=dashboards]').click();
    await page.getByRole('heading', { level: 1, name: 'Dashboards' }).waitFor();
    await makeBoard(boards.admin, { name: 'Later board', is_public: true });
    await eventually(async () => {
      await turnTo(page);
      return (await page.getByRole('heading', { name: 'Later board' }).count()) > 0 || undefined;
    }, 'the dashboard of somebody else');
  });

  it('lists of rules are read again by themselves while somebody looks at them', async () => {
    const page = await boards.open('/rules');
    await page.getByTestId('rules').waitFor();
    const made = await boards.admin.call('POST', '/rules', { ...RULE, name: 'By itself' });
    await page.locator(`[data-rule="${String(made.body['id'])}"]`).waitFor({ timeout: 45_000 });
    await boards.admin.call('DELETE', `/rules/${String(made.body['id'])}`);
  });

  it('warnings lead to the page that they name, and to the editor only where it helps', async () => {
    const page = await boards.open('/login');
    await page.route('**/health', (route) => route.fulfill({ json: HEALTH }));
    await page.goto(`${boards.httpUrl}/devices`);
    const banner = page.getByTestId('warnings');
    await banner.getByText('2 notifications failed').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    assert.equal(await banner.getByRole('link').count(), 1, 'nothing of it is about flows');
    await assertAccessible(page);
    await banner.getByRole('link', { name: 'Go there' }).click();
    await page.waitForURL('**/administration/notifications?status=failed');

    const viewers = await boards.open('/login', {}, 'vic');
    await viewers.route('**/health', (route) => route.fulfill({ json: HEALTH }));
    await viewers.goto(`${boards.httpUrl}/devices`);
    await viewers.getByTestId('warnings').getByText('2 notifications failed').waitFor();
    assert.equal(await viewers.getByTestId('warnings').getByRole('link').count(), 0);
  });
});
