import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { makeBoard, openAs, send, valueWidget, widgetOn } from './boards-support.ts';
import { fill, input } from './rules-support.ts';
import { launch, waitUntilLive } from './support.ts';
import type { Visit } from './support.ts';

const PASSWORD = 'a password of somebody';
const RULE = {
  name: 'Much pressure',
  rule_type: 'threshold',
  scope: { device_id: 'pump-01' },
  severity: 'warning',
  conditions: { key: 'pressure', operator: '>', value: 8 },
};

/** The pages that are looked at for hours. */
interface Pages {
  board: Page;
  kiosk: Page;
  alert: Page;
  rule: Page;
}

/** A dashboard, a wall screen, an alert and a rule, when the network, the server or the rights of the person change. */
describe('pages that stay open', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  let userId: string;
  let paths: Record<keyof Pages, string>;
  let ruleId: string;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    const role = await api.call('POST', '/roles', { name: 'bell', permissions: ['alerts:read'] });
    assert.equal(role.status, 201, JSON.stringify(role.body));
    const user = await api.call('POST', '/users', {
      username: 'ann',
      password: PASSWORD,
      roles: ['engineer'],
      must_change_password: false,
    });
    assert.equal(user.status, 201, JSON.stringify(user.body));
    userId = String(user.body['id']);
    await api.createDevice('pump-01');
    const rule = await api.call('POST', '/rules', RULE);
    assert.equal(rule.status, 201, JSON.stringify(rule.body));
    ruleId = String(rule.body['id']);
    await send(api, 'pump-01', { pressure: 9.5 });
    const alertId = await eventually(async () => {
      const { items } = (await api.call('GET', '/alerts?status=active')).body as unknown as { items: { id: string }[] };
      return items[0]?.id;
    }, 'the alert');
    const { id } = await makeBoard(api, { name: 'Pressure', is_public: true, widgets: [valueWidget('now', 'pump-01', 'pressure')] });
    paths = { board: `/dashboards/${id}`, kiosk: `/dashboards/kiosk?ids=${id}`, alert: `/alerts/${alertId}`, rule: `/rules/${ruleId}` };
  });

  afterEach(async () => {
    for (const opened of visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
  });

  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  /** Opens the four as ann, each in a browser of its own, and waits until each shows what it is about. */
  const open = async (): Promise<{ pages: Pages; all: Page[] }> => {
    const another = async (path: string): Promise<Page> => {
      const opened = await openAs(browser, platform, { username: 'ann', password: PASSWORD, path });
      visits.push(opened);
      return opened.page;
    };
    const [board, kiosk] = [await another(paths.board), await another(paths.kiosk)];
    const [alert, rule] = [await another(paths.alert), await another(paths.rule)];
    for (const page of [board, kiosk]) await widgetOn(page, 'now').getByTestId('value').waitFor();
    await alert.getByTestId('acknowledge').waitFor();
    await rule.getByTestId('remove').waitFor();
    return { pages: { board, kiosk, alert, rule }, all: [board, kiosk, alert, rule] };
  };
  const areLost = async (all: readonly Page[]): Promise<void> => {
    for (const page of all) {
      await page
        .getByTestId('connection-lost')
        .getByText(/^Connection lost since /)
        .waitFor();
      await page.locator('[data-testid=link-state][data-state=lost]').waitFor();
    }
  };
  const areLive = async (all: readonly Page[]): Promise<void> => {
    for (const page of all) {
      await waitUntilLive(page);
      await page.getByTestId('connection-lost').waitFor({ state: 'detached' });
    }
  };
  const show = async ({ board, kiosk }: Pages, value: string): Promise<void> => {
    for (const page of [board, kiosk]) await widgetOn(page, 'now').getByText(value, { exact: true }).waitFor();
  };
  const become = async (body: object): Promise<void> => {
    assert.equal((await api.call('PATCH', `/users/${userId}`, body)).status, 200);
  };

  it('say that the laptop has no network, keep what is written, and go on where they were', async () => {
    const { pages, all } = await open();
    for (const page of all) await page.context().setOffline(true);
    await areLost(all);
    await pages.alert.getByTestId('acknowledge').click();
    await pages.alert.getByText('That did not work: The server did not answer', { exact: false }).waitFor();
    await fill(pages.rule, 'name', 'Far too much pressure');
    await pages.rule.getByTestId('save').click();
    await pages.rule.getByTestId('save-bar').getByText('The server did not answer', { exact: false }).waitFor();
    assert.equal(await input(pages.rule, 'name').inputValue(), 'Far too much pressure');
    await send(api, 'pump-01', { pressure: 9.75 });

    for (const page of all) await page.context().setOffline(false);
    await areLive(all);
    await show(pages, '9.75');
    await pages.rule.getByTestId('save').click();
    await pages.rule.getByRole('heading', { level: 1, name: 'Far too much pressure' }).waitFor();
    assert.equal((await api.call('GET', `/rules/${ruleId}`)).body['name'], 'Far too much pressure');
    await pages.alert.getByTestId('acknowledge').click();
    await pages.alert.getByTestId('status').getByText('ann').waitFor();
  });

  it('say that the server has gone, and go on by themselves when it was started again', async () => {
    const alertId = paths.alert.split('/').at(-1) ?? '';
    await api.call('POST', `/alerts/${alertId}/resolve`, {});
    for (const pressure of [5, 9.5]) await send(api, 'pump-01', { pressure });
    const next = await eventually(async () => {
      const { items } = (await api.call('GET', '/alerts?status=active')).body as unknown as { items: { id: string }[] };
      return items.find(({ id }) => id !== alertId)?.id;
    }, 'another alert');
    paths.alert = `/alerts/${next}`;
    const { pages, all } = await open();
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.stop();
    await areLost(all);
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    // Before the pages are back, which ask every few seconds.
    await send(api, 'pump-01', { pressure: 9.25 });
    assert.equal((await api.call('POST', `/alerts/${next}/acknowledge`, {})).status, 200);
    await areLive(all);
    await show(pages, '9.25');
    await pages.alert.getByTestId('status').getByText('admin').waitFor();
    await send(api, 'pump-01', { pressure: 8.75 });
    await show(pages, '8.75');
    await fill(pages.rule, 'name', 'Pressure after the restart');
    await pages.rule.getByTestId('save').click();
    await pages.rule.getByRole('heading', { level: 1, name: 'Pressure after the restart' }).waitFor();
    await api.call('POST', `/alerts/${next}/resolve`, {});
    for (const pressure of [5, 9.5]) await send(api, 'pump-01', { pressure });
    paths.alert = await eventually(async () => {
      const { items } = (await api.call('GET', '/alerts?status=active')).body as unknown as { items: { id: string }[] };
      return items[0] === undefined ? undefined : `/alerts/${items[0].id}`;
    }, 'a third alert');
  });

  it('offer what the new role of the person allows, and are left where it allows nothing', async () => {
    const { pages } = await open();
    await pages.board.getByTestId('edit').waitFor();
    await become({ roles: ['operator'] });
    await pages.board.getByTestId('edit').waitFor({ state: 'detached' });
    await pages.rule.getByTestId('readonly-note').waitFor();
    assert.equal(await pages.rule.getByTestId('remove').count(), 0);
    await pages.alert.getByTestId('acknowledge').waitFor();
    await become({ roles: ['viewer'] });
    await pages.alert.getByTestId('acknowledge').waitFor({ state: 'detached' });
    for (const page of [pages.board, pages.kiosk]) await waitUntilLive(page);
    await send(api, 'pump-01', { pressure: 9.125 });
    await show(pages, '9.13');

    await become({ roles: ['bell'] });
    for (const page of [pages.board, pages.kiosk, pages.rule]) {
      await page.waitForURL('**/no-access**');
      await page.getByText('This page is not for your role').waitFor();
      assert.equal(await page.locator('[data-widget], [data-field]').count(), 0);
    }
    await pages.alert.getByTestId('status').waitFor();
    await waitUntilLive(pages.alert);
    await become({ roles: ['engineer'] });
    await pages.alert.getByTestId('acknowledge').waitFor();
  });

  it('are left, and say why, when the account of the person is disabled', async () => {
    const { all } = await open();
    await become({ disabled: true });
    for (const page of all) {
      await page.waitForURL('**/login**');
      await page.getByText('You have been signed out: your account was disabled').waitFor();
      assert.equal(await page.locator('[data-widget], [data-field], [data-alert-page]').count(), 0);
    }
  });
});
