import assert from 'node:assert/strict';
import { EditorClient } from '../support/editor.ts';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { act, AdminFixture, choose, confirm, HOSTILE, noDialog, secretOf } from './admin-support.ts';
import { assertAccessible } from './support.ts';

const SECTIONS = ['users', 'roles', 'keys', 'audit', 'notifications', 'rejected', 'settings', 'about'] as const;
const SEEN_BY: Record<string, readonly string[]> = {
  engineer: ['keys', 'notifications', 'rejected', 'settings', 'about'],
  operator: ['notifications', 'about'],
  viewer: [],
};

/** The administration in a real browser on the whole program. */
describe('the administration', () => {
  const chromiumPath = needsProgram('chromium');
  let admin: AdminFixture;

  before(async () => {
    admin = await AdminFixture.start(chromiumPath);
    await admin.makePeople(Object.keys(SEEN_BY));
    await admin.makeTrouble();
  });

  afterEach(() => admin.closeVisits());

  after(() => admin.stop());

  for (const [role, seen] of Object.entries(SEEN_BY)) {
    it(`shows the ${role} the sections of the role, and leads away from all others`, async () => {
      const page = await admin.open({ section: '', username: `the-${role}` });
      if (seen.length === 0) {
        await page.waitForURL('**/no-access?**');
        assert.equal(await page.locator('[data-area=administration]').count(), 0);
      } else {
        await page.waitForURL(`**/administration/${seen[0] ?? ''}`);
        await page.locator('[data-section]').first().waitFor();
        const shown = await page.locator('[data-section]').evaluateAll((all) => all.map((one) => one.getAttribute('data-section')));
        assert.deepEqual(shown, seen);
      }
      for (const section of SECTIONS.filter((one) => !seen.includes(one))) {
        await page.goto(`${admin.platform.httpUrl}/administration/${section}`);
        await page.waitForURL('**/no-access?**');
      }
    });
  }

  it('keeps from the engineer and the operator what their roles may not do', async () => {
    const engineer = await admin.open({ section: 'settings', username: 'the-engineer' });
    await engineer.getByTestId('versions').waitFor();
    assert.equal(await engineer.getByTestId('open-endpoints').count(), 0);
    const operator = await admin.open({ section: 'notifications', username: 'the-operator' });
    await operator.locator('[data-tab=test]').waitFor();
    assert.equal(await operator.locator('[data-tab=webhooks]').count(), 0);
  });

  it('tells who was told, why it failed, and tries one and all of them again', async () => {
    const page = await admin.open({ section: 'notifications?status=failed' });
    const rows = page.locator('[data-notification]');
    await rows.nth(1).waitFor();
    await page.getByRole('button', { name: 'ops@example.com' }).click();
    const told = page.getByRole('dialog');
    await told.getByText('E-mail is not set up').waitFor();
    await assertAccessible(page);
    const retried = page.waitForResponse((answer) => answer.url().endsWith('/retry'));
    await told.getByTestId('retry-one').click();
    assert.ok((await retried).ok());
    await told.locator('.attempts li').first().waitFor();
    await page.getByTestId('close').click();
    await noDialog(page);
    await eventually(async () => ((await admin.failed()).length === 2 ? true : undefined), 'both to have failed again');
    await page.reload();
    await rows.nth(1).waitFor();
    await page.getByTestId('retry-all').click();
    await page.getByTestId('retried').getByText('2 notifications are on their way again.').waitFor();
    await eventually(async () => ((await admin.failed()).length === 2 ? true : undefined), 'both to have failed again');
    await page.goto(`${admin.platform.httpUrl}/administration/notifications?period=own&from=2020-01-01T00:00&to=2020-02-01T00:00`);
    await page.getByText('Nothing matches these filters').waitFor();
  });

  it('registers an address of webhooks, shows its secret once, disables and removes it', async () => {
    const page = await admin.open({ section: 'notifications?tab=webhooks' });
    await page.getByText('No address has a secret of its own').waitFor();
    await page.getByTestId('new-webhook').click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name', { exact: true }).fill(HOSTILE);
    await form.getByLabel('Address (URL)').fill('not an address');
    await form.getByTestId('submit').click();
    await form.locator('.v-messages__message').first().waitFor();
    await form.getByLabel('Address (URL)').fill('https://example.com/hook');
    await form.getByTestId('submit').click();
    const secret = await secretOf(page);
    assert.match(secret, /^whsec_/);
    const row = page.locator('[data-webhook]');
    await row.getByText(HOSTILE).waitFor();
    await act(row, 'rotate');
    await form.getByTestId('submit').click();
    assert.notEqual(await secretOf(page), secret);
    await row.getByText('the old one signs until').waitFor();
    await act(row, 'disable');
    await confirm(page);
    await row.getByText('Disabled', { exact: true }).waitFor();
    await assertAccessible(page);
    await act(row, 'remove');
    await confirm(page);
    await page.getByText('No address has a secret of its own').waitFor();
  });

  it('sends tests and shows what was said', async () => {
    const page = await admin.open({ section: 'notifications?tab=test' });
    const email = page.getByTestId('test-email');
    await email.getByLabel('To (e-mail address)').fill('nobody');
    await email.getByRole('button', { name: 'Send test' }).click();
    await email.locator('.v-messages__message').waitFor();
    await email.getByLabel('To (e-mail address)').fill('ops@example.com');
    await email.getByRole('button', { name: 'Send test' }).click();
    await email.getByTestId('test-outcome').getByText('E-mail is not set up').waitFor();
    const webhook = page.getByTestId('test-webhook');
    await webhook.getByLabel('Address (URL)').fill('http://127.0.0.1:9/hook');
    await webhook.getByRole('button', { name: 'Send test' }).click();
    await webhook.getByTestId('test-outcome').getByText('Not delivered').waitFor();
    await webhook.getByTestId('request').getByText('POST').waitFor();
    await assertAccessible(page);
  });

  it('shows refused messages with their payload as text', async () => {
    const page = await admin.open({ section: 'rejected' });
    await page.locator('[data-reason=nested_value]').waitFor();
    await choose(page, 'Reason', 'Not JSON');
    await page.waitForURL('**/rejected?reason=malformed_json');
    await page.locator('[data-reason=nested_value]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Not JSON' }).click();
    await page.getByTestId('payload').getByText(HOSTILE).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await assertAccessible(page);
  });

  it('opens and closes endpoints of flows, and says where devices connect', async () => {
    const page = await admin.open({ section: 'settings' });
    await page.getByText(`mqtt://127.0.0.1:${String(admin.platform.mqttPort)}`).waitFor();
    assert.equal(await page.getByTestId('demo').count(), 0, 'there is no demo plant');
    const block = page.getByTestId('open-endpoints');
    await block.getByTestId('open-one').click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Path').fill('no slash');
    await form.getByTestId('submit').click();
    await form.getByText('A path begins with "/"').first().waitFor();
    await form.getByLabel('Path').fill('/status');
    await form.getByTestId('submit').click();
    await block.getByText('GET /flows/status').waitFor();
    await block.getByRole('button', { name: 'Close GET /status' }).click();
    await confirm(page);
    await block.getByText('None: every endpoint needs a key.').waitFor();
  });

  it('goes back to an earlier version of the flows, and tells when somebody deployed meanwhile', async () => {
    const editor = await EditorClient.login(admin.platform);
    const { flows } = await editor.flows();
    const kept = async () => ((await admin.api.call('GET', '/flows/versions')).body['items'] as unknown[]).length;
    const note = (name: string) => [
      ...flows,
      { id: 'note-1', type: 'comment', z: String(flows[0]?.id), name, info: '', x: 50, y: 900, wires: [] },
    ];
    await editor.fullDeploy(note('first'));
    // A version is written down after the deployment.
    await eventually(async () => ((await kept()) >= 2 ? true : undefined), 'the version with the note');
    const page = await admin.open({ section: 'settings' });
    const versions = page.getByTestId('versions').locator('[data-version]');
    await versions
      .nth(1)
      .getByRole('button', { name: /^Go back to version/ })
      .click();
    const form = page.getByRole('dialog');
    await form.getByTestId('difference').waitFor();
    await assertAccessible(page);
    await editor.fullDeploy(note('second'));
    await form.getByTestId('submit').click();
    await form.getByText('Somebody deployed other flows meanwhile.').waitFor();
    await form.getByTestId('submit').click();
    await page.getByText(/^Version \d+ is deployed again\.$/).waitFor();
    assert.ok(!(await editor.flows()).flows.some(({ id }) => id === 'note-1'));
  });

  it('tells the version and the health of the parts in words', async () => {
    const page = await admin.open({ section: 'about' });
    await page
      .getByTestId('version')
      .getByText(/^\d+\.\d+\.\d+/)
      .waitFor();
    await page.locator('[data-part=database]').getByText('well').waitFor();
    await page.getByTestId('health').waitFor();
    await page.getByRole('link', { name: 'Error codes' }).click();
    await page.waitForURL('**/api/v1/docs/errors');
  });

  it('says plainly that rights were taken away, or that the server is away, and tries again', async () => {
    const page = await admin.open({ section: 'users' });
    await page.locator('[data-user=admin]').waitFor();
    let answer: 'forbidden' | 'away' | undefined = 'forbidden';
    await page.route('**/api/v1/users?**', async (route) => {
      if (answer === undefined) return route.continue();
      if (answer === 'away') return route.abort();
      const problem = { status: 403, code: 'FORBIDDEN', title: 'Forbidden', detail: 'You need users:read.', type: 'x', remedy: 'x' };
      return route.fulfill({ status: 403, contentType: 'application/problem+json', json: problem });
    });
    await page.reload();
    await page.getByTestId('error').getByText('Your rights were changed. Refused: You need users:read.').waitFor();
    await assertAccessible(page);
    answer = 'away';
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('error').getByText('The server did not answer').waitFor({ timeout: 40_000 });
    answer = undefined;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-user=admin]').waitFor();
  });

  for (const screen of ['desktop', 'phone'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`is accessible on the ${screen} in ${colorScheme}, and no wider than the screen`, async () => {
        const page = await admin.open({ section: 'users', screen, colorScheme });
        for (const section of SECTIONS) {
          await page.locator(`[data-section=${section}]`).click();
          await page.waitForURL(`**/administration/${section}`);
          await page.locator('.panel').first().waitFor();
          await assertAccessible(page);
          assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), section);
        }
        await page.locator('[data-section=users]').click();
        await page.getByTestId('new-user').click();
        await page.getByRole('dialog').getByLabel('User name').waitFor();
        await assertAccessible(page);
      });
    }
  }

  it('speaks Spanish', async () => {
    const page = await admin.open({ section: 'settings' });
    await page.locator('main').getByRole('button', { name: 'Español' }).click();
    await page.getByRole('heading', { name: 'Ajustes' }).waitFor();
    for (const section of SECTIONS) {
      await page.locator(`[data-section=${section}]`).click();
      await page.waitForURL(`**/administration/${section}`);
      await page.locator('.panel').first().waitFor();
      assert.doesNotMatch(await page.locator('main').innerText(), /\b(?:admin|ui|told)\.[a-z]+\.[a-z]/, section);
    }
  });
});
