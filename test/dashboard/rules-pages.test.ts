import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import type { RuleView } from '../../src/contracts/stored-rules.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, launch, SCREENS, submitLogin, visit } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

const PASSWORD = 'a long enough password';
const HOSTILE = '<img src=x onerror=alert(1)>';
const HOT = {
  name: 'Hot pump',
  rule_type: 'threshold',
  scope: { device_id: 'pump-demo' },
  severity: 'warning',
  conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75 },
} as const;
const BACKTEST = { id: '4b8c1d1e-6a3f-4f53-9d0e-0c5b8f1f0a11', status: 'running', progress: 0.42, ahead: null, error: null, result: null };

/** Rules in the web app: on the whole program, with the generated week of the demo plant. */
describe('the pages of rules', function () {
  this.timeout(120_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform({ env: { DEMO: 'true' } });
    api = await ApiClient.login(platform);
    for (const role of ['viewer', 'operator']) {
      const body = { username: role, roles: [role], password: PASSWORD, must_change_password: false };
      assert.equal((await api.call('POST', '/users', body)).status, 201);
    }
    const isComplete = async () => {
      const { body } = await api.call('GET', '/devices/pump-demo');
      return (body['metadata'] as Record<string, unknown>)['generated_complete'] === true ? true : undefined;
    };
    await eventually(isComplete, 'the generated week of the demo plant', 60_000);
  });

  afterEach(async () => {
    for (const opened of visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
    for (const { id } of await stored()) await api.call('DELETE', `/rules/${id}`);
  });

  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  const open = async (path: string, screen: ScreenName = 'desktop', colorScheme: 'light' | 'dark' = 'light'): Promise<Page> =>
    openAs(platform.adminUsername, path, { ...SCREENS[screen], colorScheme });
  const openAs = async (username: string, path: string, options: object = {}): Promise<Page> => {
    const opened = await visit(browser, platform, `/login?next=${encodeURIComponent(path)}`, options);
    visits.push(opened);
    await submitLogin(opened.page, username, username === platform.adminUsername ? platform.adminPassword : PASSWORD);
    await opened.page.waitForURL((url) => url.pathname === path.split('?')[0]);
    return opened.page;
  };
  const stored = async () => (await api.call('GET', '/rules?origin=stored&limit=100')).body['items'] as RuleView[];
  const create = async (rule: object): Promise<RuleView> => {
    const answer = await api.call('POST', '/rules', rule);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body as unknown as RuleView;
  };
  const read = async (id: string) => (await api.call('GET', `/rules/${id}`)).body as unknown as RuleView;
  const row = (page: Page, id: string) => page.locator(`[data-rule="${id}"]`);
  const input = (page: Page, path: string) => page.locator(`[data-field="${path}"]`).locator('input:not([type=hidden]), textarea:not([aria-hidden])').first();
  const fill = async (page: Page, path: string, text: string) => {
    await input(page, path).fill(text);
    await input(page, path).press('Tab');
  };
  const choose = async (page: Page, path: string, option: string) => {
    await page.locator(`[data-field="${path}"]`).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const save = (page: Page) => page.getByTestId('save').click();
  const figure = (page: Page, name: string) => page.locator(`[data-figure="${name}"] dd`).first();

  it('lists stored and wired rules, finds them by filters in the address, and shows hostile names as text', async () => {
    const hostile = await create({ ...HOT, name: HOSTILE, severity: 'critical' });
    const hot = await create(HOT);
    const page = await open('/rules');
    await row(page, hostile.id).getByText(HOSTILE).waitFor();
    await row(page, hot.id).getByText('temperature > 80').waitFor();
    await row(page, hot.id).getByText('Demo pump').waitFor();
    const wired = page.getByRole('row').filter({ hasText: 'In a flow' });
    assert.match((await wired.getByRole('link', { name: 'In a flow' }).getAttribute('href')) ?? '', /^\/editor\/#node\/.*\/edit$/);
    assert.equal(await wired.getByTestId('toggle').count(), 0);
    await assertAccessible(page);
    await page.locator('[data-filter=severity]').click();
    await page.getByRole('option', { name: 'Critical' }).click();
    await row(page, hot.id).waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).searchParams.get('severity'), 'critical');
    await page.reload();
    await row(page, hostile.id).waitFor();
    assert.equal(await row(page, hot.id).count(), 0);
    await page.getByLabel('Find by name').fill('nothing like that');
    await page.getByText('No rule matches these filters').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await row(page, hot.id).waitFor();
  });

  it('switches a rule at once, and back with the reason when the server refuses', async () => {
    const { id } = await create(HOT);
    const page = await open('/rules');
    const toggle = row(page, id).getByRole('checkbox');
    await toggle.uncheck();
    await eventually(async () => ((await read(id)).enabled ? undefined : true), 'the rule to be off');
    const problem = { type: 'urn:x', title: 'x', status: 403, code: 'FORBIDDEN', detail: 'You lack the permission "rules:write".' };
    await page.route('**/rules/*/toggle', (route) => route.fulfill({ status: 403, json: problem }), { times: 1 });
    await toggle.click();
    await page.getByText('was not switched: You lack the permission').waitFor();
    assert.equal(await toggle.isChecked(), false);
    await api.call('DELETE', `/rules/${id}`);
    await toggle.click();
    await row(page, id).waitFor({ state: 'detached' });
  });

  it('shows how many alerts of a rule are open, and what keeps it from working', async () => {
    const { id } = await create({ ...HOT, conditions: { key: 'temperature', operator: '>', value: -100 } });
    const page = await open('/rules');
    await row(page, id).getByRole('link', { name: '1 Open alerts' }).waitFor();
    const warning = 'The rule "High temperature" on "INSA IIoT" reaches no alert node: nobody is told of what it decides.';
    await page.route('**/health', (route) => route.fulfill({ json: { warnings: [warning] } }));
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'In a flow' }).getByText('reaches no alert node').waitFor();
  });

  it('makes a rule by form, with what the server refuses told at its field', async () => {
    const page = await open('/rules');
    await page.getByTestId('new-rule').click();
    await page.getByTestId('save').click();
    await page.getByText('3 fields are not right yet').waitFor();
    await fill(page, 'name', 'Hot');
    await page.getByLabel('One device').check();
    await fill(page, 'scope.device_id', 'pump-99');
    await page.getByText('There is no device “pump-99”').waitFor();
    await input(page, 'conditions.key').click();
    await fill(page, 'conditions.key', 'temperature');
    await fill(page, 'conditions.value', '80');
    await fill(page, 'conditions.clear_value', '90');
    await save(page);
    await page.locator('[data-field="conditions.clear_value"]').getByText('is above the limit 80').waitFor();
    await fill(page, 'conditions.clear_value', '75');
    await save(page);
    await page.locator('[data-field="scope.device_id"]').getByText('is not registered').waitFor();
    await fill(page, 'scope.device_id', 'pump-demo');
    await page.getByTestId('add-action').click();
    await page.getByText('a signed request to a URL').click();
    await fill(page, 'actions.0.url', 'ftp://example.com');
    await save(page);
    await page.locator('[data-field="actions.0.url"]').getByText('Enter an address that begins with').waitFor();
    await assertAccessible(page);
    await fill(page, 'actions.0.url', 'https://example.com/hook');
    await page.getByText('Values that may be in it').first().click();
    await page.getByRole('button', { name: 'device.name', exact: true }).first().click();
    await save(page);
    await page.getByText('Created. It judges from now on.').waitFor();
    const [made] = await stored();
    assert.deepEqual(made?.conditions, { key: 'temperature', operator: '>', value: 80, clear_value: 75 });
    assert.deepEqual([made.scope, made.message], [{ device_id: 'pump-demo' }, '{{device.name}}']);
    assert.deepEqual(made.actions, [{ type: 'webhook', url: 'https://example.com/hook' }]);
    assert.equal(new URL(page.url()).pathname, `/rules/${made.id}`);
  });

  it('makes a rule of every other type', async () => {
    const page = await open('/rules/new');
    await fill(page, 'name', 'Mean');
    await choose(page, 'rule_type', 'Statistic');
    await choose(page, 'conditions.function', 'standard deviation');
    await fill(page, 'conditions.window', '1h');
    await fill(page, 'conditions.key', 'temperature');
    await fill(page, 'conditions.value', '4,5');
    await fill(page, 'conditions.min_samples', '5');
    await save(page);
    await page.getByText('Created.').waitFor();

    await page.goto(`${platform.httpUrl}/rules/new`);
    await fill(page, 'name', 'Gap');
    await choose(page, 'rule_type', 'Comparison');
    await fill(page, 'conditions.left.key', 'temperature');
    await fill(page, 'conditions.right.key', 'temperature');
    await fill(page, 'conditions.right.device_id', 'boiler-demo');
    await fill(page, 'conditions.offset', '-10');
    await save(page);
    await page.getByText('Created.').waitFor();

    await page.goto(`${platform.httpUrl}/rules/new`);
    await fill(page, 'name', 'Silent');
    await choose(page, 'rule_type', 'Schedule');
    await fill(page, 'conditions.timezone', 'Europe/Berlin');
    await fill(page, 'conditions.key', 'temperature');
    await fill(page, 'conditions.seconds', '15m');
    await page.getByText('Hours, cooldown and quality').click();
    await fill(page, 'cooldown_seconds', '5m');
    await page.getByRole('checkbox', { name: 'Raise only at certain hours' }).check();
    await fill(page, 'active.from', '06:00');
    await fill(page, 'active.timezone', 'UTC');
    await page.getByLabel('Mon').check();
    await save(page);
    await page.getByText('Created.').waitFor();

    const conditions = new Map((await stored()).map((rule) => [rule.name, rule]));
    assert.deepEqual(conditions.get('Mean')?.conditions, {
      key: 'temperature',
      function: 'stddev',
      window: '1h',
      operator: '>',
      value: 4.5,
      min_samples: 5,
    });
    const right = { device_id: 'boiler-demo', key: 'temperature' };
    assert.deepEqual(conditions.get('Gap')?.conditions, { left: { key: 'temperature' }, operator: '>', right, offset: -10 });
    const silent = conditions.get('Silent');
    assert.deepEqual(
      [silent?.conditions, silent?.cooldown_seconds, silent?.active],
      [
        { schedule: '*/15 * * * *', timezone: 'Europe/Berlin', check: 'no_data', key: 'temperature', seconds: 900 },
        300,
        { timezone: 'UTC', days: ['mon'], from: '06:00' },
      ],
    );
  });

  it('sends masked headers back as they came', async () => {
    const { id } = await create({
      ...HOT,
      actions: [{ type: 'webhook', url: 'https://example.com/x', headers: { Authorization: 'Bearer secret' } }],
    });
    const page = await open('/rules');
    await page.route(`**/rules/${id}`, async (route) => {
      const answer = await route.fetch();
      const rule = (await answer.json()) as RuleView;
      const [action] = rule.actions;
      await route.fulfill({ response: answer, json: { ...rule, actions: [{ ...action, headers: { Authorization: '********' } }] } });
    });
    await row(page, id).getByRole('link', { name: 'Hot pump' }).click();
    await page.getByText('is kept secret').waitFor();
    await fill(page, 'name', 'Hotter');
    const sent = page.waitForRequest((request) => request.method() === 'PUT');
    await save(page);
    const body = (await sent).postDataJSON() as RuleView;
    assert.deepEqual(body.actions, [{ type: 'webhook', url: 'https://example.com/x', headers: { Authorization: '********' } }]);
    assert.equal(body.name, 'Hotter');
  });

  it('tries the rule of the form on values, step by step, before it is saved', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}`);
    await page.locator('[data-input=temperature] input').fill('79');
    await page.getByTestId('test-run').click();
    await page.locator('[data-decision=nothing]').waitFor();
    await fill(page, 'conditions.value', '78');
    await page.getByText('The rule has changed since; try it again.').waitFor();
    await page.getByTestId('test-run').click();
    await page.locator('[data-decision=raises]').waitFor();
    await page.getByTestId('test-answer').getByText('79 °C > 78 °C').waitFor();
    assert.equal((await read(id)).version, 1, 'nothing was saved');
    await assertAccessible(page);
  });

  it('tries it on history beside the saved rule, and explains an alert', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}?try=history`);
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

  it('shows the progress of a long trial, ends it when it is cancelled, and says why one failed', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}?try=history`);
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
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}?try=history`);
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

  it('shows what each version changed, and restores one', async () => {
    const { id } = await create(HOT);
    await api.call('PATCH', `/rules/${id}`, { conditions: { value: 90 }, severity: 'critical' });
    const page = await open(`/rules/${id}?tab=versions`);
    const changed = page.locator('[data-path="conditions.value"]');
    await changed.getByText('80').waitFor();
    await changed.getByText('90').waitFor();
    await page.locator('[data-path=severity]').getByText('critical').waitFor();
    await assertAccessible(page);
    await page.locator('[data-version="1"] button').first().click();
    await page.getByText('The first version: there is nothing before it.').waitFor();
    await page.getByRole('button', { name: 'Against the present one' }).click();
    await page.locator('[data-version="1"]').getByTestId('difference').waitFor();
    await page.getByTestId('restore').click();
    await page.getByRole('dialog', { name: 'Restore version 1?' }).getByTestId('confirm').click();
    await page.locator('[data-version="3"]').waitFor();
    assert.deepEqual((await read(id)).conditions, HOT.conditions);
  });

  it('says that somebody else changed the rule, shows both, and saves what the person chooses', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}`);
    await fill(page, 'conditions.value', '85');
    await api.call('PATCH', `/rules/${id}`, { severity: 'critical' });
    await save(page);
    const conflict = page.getByTestId('conflict');
    await conflict.getByText('It is version 2 by now; admin changed it.').waitFor();
    await conflict.locator('[data-path="conditions.value"]').getByText('85').waitFor();
    await conflict.locator('[data-path=severity]').getByText('critical').waitFor();
    await assertAccessible(page);
    await page.getByTestId('keep-mine').click();
    await page.getByText('Saved as version 3.').waitFor();
    const mine = await read(id);
    assert.deepEqual([mine.severity, mine.conditions], ['warning', { ...HOT.conditions, value: 85 }]);
    await fill(page, 'conditions.value', '86');
    await api.call('PATCH', `/rules/${id}`, { conditions: { value: 95 } });
    await save(page);
    await page.getByTestId('take-theirs').click();
    await eventually(async () => ((await input(page, 'conditions.value').inputValue()) === '95' ? true : undefined), 'their limit');
  });

  it('offers to save a rule anew that was removed meanwhile, and asks before changes are lost', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}`);
    await fill(page, 'name', 'Still hot');
    await page.getByRole('link', { name: 'Back to Rules' }).click();
    const leaving = page.getByRole('dialog', { name: 'Leave without saving?' });
    await leaving.getByRole('button', { name: 'Cancel' }).click();
    await leaving.waitFor({ state: 'hidden' });
    await api.call('DELETE', `/rules/${id}`);
    await save(page);
    await page.getByText('was deleted at').waitFor();
    await page.getByTestId('store-anew').click();
    await page.getByText('Created. It judges from now on.').waitFor();
    const [anew] = await stored();
    assert.equal(anew?.name, 'Still hot');
    assert.notEqual(anew.id, id);
    await page.goto(`${platform.httpUrl}/rules/${id}`);
    await page.getByText('This rule is not there').waitFor();
    await page.goto(`${platform.httpUrl}/rules/nonsense`);
    await page.getByText('This rule is not there').waitFor();
  });

  it('removes a rule after asking', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}`);
    await page.getByTestId('remove').click();
    await page.getByRole('dialog', { name: 'Remove “Hot pump”?' }).getByTestId('confirm').click();
    await page.waitForURL('**/rules');
    assert.deepEqual(await stored(), []);
  });

  it('tells a right that was taken away in the middle of a session, and keeps what was written', async () => {
    const { id } = await create(HOT);
    const page = await open(`/rules/${id}`);
    await fill(page, 'name', 'Mine');
    const problem = { type: 'urn:x', title: 'x', status: 403, code: 'FORBIDDEN', detail: 'You lack the permission "rules:write".' };
    await page.route(`**/rules/${id}?**`, (route) => route.fulfill({ status: 403, json: problem }));
    await save(page);
    await page.getByTestId('error').getByText('You lack the permission "rules:write".').waitFor();
    assert.equal(await input(page, 'name').inputValue(), 'Mine');
  });

  it('lets a viewer look, and an operator try but not save', async () => {
    const { id } = await create(HOT);
    const viewer = await openAs('viewer', '/rules');
    await row(viewer, id).getByRole('link').first().click();
    await viewer.getByText('Your role may look at rules, not change them.').waitFor();
    assert.equal(await input(viewer, 'name').isEditable(), false);
    for (const control of ['save', 'remove', 'try-now', 'add-action']) assert.equal(await viewer.getByTestId(control).count(), 0, control);
    await viewer.goto(`${platform.httpUrl}/rules/new`);
    await viewer.waitForURL('**/no-access**');

    const operator = await openAs('operator', `/rules/${id}`);
    await operator.getByText('your role may not save rules').waitFor();
    await fill(operator, 'conditions.value', '50');
    await operator.locator('[data-input=temperature] input').fill('51');
    await operator.getByTestId('test-run').click();
    await operator.locator('[data-decision=raises]').waitFor();
    assert.equal(await operator.getByTestId('save').count(), 0);
    await assertAccessible(operator);
  });

  it('shows a wired rule, which can be tried and is changed in the editor', async () => {
    const page = await open('/rules?origin=flow');
    await page.getByRole('link', { name: 'High temperature' }).click();
    await page.getByTestId('wired-note').getByRole('link', { name: 'Open in the editor' }).waitFor();
    assert.equal(await input(page, 'name').isEditable(), false);
    assert.equal(await page.getByTestId('save').count(), 0);
    await page.getByTestId('try-history').click();
    await page.getByTestId('history-run').click();
    await page.getByTestId('history-chart').waitFor();
  });

  it('exports the rules as a file, and imports it again', async () => {
    await create(HOT);
    const page = await open('/rules');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()]);
    const file = await download.path();
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { rules: { name: string }[] }).rules[0]?.name, 'Hot pump');
    await page.getByTestId('open-import').click();
    const dialog = page.getByTestId('import');
    await dialog.locator('input[type=file]').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{') });
    await dialog.getByText('“x.json” is not JSON').waitFor();
    await dialog.locator('input[type=file]').setInputFiles(file);
    await dialog.getByText('1 rule in the file.').waitFor();
    await assertAccessible(page);
    await page.getByTestId('import-run').click();
    await dialog.getByTestId('error').getByText('Hot pump').waitFor();
    const [{ id } = { id: '' }] = await stored();
    await api.call('PATCH', `/rules/${id}`, { severity: 'critical' });
    await dialog.getByLabel('replace the one that is here').check();
    await page.getByTestId('import-run').click();
    await dialog.getByText('Imported: 0 new, 1 replaced, 0 kept as they were.').waitFor();
  });

  for (const [screen, colorScheme] of [
    ['phone', 'light'],
    ['phone', 'dark'],
    ['desktop', 'dark'],
  ] as const) {
    it(`is whole and accessible on the ${screen} in ${colorScheme}`, async () => {
      const { id } = await create({ ...HOT, name: HOSTILE, actions: [{ type: 'email', recipients: ['ops@example.com'] }] });
      await api.call('PATCH', `/rules/${id}`, { severity: 'info' });
      const page = await open('/rules', screen, colorScheme);
      const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
      const check = async () => {
        await assertAccessible(page);
        assert.equal(await page.evaluate<boolean>(isWide), false, page.url());
      };
      await row(page, id).waitFor();
      await check();
      await row(page, id).getByRole('link', { name: HOSTILE }).click();
      await page.getByTestId('try-history').click();
      await page.getByTestId('history-run').click();
      await page.getByTestId('history-chart').locator('canvas').waitFor();
      await check();
      await page.getByTestId('versions-tab').click();
      await page.locator('[data-path=severity]').waitFor();
      await check();
    });
  }
});
