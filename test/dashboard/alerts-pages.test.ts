import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { ADDRESS, AlertPlant, HOSTILE, rowOf } from './alert-plant.ts';
import { assertAccessible, submitLogin, waitUntilLive } from './support.ts';

/** The page of one alert in a real browser, on the whole program, with a real mail server and endpoint. */
describe('the pages of an alert', () => {
  const chromiumPath = needsProgram('chromium');
  const plant = new AlertPlant();

  before(() => plant.start(chromiumPath));
  afterEach(() => plant.tidy());
  after(() => plant.stop());

  const told = (page: Page, channel: string) => page.getByTestId('told').locator(`[data-channel=${channel}]`);

  it('lead from an e-mail over the login to the alert, also by the address of earlier e-mails', async () => {
    const id = await plant.raise('pump-01', 'temperature');
    const sent = await eventually(() => plant.mail.mails.find(({ raw }) => raw.includes(id)), 'the e-mail');
    assert.ok(sent.mail.html?.includes(`https://iot.example.com/alerts/${id}`), sent.mail.html);
    await eventually(() => plant.hooks.find((body) => body.includes(id)), 'the webhook');
    for (const path of [`/alerts/${id}`, `/?alert=${id}`]) {
      const page = await plant.visit(path);
      await page.waitForURL('**/login?next=**');
      await submitLogin(page, plant.platform.adminUsername, plant.platform.adminPassword);
      await page.waitForURL(`**/alerts/${id}`);
      await page.getByRole('heading', { name: `${HOSTILE} 91.5 is too hot` }).waitFor();
    }
  });

  it('tell of one alert what, why, who was told, and what happened, as text', async () => {
    const id = await plant.raise('pump-01', 'temperature');
    const page = await plant.enterAt(`/alerts/${id}`);
    await page.getByTestId('severity').getByText('Critical').waitFor();
    await page.getByTestId('status').getByText('Not acknowledged').waitFor();
    const facts = page.getByTestId('facts');
    await facts.getByText('91.5', { exact: false }).first().waitFor();
    await facts.getByText('Limit 80').waitFor();
    assert.equal(await facts.getByRole('link', { name: 'pump-01' }).getAttribute('href'), '/devices/pump-01');
    assert.match((await facts.getByRole('link', { name: 'Too hot' }).getAttribute('href')) ?? '', /^\/rules\/[0-9a-f-]{36}$/);
    await page.getByTestId('why-sentence').getByText('"temperature" of "pump-01" was 91.5').waitFor();
    await page.getByTestId('why').getByRole('cell', { name: '91.5' }).waitFor();
    await page.getByTestId('why').getByText('Step by step').click();
    await told(page, 'webhook').getByText('Delivered').waitFor();
    await told(page, 'email').first().waitFor();
    await page.getByTestId('history').locator('[data-change=raised]').waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await assertAccessible(page);
  });

  it('show a delivery that failed with every attempt, and deliver it when it is tried again', async () => {
    plant.isMailRefused = true;
    plant.isHookBroken = true;
    const id = await plant.raise('pump-02', 'temperature');
    const page = await plant.enterAt('/alerts');
    const marked = rowOf(page, id);
    await marked.waitFor();
    await eventually(
      async () =>
        ((await plant.api.call('GET', `/notifications?alert_id=${id}&status=failed`)).body['items'] as unknown[]).length === 2 || undefined,
      'both have failed',
    );
    await page.reload();
    await marked.getByText('Somebody could not be told').waitFor();
    await marked.getByRole('link').click();
    const failedMail = page.getByTestId('told').locator('[data-channel=email][data-status=failed]');
    await failedMail.getByText(ADDRESS).first().waitFor();
    await failedMail.getByText(/550.*no such person here/).waitFor();
    const hook = told(page, 'webhook');
    await hook.getByText(/403/).waitFor();
    await assertAccessible(page);
    plant.isMailRefused = false;
    plant.isHookBroken = false;
    await hook.getByTestId('retry').click();
    await page.getByTestId('told').locator('[data-channel=webhook][data-status=delivered]').waitFor();
    assert.ok(
      plant.hooks.some((body) => body.includes(id)),
      'the endpoint has it',
    );
    await hook.getByText('Attempt 2').waitFor();
    await failedMail.getByTestId('retry').click();
    await failedMail.waitFor({ state: 'detached' });
    await eventually(() => plant.mail.mails.find(({ raw, to }) => raw.includes(id) && to.includes(ADDRESS)), 'the e-mail');
  });

  it('let one acknowledge, write notes and resolve, and show what others do meanwhile', async () => {
    const id = await plant.raise('pump-01', 'noise');
    const page = await plant.enterAt(`/alerts/${id}`);
    const other = await plant.enterAt(`/alerts/${id}`, 'phone');
    await page.getByTestId('acknowledge').click();
    await page.getByTestId('status').getByText('Acknowledged by admin').waitFor();
    await other.getByTestId('status').getByText('Acknowledged by admin').waitFor();
    await other.getByTestId('add-note').click();
    await other.getByText('Write something first.').waitFor();
    await other.getByTestId('note').getByRole('textbox').fill(`Bearing ${HOSTILE}`);
    await other.getByTestId('add-note').click();
    await other.getByTestId('history').locator('[data-change=note]').getByText(`Bearing ${HOSTILE}`).waitFor();
    await assertAccessible(other);
    await page.getByTestId('history').locator('[data-change=note]').waitFor();
    await plant.publish('pump-01', { noise: 95.5 });
    await page.getByTestId('occurrences').getByText('95.5', { exact: false }).waitFor();
    await page.getByTestId('resolve').click();
    await assertAccessible(page);
    await page.getByTestId('note-dialog').getByRole('textbox').fill('Replaced.');
    await page.getByTestId('note-confirm').click();
    await page.getByTestId('status').getByText('Resolved: admin').waitFor();
    await page.getByTestId('history').locator('[data-change=resolved]').getByText('Replaced.').waitFor();
    await other.getByTestId('status').getByText('Resolved: admin').waitFor();
    assert.equal(await other.getByTestId('resolve').count(), 0, 'nothing is left to do');
  });

  it('say who was quicker', async () => {
    const id = await plant.raise('fan-01', 'noise');
    const page = await plant.enterAt(`/alerts/${id}`);
    await page.getByTestId('acknowledge').waitFor();
    await page.route('**/acknowledge', async (route) => {
      await plant.api.call('POST', `/alerts/${id}/resolve`, {});
      await route.continue();
    });
    await page.getByTestId('acknowledge').click();
    await page
      .getByTestId('error')
      .getByText(/its status is "resolved" already \(by admin\)/)
      .waitFor();
    await page.getByTestId('status').getByText('Resolved: admin').waitFor();
  });

  it('say plainly that there is no such alert, or that one may not see it any more', async () => {
    for (const id of ['0190f0c2-0000-7000-8000-00000000dead', 'no-uuid', encodeURIComponent(HOSTILE)]) {
      const page = await plant.enterAt(`/alerts/${id}`);
      await page.getByTestId('trouble').getByText('There is no such alert').waitFor();
      assert.equal(await page.locator('main img').count(), 0);
      if (id === 'no-uuid') await assertAccessible(page);
    }
    const id = await plant.raise('pump-01', 'noise');
    const page = await plant.enterAt(`/alerts/${id}`);
    await page.getByTestId('acknowledge').waitFor();
    const problem = JSON.stringify({
      code: 'FORBIDDEN',
      detail: 'Your role was changed.',
      status: 403,
      title: 'Forbidden',
      type: 'about:blank',
    });
    await page.route('**/api/v1/alerts/**', (route) =>
      route.fulfill({ status: 403, contentType: 'application/problem+json', body: problem }),
    );
    // What it shows is read anew every few seconds.
    await page.getByTestId('trouble').getByText('Your role was changed.').waitFor();
  });

  it('keep the history of an alert whose device is gone', async () => {
    await plant.connect('gone-01');
    const id = await plant.raise('gone-01', 'noise');
    await plant.remove('gone-01');
    const page = await plant.enterAt(`/alerts/${id}`);
    await page.getByTestId('device-gone').waitFor();
    await page.getByTestId('history').locator('[data-change=raised]').waitFor();
    assert.equal(await page.getByTestId('facts').getByRole('link', { name: 'gone-01' }).count(), 0);
  });

  it('keep what they show while the server is away, and say so', async () => {
    const id = await plant.raise('pump-01', 'temperature');
    const page = await plant.enterAt(`/alerts/${id}`);
    await page.getByTestId('why-sentence').waitFor();
    await plant.without(async () => {
      await page.getByTestId('connection-lost').waitFor();
      await page.getByTestId('facts').getByText('Limit 80').waitFor();
      await page.getByTestId('note').getByRole('textbox').fill('Nobody hears this.');
      await page.getByTestId('add-note').click();
      await page.getByTestId('history').getByTestId('error').getByText('The server did not answer').waitFor();
      await assertAccessible(page);
    });
    await waitUntilLive(page);
    await page.getByTestId('add-note').click();
    await page.getByTestId('history').locator('[data-change=note]').getByText('Nobody hears this.').waitFor();
  });
});
