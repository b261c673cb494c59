import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RuleView } from '../../src/contracts/stored-rules.ts';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { choose, fill, HOSTILE, HOT, input, row, RulePages, save } from './rules-support.ts';
import { assertAccessible } from './support.ts';

/** Rules in the web app, on the whole program. */
describe('the pages of rules', () => {
  const pages = new RulePages(needsProgram('chromium'));

  before(() => pages.start());
  afterEach(() => pages.clear());
  after(() => pages.stop());

  it('lists stored and wired rules, finds them by filters in the address, and shows hostile names as text', async () => {
    const hostile = await pages.create({ ...HOT, name: HOSTILE, severity: 'critical' });
    const hot = await pages.create(HOT);
    const page = await pages.open('/rules');
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
    await page.waitForURL((url) => url.searchParams.get('severity') === 'critical');
    await page.reload();
    await row(page, hostile.id).waitFor();
    assert.equal(await row(page, hot.id).count(), 0);
    await page.getByRole('searchbox', { name: 'Find by name' }).fill('nothing like that');
    await page.getByText('No rule matches these filters').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await row(page, hot.id).waitFor();
  });

  it('switches a rule at once, and back with the reason when the server refuses', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open('/rules');
    const toggle = row(page, id).getByRole('checkbox');
    await toggle.uncheck();
    await eventually(async () => ((await pages.read(id)).enabled ? undefined : true), 'the rule to be off');
    const problem = { type: 'urn:x', title: 'x', status: 403, code: 'FORBIDDEN', detail: 'You lack the permission "rules:write".' };
    await page.route('**/rules/*/toggle', (route) => route.fulfill({ status: 403, json: problem }), { times: 1 });
    await toggle.click();
    await page.getByText('was not switched: You lack the permission').waitFor();
    await eventually(async () => !(await toggle.isChecked()) || undefined, 'the switch to be back');
    await pages.api.call('DELETE', `/rules/${id}`);
    await toggle.click();
    await row(page, id).waitFor({ state: 'detached' });
  });

  it('shows how many alerts of a rule are open, and what keeps it from working', async () => {
    const { id } = await pages.create({ ...HOT, conditions: { key: 'temperature', operator: '>', value: -100 } });
    const page = await pages.open('/rules');
    await row(page, id).getByRole('link', { name: '1 Open alerts' }).waitFor();
    const node = { name: 'High temperature', tab: 'INSA IIoT' };
    const warning = { code: 'tells_nobody', params: { node, is: 'rule' }, place: '/editor/', text: 'It reaches no alert node.' };
    await page.route('**/health', (route) => route.fulfill({ json: { warnings: [warning.text], warning_details: [warning] } }));
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'In a flow' }).getByText('reaches no alert node').waitFor();
  });

  it('makes a rule by form, with what the server refuses told at its field', async () => {
    const page = await pages.open('/rules');
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
    const [made] = await pages.stored();
    assert.deepEqual(made?.conditions, { key: 'temperature', operator: '>', value: 80, clear_value: 75 });
    assert.deepEqual([made.scope, made.message], [{ device_id: 'pump-demo' }, '{{device.name}}']);
    assert.deepEqual(made.actions, [{ type: 'webhook', url: 'https://example.com/hook' }]);
    await page.waitForURL(`**/rules/${made.id}`);
  });

  it('makes a rule of every other type', async () => {
    const page = await pages.open('/rules/new');
    await fill(page, 'name', 'Mean');
    await choose(page, 'rule_type', 'Statistic');
    await choose(page, 'conditions.function', 'standard deviation');
    await fill(page, 'conditions.window', '1h');
    await fill(page, 'conditions.key', 'temperature');
    await fill(page, 'conditions.value', '4,5');
    await fill(page, 'conditions.min_samples', '5');
    await save(page);
    await page.getByText('Created.').waitFor();

    await page.goto(`${pages.platform.httpUrl}/rules/new`);
    await fill(page, 'name', 'Gap');
    await choose(page, 'rule_type', 'Comparison');
    await fill(page, 'conditions.left.key', 'temperature');
    await fill(page, 'conditions.right.key', 'temperature');
    await fill(page, 'conditions.right.device_id', 'boiler-demo');
    await fill(page, 'conditions.offset', '-10');
    await save(page);
    await page.getByText('Created.').waitFor();

    await page.goto(`${pages.platform.httpUrl}/rules/new`);
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

    const conditions = new Map((await pages.stored()).map((rule) => [rule.name, rule]));
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
    const { id } = await pages.create({
      ...HOT,
      actions: [{ type: 'webhook', url: 'https://example.com/x', headers: { Authorization: 'Bearer secret' } }],
    });
    const page = await pages.open('/rules');
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

  it('shows what each version changed, and restores one', async () => {
    const { id } = await pages.create(HOT);
    await pages.api.call('PATCH', `/rules/${id}`, { conditions: { value: 90 }, severity: 'critical' });
    const page = await pages.open(`/rules/${id}?tab=versions`);
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
    assert.deepEqual((await pages.read(id)).conditions, HOT.conditions);
  });

  it('says that somebody else changed the rule, shows both, and saves what the person chooses', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}`);
    await fill(page, 'conditions.value', '85');
    await pages.api.call('PATCH', `/rules/${id}`, { severity: 'critical' });
    await save(page);
    const conflict = page.getByTestId('conflict');
    await conflict.getByText('It is version 2 by now; admin changed it.').waitFor();
    await conflict.locator('[data-path="conditions.value"]').getByText('85').waitFor();
    await conflict.locator('[data-path=severity]').getByText('critical').waitFor();
    await assertAccessible(page);
    await page.getByTestId('keep-mine').click();
    await page.getByText('Saved as version 3.').waitFor();
    const mine = await pages.read(id);
    assert.deepEqual([mine.severity, mine.conditions], ['warning', { ...HOT.conditions, value: 85 }]);
    await fill(page, 'conditions.value', '86');
    await pages.api.call('PATCH', `/rules/${id}`, { conditions: { value: 95 } });
    await save(page);
    await page.getByTestId('take-theirs').click();
    await eventually(async () => ((await input(page, 'conditions.value').inputValue()) === '95' ? true : undefined), 'their limit');
  });

  it('offers to save a rule anew that was removed meanwhile, and asks before changes are lost', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}`);
    await fill(page, 'name', 'Still hot');
    await page.getByRole('link', { name: 'Back to Rules' }).click();
    const leaving = page.getByRole('dialog', { name: 'Leave without saving?' });
    await leaving.getByRole('button', { name: 'Cancel' }).click();
    await leaving.waitFor({ state: 'hidden' });
    await pages.api.call('DELETE', `/rules/${id}`);
    await save(page);
    await page.getByText('was deleted at').waitFor();
    await page.getByTestId('store-anew').click();
    await page.getByText('Created. It judges from now on.').waitFor();
    const [anew] = await pages.stored();
    assert.equal(anew?.name, 'Still hot');
    assert.notEqual(anew.id, id);
    await page.goto(`${pages.platform.httpUrl}/rules/${id}`);
    await page.getByText('This rule is not there').waitFor();
    await page.goto(`${pages.platform.httpUrl}/rules/nonsense`);
    await page.getByText('This rule is not there').waitFor();
  });

  it('removes a rule after asking', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}`);
    await page.getByTestId('remove').click();
    await page.getByRole('dialog', { name: 'Remove “Hot pump”?' }).getByTestId('confirm').click();
    await page.waitForURL('**/rules');
    assert.deepEqual(await pages.stored(), []);
  });

  it('tells a right that was taken away in the middle of a session, and keeps what was written', async () => {
    const { id } = await pages.create(HOT);
    const page = await pages.open(`/rules/${id}`);
    await fill(page, 'name', 'Mine');
    const problem = { type: 'urn:x', title: 'x', status: 403, code: 'FORBIDDEN', detail: 'You lack the permission "rules:write".' };
    await page.route(`**/rules/${id}?**`, (route) => route.fulfill({ status: 403, json: problem }));
    await save(page);
    await page.getByTestId('error').getByText('You lack the permission "rules:write".').waitFor();
    assert.equal(await input(page, 'name').inputValue(), 'Mine');
  });

  it('exports the rules as a file, and imports it again', async () => {
    await pages.create(HOT);
    const page = await pages.open('/rules');
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
    const [{ id } = { id: '' }] = await pages.stored();
    await pages.api.call('PATCH', `/rules/${id}`, { severity: 'critical' });
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
      const { id } = await pages.create({ ...HOT, name: HOSTILE, actions: [{ type: 'email', recipients: ['ops@example.com'] }] });
      await pages.api.call('PATCH', `/rules/${id}`, { severity: 'info' });
      const page = await pages.open('/rules', screen, colorScheme);
      const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
      const check = async () => {
        await assertAccessible(page);
        assert.equal(await page.evaluate<boolean>(isWide), false, page.url());
      };
      await row(page, id).waitFor();
      await check();
      if (screen === 'phone') {
        assert.equal(await page.locator('[data-filter=severity]').count(), 0, 'the choices are folded away');
        await page.getByRole('button', { name: 'Filters' }).click();
        await page.locator('[data-filter=severity]').waitFor();
        await check();
      }
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
