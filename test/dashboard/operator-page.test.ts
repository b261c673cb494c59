import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { ROLES } from '../../src/core/permissions.ts';
import type { Permission } from '../../src/core/permissions.ts';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, enter, launch, SCREENS, submitLogin, valueOf, visit, waitUntilLive } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

const MAX_FIRST_LOAD_BYTES = 300 * 1024;
/** The default flow's rule: over 80 raises, below 75 clears. */
const HOT = 91.5;
const COOL = 20.25;

/** The operator's page in a real browser on the whole program. */
describe('the operator page', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  let pump: MqttClient | undefined;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    api = await ApiClient.login(platform);
  });

  afterEach(async () => {
    for (const opened of visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
  });

  after(async () => {
    await pump?.endAsync(true);
    await browser.close();
    await platform.dispose();
  });

  const open = async (screen: ScreenName = 'desktop', colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const opened = await enter(browser, platform, { ...SCREENS[screen], colorScheme });
    visits.push(opened);
    return opened.page;
  };
  const openLogin = async (path: string): Promise<Page> => {
    const opened = await visit(browser, platform, path);
    visits.push(opened);
    return opened.page;
  };
  const connected = (): MqttClient => {
    assert.ok(pump, 'the pump was connected by an earlier test');
    return pump;
  };
  const connect = async (deviceId: string, key: string): Promise<MqttClient> =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
      username: deviceId,
      password: key,
      // A broker that is just starting answers "server unavailable".
      reconnectOnConnackError: true,
    });
  const publish = (data: Record<string, unknown>) =>
    connected().publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ data }), { qos: 1 });
  /** Whatever was before, the rule sees the limit crossed from below. */
  const overheat = async () => {
    await publish({ temperature: COOL });
    await publish({ temperature: HOT });
  };
  const openAlerts = async () => (await api.call('GET', '/alerts?status=active,acknowledged')).body['items'] as { id: string }[];

  it('leads through the login and explains a wrong password', async () => {
    const page = await openLogin('/');
    await page.waitForURL('**/login');
    await submitLogin(page, 'admin', 'certainly wrong');
    await page.getByText('User name or password is wrong.').waitFor();
    await assertAccessible(page);
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(page);
    await page.waitForURL(`${platform.httpUrl}/`);
  });

  it('shows an empty plant how to connect its first device, and the value when it comes', async () => {
    const page = await open();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Create device and key' }).click();
    const command = page.locator('pre').first();
    const key = await eventually(
      async () => /-P '([^']+)'/.exec(await command.innerText())?.[1]?.replace('KEY-OF-THE-DEVICE', '') || undefined,
      'a key',
    );
    pump = await connect('pump-01', key);
    await publish({ temperature: { value: COOL, unit: 'C' }, running: true, state: 'pumping' });
    await valueOf(page, 'pump-01', 'temperature').getByText('20.25').waitFor();
    await valueOf(page, 'pump-01', 'running').getByText('true').waitFor();
    await valueOf(page, 'pump-01', 'state').getByText('pumping').waitFor();
    await page.locator('[data-device=pump-01]').getByText('Online').waitFor();
  });

  it('updates values without a reload and says how old they are', async () => {
    const page = await open();
    const value = valueOf(page, 'pump-01', 'temperature');
    await value.getByText('20.25').waitFor();
    await publish({ temperature: 23.75 });
    await value.getByText('23.75').waitFor();
    await value
      .getByTestId('age')
      .getByText(/^\d+ s$/)
      .waitFor();
    await value
      .getByTestId('age')
      .getByText(/^([2-9]|\d\d) s$/)
      .waitFor();
  });

  it('draws a number as a line, a truth value as steps and text as states', async () => {
    const page = await open();
    const series = page.getByTestId('series');
    await valueOf(page, 'pump-01', 'temperature').click();
    const plot = series.getByRole('img');
    await plot.waitFor();
    await eventually(
      async () => (/temperature of pump-01 .* minimum 20.25/.test((await plot.getAttribute('aria-label')) ?? '') ? true : undefined),
      'the history',
    );
    await publish({ temperature: 25.5 });
    await eventually(
      async () => (/maximum 25.50, newest 25.50/.test((await plot.getAttribute('aria-label')) ?? '') ? true : undefined),
      'the live tail',
    );
    await valueOf(page, 'pump-01', 'running').click();
    await series.getByRole('heading', { name: 'running' }).waitFor();
    await series.locator('canvas').waitFor();
    await valueOf(page, 'pump-01', 'state').click();
    await series.getByRole('list', { name: 'States in the last 15 minutes' }).getByText('pumping').waitFor();
  });

  it('shows a quantity by the name, decimals and limits that it was given', async () => {
    const patch = (item: object) => api.call('PATCH', '/devices/pump-01/series', { items: [{ key: 'temperature', ...item }] });
    await patch({ display_name: 'Bearing <b>', decimals: 1, lower_limit: 10, upper_limit: 30 });
    const page = await open();
    const row = valueOf(page, 'pump-01', 'temperature');
    await row.getByText('Bearing <b>').waitFor();
    await row.getByText('25.5', { exact: true }).waitFor();
    await row.click();
    const series = page.getByTestId('series');
    await series.getByRole('heading', { name: 'Bearing <b>' }).waitFor();
    await series.getByText('25.5', { exact: true }).first().waitFor();
    const plot = series.getByRole('img', { name: /^Bearing <b> of pump-01 .* Marked: lower limit 10.0 °C, upper limit 30.0 °C/ });
    await plot.waitFor();
    await assertAccessible(page);
    await patch({ display_name: null, decimals: null, lower_limit: null, upper_limit: null });
    await page.reload();
    await row.getByText('temperature', { exact: true }).waitFor();
    await row.getByText('25.50', { exact: true }).waitFor();
  });

  for (const screen of ['desktop', 'phone'] as const) {
    it(`raises an alert on the ${screen}, where it is acknowledged; another screen sees it`, async () => {
      const [page, other] = [await open(screen), await open()];
      await page.getByText('No open alerts').waitFor();
      await overheat();
      const alert = page.locator('[data-alert]');
      await alert.getByText('pump-01: temperature is 91.5 °C (limit 80)').waitFor();
      await alert.getByText('Warning').waitFor();
      await page.getByTestId('alerts-warning').getByText('1').waitFor();
      await alert.getByTestId('acknowledge').click();
      await alert.getByText('Acknowledged by admin').waitFor();
      await other.locator('[data-alert][data-status=acknowledged]').waitFor();
      assert.deepEqual(
        (await openAlerts()).map((one) => (one as unknown as { status: string }).status),
        ['acknowledged'],
      );
      await publish({ temperature: COOL });
      await page.getByText('No open alerts').waitFor();
    });
  }

  it('takes a note with the acknowledgement', async () => {
    const page = await open();
    await overheat();
    await page.getByRole('button', { name: /^Acknowledge with a note/ }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('Bearing is being replaced.');
    await assertAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Acknowledged by admin').waitFor();
    const [alert] = await openAlerts();
    const { body } = await api.call('GET', `/alerts/${alert?.id ?? ''}`);
    assert.ok(JSON.stringify(body['history']).includes('Bearing is being replaced.'));
  });

  it('leads to a chart where there are readings, and for the silence of a device to none', async () => {
    const page = await open();
    await overheat();
    const charts = page.locator('.alert__series', { hasText: 'Chart of' });
    await charts.waitFor();
    await api.createDevice('silent-01');
    assert.equal((await api.call('PATCH', '/devices/silent-01', { offline_seconds: 5 })).status, 200);
    const silent = page.locator('article.alert', { hasText: 'silent-01 is offline' });
    await silent.waitFor();
    assert.match(await silent.locator('.alert__about').innerText(), /^silent-01/);
    assert.equal(await charts.count(), 1);
    await assertAccessible(page);
    const offline = (await openAlerts()).find((one) => (one as unknown as { device_id: string }).device_id === 'silent-01');
    const { body } = await api.call('GET', `/alerts/${offline?.id ?? ''}/explanation`);
    assert.equal((body['rule'] as { state: string }).state, 'built_in');
    assert.equal((await api.call('DELETE', '/devices/silent-01')).status, 204);
  });

  for (const role of ['viewer', 'operator', 'engineer'] as const) {
    it(`shows the ${role} what the role may do, and nothing else`, async () => {
      const permissions: readonly Permission[] = ROLES[role];
      const page = await openLogin('/');
      await page.route('**/api/v1/auth/me', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), role, permissions } });
      });
      await submitLogin(page, platform.adminUsername, platform.adminPassword);
      await waitUntilLive(page);
      await overheat();
      await page.locator('[data-alert][data-status=active]').waitFor();
      assert.equal((await page.getByTestId('acknowledge').count()) > 0, permissions.includes('alerts:write'));
      assert.equal((await page.locator('a[href="/editor/"]').count()) > 0, permissions.includes('flows:write'));
      await publish({ temperature: COOL });
      await page.getByText('No open alerts').waitFor();
    });
  }

  it('tells the truth when somebody else was quicker', async () => {
    const page = await open();
    await overheat();
    await page.getByTestId('acknowledge').waitFor();
    await page.route('**/acknowledge', async (route) => {
      const [alert] = await openAlerts();
      await api.call('POST', `/alerts/${alert?.id ?? ''}/resolve`, {});
      await route.continue();
    });
    await page.getByTestId('acknowledge').click();
    await page.getByText('No open alerts').waitFor();
  });

  it('opens a value as a chart on a phone and closes it by keyboard', async () => {
    const page = await open('phone');
    await valueOf(page, 'pump-01', 'temperature').click();
    await page.getByTestId('series').getByRole('img').waitFor();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('series').waitFor({ state: 'detached' });
  });

  it('shows names as text, whatever they contain', async () => {
    await api.call('POST', '/devices', { device_id: 'evil', name: '<img src=x onerror=alert(1)>', type: '<b>bold</b>' });
    const page = await open();
    await page.locator('[data-device=evil]').getByText('<img src=x onerror=alert(1)>').waitFor();
    assert.equal(await page.locator('[data-device=evil] :is(img, b)').count(), 0);
  });

  for (const screen of ['desktop', 'phone'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`is accessible on the ${screen} in ${colorScheme}`, async () => {
        await overheat();
        const page = await open(screen, colorScheme);
        await page.locator('[data-alert]').waitFor();
        await valueOf(page, 'pump-01', 'temperature').waitFor();
        await assertAccessible(page);
        await page.getByTestId('user-menu').click();
        await page.getByTestId('sign-out').waitFor();
        await assertAccessible(page);
      });
    }
  }

  it('keeps language and appearance', async () => {
    const page = await open();
    await page.getByTestId('user-menu').click();
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    await page.getByRole('button', { name: 'Español' }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'Alertas abiertas' }).waitFor();
    await page.locator('.v-theme--dark').first().waitFor();
  });

  it('stays signed in over a reload, and signs out for good', async () => {
    const page = await open();
    await page.reload();
    await waitUntilLive(page);
    await page.getByTestId('user-menu').click();
    await page.getByTestId('sign-out').click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.goto(platform.httpUrl);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('renews an expired login without asking', async () => {
    const page = await open();
    await page.evaluate(
      "localStorage.setItem('insa.session', JSON.stringify({ ...JSON.parse(localStorage.getItem('insa.session')), access_token: 'expired' }))",
    );
    await page.reload();
    await waitUntilLive(page);
    await valueOf(page, 'pump-01', 'temperature').waitFor();
  });

  it('opens the editor with the same login, and nothing elsewhere', async () => {
    const page = await openLogin('/editor/');
    await page.waitForURL('**/login?next=**');
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await page.waitForURL(`${platform.httpUrl}/editor/`);
    const stranger = await openLogin('/login?next=//example.com/');
    await submitLogin(stranger, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(stranger);
    await stranger.waitForURL(`${platform.httpUrl}/`);
  });

  it('tells what is wired so that nothing happens, and can be told to be quiet about it', async () => {
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    await editor.fullDeploy(flows.map((node) => (node.type === 'iiot-threshold-rule' ? { ...node, wires: [[], []] } : node)));
    for (const screen of ['desktop', 'phone'] as const) {
      const page = await open(screen, screen === 'phone' ? 'dark' : 'light');
      const banner = page.getByTestId('warnings');
      await banner.getByText('The rule "High temperature" on "INSA IIoT" reaches no alert node').waitFor();
      await assertAccessible(page);
      assert.equal(await banner.getByRole('link', { name: 'Open the flow editor' }).getAttribute('href'), '/editor/');
      await page.getByTestId('dismiss-warnings').click();
      await banner.waitFor({ state: 'detached' });
      await page.reload();
      await waitUntilLive(page);
      await valueOf(page, 'pump-01', 'temperature').waitFor();
      assert.equal(await banner.count(), 0, 'dismissed for the session');
    }
    await editor.fullDeploy(flows);
  });

  it('loads less than 300 KB of compressed scripts before the first chart', async () => {
    await open();
    const scripts = visits.at(-1)?.scripts ?? [];
    const bodies = await Promise.all([...new Set(scripts)].map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())));
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    assert.ok(scripts.length > 0 && bytes < MAX_FIRST_LOAD_BYTES, `${String(bytes)} bytes`);
  });

  it('says plainly that the connection is lost, and fills in what it missed', async () => {
    const page = await open('phone');
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.stop();
    const banner = page.getByTestId('connection-lost');
    await banner.getByText(/^Connection lost since /).waitFor();
    await page.locator('[data-testid=link-state][data-state=lost]').waitFor();
    await assertAccessible(page);
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    await publish({ temperature: 31.25 });
    await waitUntilLive(page);
    await banner.waitFor({ state: 'detached' });
    await valueOf(page, 'pump-01', 'temperature').getByText('31.25').waitFor();
  });
});
