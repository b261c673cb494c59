import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { act, AdminFixture, choose, confirm, HOSTILE, noDialog, secretOf } from './admin-support.ts';
import { assertAccessible } from './support.ts';

/** Users, roles, keys and the audit log in a real browser on the whole program. */
describe('people and keys in the administration', () => {
  const chromiumPath = needsProgram('chromium');
  let admin: AdminFixture;

  before(async () => {
    admin = await AdminFixture.start(chromiumPath);
  });

  afterEach(() => admin.closeVisits());

  after(() => admin.stop());

  it('makes a user with a password that is shown once, changes, disables and removes it', async () => {
    const page = await admin.open({ section: 'users' });
    await page.getByTestId('new-user').click();
    const form = page.getByRole('dialog');
    await form.getByTestId('submit').click();
    await form.getByText('Please fill this in.').waitFor();
    await form.getByText('Choose at least one.').waitFor();
    await assertAccessible(page);
    await form.getByLabel(/^viewer/).check();
    await form.getByLabel('User name').fill('no spaces here');
    await form.getByTestId('submit').click();
    await form.getByText('A user name has 1-100 letters').first().waitFor();
    await assertAccessible(page);
    await form.getByLabel('User name').fill('maria');
    await form.getByLabel('Full name').fill(HOSTILE);
    await form.getByTestId('submit').click();
    const password = await secretOf(page);
    assert.equal(await admin.statusOfLogin('maria', password), 200);
    const row = page.locator('[data-user=maria]');
    await row.getByText(HOSTILE).waitFor();
    assert.equal(await row.locator('img').count(), 0);

    await act(row, 'edit');
    await form.getByLabel(/^operator/).check();
    await form.getByTestId('submit').click();
    await row.getByText('operator', { exact: true }).waitFor();
    await eventually(
      async () => ((await row.getByTestId('row-menu').evaluate((one) => one === document.activeElement)) ? true : undefined),
      'the focus to return to the row',
    );

    await act(row, 'reset');
    await page.getByTestId('confirm').click();
    const next = await secretOf(page);
    assert.deepEqual([await admin.statusOfLogin('maria', password), await admin.statusOfLogin('maria', next)], [401, 200]);

    await act(row, 'disable');
    await confirm(page);
    await row.getByText('Disabled').waitFor();
    assert.equal(await admin.statusOfLogin('maria', next), 401);
    await act(row, 'enable');
    await confirm(page);
    await row.getByText('Enabled').waitFor();
    await act(row, 'remove');
    await confirm(page);
    await row.waitFor({ state: 'detached' });
  });

  it('says in the words of the server that a name is taken, and that the last administrator stays one', async () => {
    const page = await admin.open({ section: 'users' });
    await page.getByTestId('new-user').click();
    const form = page.getByRole('dialog');
    await form.getByLabel('User name').fill('ADMIN');
    await form.getByLabel(/^viewer/).check();
    await form.getByTestId('submit').click();
    await form.getByTestId('error').getByText(/ADMIN/).waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
    await noDialog(page);
    const row = page.locator('[data-user=admin]');
    await act(row, 'edit');
    assert.equal(await page.locator('[data-action=disable]').count(), 0, 'nobody disables himself');
    await form.getByLabel(/^admin/).uncheck();
    await form.getByLabel(/^viewer/).check();
    await form.getByTestId('submit').click();
    await form.getByText('admin is the last administrator who can log in').waitFor();
  });

  it('narrows users in the address, so that a reload shows the same', async () => {
    const page = await admin.open({ section: 'users' });
    await page.locator('[data-user=admin]').waitFor();
    await choose(page, 'Role', 'operator');
    await page.waitForURL('**/users?role=operator');
    await page.locator('[data-user=admin]').waitFor({ state: 'detached' });
    await page.getByRole('textbox', { name: 'Name or e-mail' }).fill('nobody like this');
    await page.waitForURL((url) => url.searchParams.get('search') === 'nobody like this');
    await page.getByText('Nothing matches these filters').waitFor();
    await page.reload();
    await page.getByText('Nothing matches these filters').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForURL((url) => url.search === '');
    await page.locator('[data-user=admin]').waitFor();
  });

  it('makes, changes and removes a role; built-in ones stay as they are', async () => {
    const page = await admin.open({ section: 'roles' });
    await page.locator('[data-role=viewer]').getByTestId('row-menu').click();
    await page.locator('[data-action=copy]').waitFor();
    assert.equal(await page.locator('[data-action=edit], [data-action=remove]').count(), 0);
    await page.locator('[data-action=copy]').click();
    const form = page.getByRole('dialog');
    await form.locator('[data-permission="devices:read"] input:checked').waitFor();
    await form.getByLabel('Name', { exact: true }).fill('Night shift');
    await form.getByLabel('What it is for').fill(HOSTILE);
    await form.getByLabel('Acknowledge, resolve and annotate alerts').check();
    await assertAccessible(page);
    await form.getByTestId('submit').click();
    // It gives the focus back when it is gone, which closes a menu that is open by then.
    await noDialog(page);
    const role = page.locator('[data-role="Night shift"]');
    await role.getByText(HOSTILE).waitFor();
    await role.locator('summary').click();
    await role.getByText('Acknowledge, resolve and annotate alerts').waitFor();

    const user = await admin.made('POST', '/users', { username: 'night', roles: ['Night shift'] });
    await act(role, 'remove');
    await page.getByTestId('confirm').click();
    await page.getByRole('dialog').getByTestId('error').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await noDialog(page);
    await admin.api.call('DELETE', `/users/${String(user['id'])}`);
    await act(role, 'edit');
    await form.getByLabel('Acknowledge, resolve and annotate alerts').uncheck();
    await form.getByTestId('submit').click();
    await noDialog(page);
    await role.getByText('7 permissions').waitFor();
    await act(role, 'remove');
    await confirm(page);
    await role.waitFor({ state: 'detached' });
  });

  it('begins a form in its first field, and takes no keys meant for the next one', async () => {
    const page = await admin.open({ section: 'roles' });
    const form = page.getByRole('dialog');
    await page.getByTestId('new-role').click();
    await form.locator('input:focus').waitFor();
    await page.keyboard.type('Day shift');
    assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), 'Day shift');
    await page.keyboard.press('Escape');
    await noDialog(page);
    await page.getByTestId('new-role').click();
    const purpose = form.getByLabel('What it is for');
    await purpose.focus();
    await page.keyboard.type('Looks after the plant', { delay: 30 });
    assert.equal(await purpose.inputValue(), 'Looks after the plant');
  });

  it('issues a key that is shown once, replaces it and revokes it', async () => {
    const page = await admin.open({ section: 'keys' });
    await page.getByText('No keys yet').waitFor();
    await page.getByTestId('new-key').click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name', { exact: true }).fill(HOSTILE);
    await choose(form, 'Kind', 'Program');
    await form.getByLabel('See devices, their status and series').check();
    await form.getByLabel('Requests an hour').fill('0');
    await form.getByTestId('submit').click();
    await form.locator('.v-messages__message', { hasText: /1/ }).first().waitFor();
    await form.getByLabel('Requests an hour').fill('1000');
    await form.getByTestId('submit').click();
    const key = await secretOf(page);
    assert.equal((await admin.api.withKey(key).call('GET', '/devices')).status, 200);
    const rows = page.locator('[data-key-name]');
    await rows.getByText(HOSTILE).waitFor();
    await rows.getByText('1,000').waitFor();

    await choose(page, 'Kind', 'Gateway');
    await page.waitForURL('**/keys?kind=gateway');
    await page.getByText('Nothing matches these filters').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await act(rows.first(), 'rotate');
    await choose(form, 'The old one goes on working', 'Not at all: it ends at once');
    await form.getByTestId('submit').click();
    const next = await secretOf(page);
    assert.equal((await admin.api.withKey(next).call('GET', '/devices')).status, 200);
    assert.equal((await admin.api.withKey(key).call('GET', '/devices')).status, 401);
    await act(page.locator('[data-key-name]').first(), 'revoke');
    await confirm(page);
    assert.equal((await admin.api.withKey(next).call('GET', '/devices')).status, 401);
  });

  it('tells who did what, filtered by the address, with before and after, and exports it', async () => {
    const user = await admin.made('POST', '/users', { username: 'audited', roles: ['viewer'] });
    await admin.made('PATCH', `/users/${String(user['id'])}`, { roles: ['operator'], display_name: HOSTILE });
    const page = await admin.open({ section: 'audit?action=user.roles' });
    await page.getByRole('button', { name: 'user.roles' }).first().click();
    const changes = page.getByTestId('changes');
    await changes.getByText('viewer').waitFor();
    await changes.getByText('operator').waitFor();
    await assertAccessible(page);
    await page.getByTestId('close').click();
    await page.getByRole('textbox', { name: 'Action' }).fill('user.');
    await page.waitForURL('**/audit?action=user.');
    await choose(page, 'Outcome', 'Refused');
    await choose(page, 'Period', 'Last hour');
    await page.waitForURL((url) => url.searchParams.get('outcome') === 'refused' && url.searchParams.has('period'));
    await page.locator('[data-outcome=refused]').first().waitFor();
    await page.reload();
    await page.locator('[data-outcome=refused]').first().waitFor();
    assert.equal(await page.locator('[data-outcome=ok]').count(), 0);
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()]);
    const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
    assert.equal(lines[0], 'id,at,actor,action,target,outcome,address,details');
    assert.ok(lines.length > 1 && lines.slice(1).every((line) => line.includes(',refused,')));
    assert.match(file.suggestedFilename(), /^insa-audit-\d{4}-\d\d-\d\d\.csv$/);
  });
});
