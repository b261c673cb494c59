import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { newUuid } from '../../src/core/ids.ts';
import type { ConnectionConfig } from '../../src/storage/postgres.ts';
import { refusal, startMailServer } from '../notify/smtp.ts';
import type { MailServer } from '../notify/smtp.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, enter, launch, SCREENS, submitLogin, visit, waitUntilLive } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

interface Shown {
  id: string;
  device_id: string;
  status: string;
}

const HOSTILE = '<img src=x onerror=alert(1)>';
const ADDRESS = 'ops@example.com';
const COOL = 20;

const at = (id: string, type: string, wires: string[][], fields: object = {}): object => ({
  ...{ id, type, z: 'tab', name: '', x: 100, y: 100, wires },
  ...fields,
});

/** A rule for what is critical, told by e-mail and webhook, and one for what is not. */
function flowOf(webhookUrl: string): object[] {
  const limit = { operator: '>', value: 80, clearValue: 75 };
  return [
    { id: 'tab', type: 'tab', label: 'Plant', disabled: false, info: '' },
    at('mqtt', 'iiot-mqtt-broker', [['in']], { configVersion: 1 }),
    at('in', 'iiot-ingest', [['hot', 'loud'], []], { trustTopicDevice: false, configVersion: 1 }),
    at('hot', 'iiot-threshold-rule', [['alert'], ['alert']], {
      ...limit,
      name: 'Too hot',
      key: 'temperature',
      severity: 'critical',
      message: `${HOSTILE} {{value}} is too hot`,
    }),
    at('loud', 'iiot-threshold-rule', [['alert'], ['alert']], {
      ...limit,
      name: 'Too loud',
      key: 'noise',
      severity: 'warning',
      message: '{{value}} is too loud',
    }),
    at('alert', 'iiot-alert', [['mail', 'hook'], ['mail', 'hook'], []], { configVersion: 1 }),
    at('mail', 'iiot-email', [[]], { recipients: ADDRESS, on: 'raised', configVersion: 1 }),
    at('hook', 'iiot-webhook', [[]], { url: webhookUrl, on: 'raised', configVersion: 1 }),
  ];
}

/** The pages of alerts in a real browser, on the whole program, with a real mail server and endpoint. */
describe('the pages of alerts', function () {
  this.timeout(180_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  let mail: MailServer;
  let endpoint: Server;
  let connection: ConnectionConfig;
  let dropDatabase: () => Promise<void>;
  const devices = new Map<string, MqttClient>();
  const visits: Visit[] = [];
  const hooks: string[] = [];
  let env: Record<string, string>;
  let isMailRefused = false;
  let isHookBroken = false;

  before(async () => {
    browser = await launch(chromiumPath);
    mail = await startMailServer({
      onRcptTo: (_address, _session, done) => done(isMailRefused ? refusal(550, '5.1.1 no such person here') : null),
    });
    endpoint = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (!isHookBroken) hooks.push(body);
        response.writeHead(isHookBroken ? 403 : 200).end(isHookBroken ? 'not today' : 'thank you');
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const database = await createEmptyDatabase();
    connection = database.connection;
    dropDatabase = () => database.drop();
    env = {
      DATABASE_URL: database.url,
      SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}`,
      MAIL_FROM: 'plant@example.com',
      WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8',
      PUBLIC_URL: 'https://iot.example.com',
    };
    platform = await startPlatform({ env });
    api = await ApiClient.login(platform);
    for (const id of ['pump-01', 'pump-02', 'fan-01']) {
      const key = await api.createDevice(id);
      devices.set(id, await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: id, password: key }));
    }
    const { port } = endpoint.address() as AddressInfo;
    const deployed = await api.call('POST', '/flows/import', { flows: flowOf(`http://127.0.0.1:${String(port)}/hook`), mode: 'replace' });
    assert.equal(deployed.status, 200, JSON.stringify(deployed.body));
  });

  afterEach(async () => {
    for (const opened of visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
    isMailRefused = false;
    isHookBroken = false;
    for (const id of devices.keys()) await publish(id, { temperature: COOL, noise: COOL });
    for (const { id } of await open()) await api.call('POST', `/alerts/${id}/resolve`, {});
  });

  after(async () => {
    for (const device of devices.values()) await device.endAsync(true);
    await browser.close();
    await platform.dispose();
    await dropDatabase();
    await mail.stop();
    await new Promise((resolve) => endpoint.close(resolve));
  });

  const publish = async (id: string, data: Record<string, number>): Promise<void> => {
    const device = devices.get(id);
    assert.ok(device?.connected, `${id} is connected`);
    await device.publishAsync(`insa/devices/${id}/telemetry`, JSON.stringify({ data }), { qos: 1 });
  };
  const listed = async (query: string): Promise<Shown[]> => (await api.call('GET', `/alerts?${query}`)).body['items'] as Shown[];
  const open = (): Promise<Shown[]> => listed('status=active,acknowledged&limit=500');
  /** Whatever was before, the rule sees its limit crossed from below; answers the id of the alert. */
  const raise = async (device: string, key: 'temperature' | 'noise', value = 91.5): Promise<string> => {
    const before = new Set((await open()).map(({ id }) => id));
    await publish(device, { [key]: COOL });
    await publish(device, { [key]: value });
    return eventually(async () => (await open()).find(({ id, device_id: of }) => of === device && !before.has(id))?.id, `an alert of ${device}`);
  };
  const enterAt = async (path: string, screen: ScreenName = 'desktop', colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const opened = await enter(browser, platform, { ...SCREENS[screen], colorScheme });
    visits.push(opened);
    await opened.page.goto(platform.httpUrl + path);
    await waitUntilLive(opened.page);
    return opened.page;
  };
  const row = (page: Page, id: string) => page.locator(`[data-alert="${id}"]`);
  const told = (page: Page, channel: string) => page.getByTestId('told').locator(`[data-channel=${channel}]`);
  const withRights = async (page: Page, permissions: readonly string[]): Promise<void> => {
    await page.route('**/api/v1/auth/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), role: 'some', permissions } });
    });
  };
  /** Open alerts that nobody sends, for what needs many. */
  const insert = (count: number, severity = 'info'): Promise<unknown> =>
    queryOnce(
      connection,
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold,
         unit, raised_at, known_at, last_value, last_at)
       select gen_random_uuid(), 'default', gen_random_uuid(), 1, 'Many', 'pump-02', 'level', $2, 'active', 'level ' || n, '51', 50, '%',
         now() - n * interval '1 minute', now() - n * interval '1 minute', '51', now() from generate_series(1, $1::int) n`,
      [count, severity],
    );

  it('lead from an e-mail over the login to the alert, also by the address of earlier e-mails', async () => {
    const id = await raise('pump-01', 'temperature');
    const sent = await eventually(() => mail.mails.find(({ raw }) => raw.includes(id)), 'the e-mail');
    assert.ok(sent.mail.html?.includes(`https://iot.example.com/alerts/${id}`), sent.mail.html);
    await eventually(() => hooks.find((body) => body.includes(id)), 'the webhook');
    for (const path of [`/alerts/${id}`, `/?alert=${id}`]) {
      const opened = await visit(browser, platform, path);
      visits.push(opened);
      await opened.page.waitForURL('**/login?next=**');
      await submitLogin(opened.page, platform.adminUsername, platform.adminPassword);
      await opened.page.waitForURL(`**/alerts/${id}`);
      await opened.page.getByRole('heading', { name: `${HOSTILE} 91.5 is too hot` }).waitFor();
    }
  });

  it('tell of one alert what, why, who was told, and what happened, as text', async () => {
    const id = await raise('pump-01', 'temperature');
    const page = await enterAt(`/alerts/${id}`);
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
    isMailRefused = true;
    isHookBroken = true;
    const id = await raise('pump-02', 'temperature');
    const page = await enterAt('/alerts');
    const marked = row(page, id);
    await marked.waitFor();
    await eventually(
      async () => ((await api.call('GET', `/notifications?alert_id=${id}&status=failed`)).body['items'] as unknown[]).length === 2 || undefined,
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
    isMailRefused = false;
    isHookBroken = false;
    await hook.getByTestId('retry').click();
    await page.getByTestId('told').locator('[data-channel=webhook][data-status=delivered]').waitFor();
    assert.ok(
      hooks.some((body) => body.includes(id)),
      'the endpoint has it',
    );
    await hook.getByText('Attempt 2').waitFor();
    await failedMail.getByTestId('retry').click();
    await failedMail.waitFor({ state: 'detached' });
    await eventually(() => mail.mails.find(({ raw, to }) => raw.includes(id) && to.includes(ADDRESS)), 'the e-mail');
  });

  it('let one acknowledge, write notes and resolve, and show what others do meanwhile', async () => {
    const id = await raise('pump-01', 'noise');
    const page = await enterAt(`/alerts/${id}`);
    const other = await enterAt(`/alerts/${id}`, 'phone');
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
    await publish('pump-01', { noise: 95.5 });
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
    const id = await raise('fan-01', 'noise');
    const page = await enterAt(`/alerts/${id}`);
    await page.getByTestId('acknowledge').waitFor();
    await page.route('**/acknowledge', async (route) => {
      await api.call('POST', `/alerts/${id}/resolve`, {});
      await route.continue();
    });
    await page.getByTestId('acknowledge').click();
    await page.getByTestId('error').getByText(/its status is "resolved" already \(by admin\)/).waitFor();
    await page.getByTestId('status').getByText('Resolved: admin').waitFor();
  });

  it('say plainly that there is no such alert, or that one may not see it any more', async () => {
    for (const id of ['0190f0c2-0000-7000-8000-00000000dead', 'no-uuid', encodeURIComponent(HOSTILE)]) {
      const page = await enterAt(`/alerts/${id}`);
      await page.getByTestId('trouble').getByText('There is no such alert').waitFor();
      assert.equal(await page.locator('main img').count(), 0);
      if (id === 'no-uuid') await assertAccessible(page);
    }
    const id = await raise('pump-01', 'noise');
    const page = await enterAt(`/alerts/${id}`);
    await page.getByTestId('acknowledge').waitFor();
    const problem = JSON.stringify({ code: 'FORBIDDEN', detail: 'Your role was changed.', status: 403, title: 'Forbidden', type: 'about:blank' });
    await page.route('**/api/v1/alerts/**', (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body: problem }));
    // What it shows is read anew every few seconds.
    await page.getByTestId('trouble').getByText('Your role was changed.').waitFor();
  });

  it('keep the history of an alert whose device is gone', async () => {
    const key = await api.createDevice('gone-01');
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'gone-01', password: key });
    devices.set('gone-01', client);
    const id = await raise('gone-01', 'noise');
    devices.delete('gone-01');
    await client.endAsync(true);
    assert.equal((await api.call('DELETE', '/devices/gone-01')).status, 204);
    const page = await enterAt(`/alerts/${id}`);
    await page.getByTestId('device-gone').waitFor();
    await page.getByTestId('history').locator('[data-change=raised]').waitFor();
    assert.equal(await page.getByTestId('facts').getByRole('link', { name: 'gone-01' }).count(), 0);
  });

  it('limit the list by what the address says, and keep it there', async () => {
    const [hot, loud] = [await raise('pump-01', 'temperature'), await raise('fan-01', 'noise')];
    const page = await enterAt('/alerts');
    await row(page, hot).waitFor();
    await row(page, loud).waitFor();
    assert.deepEqual(
      await page.locator('[data-alert]').evaluateAll((all) => all.map((one) => one.getAttribute('data-alert'))),
      [hot, loud],
      'critical first',
    );
    await page.getByTestId('search').getByRole('textbox').fill('TOO LOUD');
    await row(page, hot).waitFor({ state: 'detached' });
    await page.waitForURL('**/alerts?q=TOO+LOUD');
    await page.reload();
    await row(page, loud).waitFor();
    assert.equal(await page.getByTestId('search').getByRole('textbox').inputValue(), 'TOO LOUD');
    await page.getByTestId('clear-filters').click();
    await row(page, hot).waitFor();
    await page.locator('[data-open=warning]').click();
    await row(page, hot).waitFor({ state: 'detached' });
    await page.goto(`${platform.httpUrl}/alerts?device=nobody`);
    await page.getByText('No open alert matches the filters').waitFor();
    await api.call('POST', `/alerts/${loud}/resolve`, {});
    await page.goto(`${platform.httpUrl}/alerts?status=past&q=too+loud&period=1h&device=fan-01`);
    await page.getByTestId('past-alerts').locator(`[data-alert="${loud}"]`).getByText('Resolved: admin').waitFor();
    assert.equal(await row(page, hot).count(), 0);
    await assertAccessible(page);
  });

  it('page through the past', async () => {
    await queryOnce(
      connection,
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, raised_at,
         known_at, last_value, last_at, resolved_by, resolved_at)
       select gen_random_uuid(), 'default', gen_random_uuid(), 1, 'Old', 'pump-02', 'level', 'info', 'resolved', 'old ' || n, '51',
         now() - interval '3 hours', now() - n * interval '1 minute', '51', now(), 'condition cleared', now() - interval '1 hour'
         from generate_series(1, 60) n`,
    );
    const page = await enterAt('/alerts?status=past&q=old');
    const rows = page.getByTestId('past-alerts').locator('[data-alert]');
    await eventually(async () => ((await rows.count()) === 50 ? true : undefined), 'the first page');
    await page.getByTestId('more').click();
    await eventually(async () => ((await rows.count()) === 60 ? true : undefined), 'the second page');
    await page.getByText('That is all: 60 entries').waitFor();
  });

  it('acknowledge and resolve many at once, and tell one by one for which it did not work', async () => {
    const ids = [await raise('pump-01', 'temperature'), await raise('pump-02', 'noise'), await raise('fan-01', 'noise')];
    const page = await enterAt('/alerts');
    await row(page, ids[2] ?? '').waitFor();
    await page.getByTestId('select-all').click();
    await page.getByTestId('bulk').getByText('3 selected').waitFor();
    await assertAccessible(page);
    await page.getByTestId('bulk-acknowledge').click();
    await page.getByTestId('note-dialog').getByRole('textbox').fill('Storm.');
    await assertAccessible(page);
    await page.getByTestId('note-confirm').click();
    await page.getByTestId('bulk-result').getByText('Done for all 3.').waitFor();
    assert.deepEqual([...new Set((await open()).map(({ status }) => status))], ['acknowledged']);
    assert.ok(JSON.stringify((await api.call('GET', `/alerts/${ids[0] ?? ''}`)).body).includes('Storm.'));
    for (const id of ids.slice(0, 2)) await row(page, id).getByTestId('pick').check();
    await page.route(`**/alerts/${ids[0] ?? ''}/resolve`, async (route) => {
      await api.call('POST', `/alerts/${ids[0] ?? ''}/resolve`, {});
      await route.continue();
    });
    await page.getByTestId('bulk-resolve').click();
    await page.getByTestId('note-confirm').click();
    const result = page.getByTestId('bulk-result');
    await result.getByText('Not done for 1:').waitFor();
    await result.getByRole('link', { name: `${HOSTILE} 91.5 is too hot` }).waitFor();
    await result.getByText(/its status is "resolved" already/).waitFor();
    assert.deepEqual(
      (await open()).map(({ id }) => id),
      [ids[2]],
    );
  });

  it('move nothing under the hand: new ones wait until one asks for them', async () => {
    const first = await raise('fan-01', 'noise');
    const page = await enterAt('/alerts');
    await row(page, first).getByTestId('pick').check();
    const second = await raise('pump-01', 'temperature');
    await page.getByTestId('news').getByText('1 new alert – show').waitFor();
    assert.equal(await row(page, second).count(), 0);
    await assertAccessible(page);
    await page.getByTestId('news').click();
    await row(page, second).waitFor();
    await row(page, first).getByTestId('pick').uncheck();
    await page.mouse.move(5, 5);
    const third = await raise('pump-02', 'noise');
    await row(page, third).waitFor();
  });

  it('stay smooth with a thousand open alerts', async () => {
    await insert(1_000);
    const page = await enterAt('/alerts');
    const section = page.getByTestId('open-alerts');
    await section.getByText('1000', { exact: true }).waitFor();
    assert.equal(await section.locator('[data-alert]').count(), 100);
    const longest = await page.evaluate<number>(`new Promise((done) => {
      let last = performance.now(), longest = 0, frames = 0;
      const step = (now) => {
        longest = Math.max(longest, now - last);
        last = now;
        scrollBy(0, 60);
        frames += 1;
        if (frames < 90) requestAnimationFrame(step); else done(longest);
      };
      requestAnimationFrame(step);
    })`);
    assert.ok(longest < 1_000, `a frame took ${String(longest)} ms`);
    await page.getByTestId('select-all').click();
    await page.getByTestId('bulk').getByText('1000 selected').waitFor();
    await page.getByTestId('bulk-acknowledge').click();
    await page.getByTestId('note-confirm').click();
    await page.getByTestId('bulk-result').getByText('Done for all 1000.').waitFor({ timeout: 90_000 });
    await queryOnce(connection, `update alerts set status = 'resolved', resolved_by = 'test', resolved_at = now() where rule_name = 'Many'`);
  });

  it('wake with sound and notification for a new critical alert, once, on every page, if switched on', async () => {
    await raise('pump-02', 'temperature');
    const opened = await visit(browser, platform, '/login', { permissions: ['notifications'] });
    visits.push(opened);
    const { page } = opened;
    await page.addInitScript(`
      window.heard = 0;
      window.noticed = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) { window.heard += 1; return start.apply(this, when); };
      window.Notification = class { constructor(title, { body, tag }) { window.noticed.push([title, body, tag]); } close() {}
        static permission = 'granted'; static requestPermission() { return Promise.resolve('granted'); } };
    `);
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(page);
    await page.goto(`${platform.httpUrl}/alerts`);
    await waitUntilLive(page);
    const heard = () => page.evaluate<number>('window.heard');
    const noticed = () => page.evaluate<string[][]>('window.noticed');
    await page.getByTestId('alarm').click();
    await page.getByTestId('alarm-menu').getByRole('checkbox', { name: 'Sound' }).check();
    await page.getByTestId('alarm-menu').getByRole('checkbox', { name: 'Browser notification' }).check();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.goto(`${platform.httpUrl}/devices`);
    await waitUntilLive(page);
    await page.mouse.click(5, 400);
    assert.deepEqual([await heard(), await noticed()], [0, []], 'nothing for those that were there');
    await raise('fan-01', 'noise');
    const id = await raise('pump-01', 'temperature');
    await eventually(async () => ((await heard()) > 0 ? true : undefined), 'the sound');
    assert.deepEqual(await noticed(), [['Critical: pump-01', `${HOSTILE} 91.5 is too hot`, id]]);
    const once = await heard();
    await publish('pump-01', { temperature: 97.5 });
    await eventually(
      async () => ((await api.call('GET', `/alerts/${id}`)).body['occurrences'] === 2 ? true : undefined),
      'the alert is counted again, which is told now and then',
      60_000,
    );
    await page.goto(`${platform.httpUrl}/alerts`);
    await row(page, id).waitFor();
    assert.deepEqual([await heard(), await noticed()], [0, []], 'not again after a reload');
    assert.ok(once > 0);
  });

  it('say plainly that the browser refuses notifications, and stay off', async () => {
    const page = await enterAt('/alerts');
    await page.addInitScript(
      `window.Notification = class { static permission = 'denied'; static requestPermission() { return Promise.resolve('denied'); } };`,
    );
    await page.reload();
    await page.getByTestId('alarm').click();
    const notice = page.getByTestId('alarm-menu').getByRole('checkbox', { name: 'Browser notification' });
    await notice.click();
    await page.getByTestId('alarm-problem').getByText('The browser refuses notifications of this site.').waitFor();
    assert.equal(await notice.isChecked(), false);
  });

  it('show who may only see nothing to do, and who may not see who was told nothing of that', async () => {
    const id = await raise('pump-01', 'temperature');
    const opened = await visit(browser, platform, '/login');
    visits.push(opened);
    const { page } = opened;
    await withRights(page, ['alerts:read']);
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(page);
    await page.goto(`${platform.httpUrl}/alerts`);
    await row(page, id).waitFor();
    assert.equal(await page.getByTestId('pick').count(), 0);
    assert.equal(await page.getByTestId('acknowledge').count(), 0);
    await row(page, id).getByRole('link').click();
    await page.getByTestId('history').locator('[data-change=raised]').waitFor();
    for (const hidden of ['acknowledge', 'resolve', 'add-note', 'told']) assert.equal(await page.getByTestId(hidden).count(), 0, hidden);
  });

  for (const screen of ['desktop', 'phone'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`are accessible on the ${screen} in ${colorScheme}`, async () => {
        const [id] = [await raise('pump-01', 'temperature'), await raise('fan-01', 'noise')];
        const page = await enterAt('/alerts?status=all', screen, colorScheme);
        await row(page, id).waitFor();
        await page.getByTestId('past-alerts').locator('[data-alert]').first().waitFor();
        await assertAccessible(page);
        await row(page, id).getByRole('link').click();
        await page.getByTestId('why-sentence').waitFor();
        await page.getByTestId('told').locator('[data-channel]').first().waitFor();
        await assertAccessible(page);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(width <= 0, 'nothing sticks out');
      });
    }
  }

  it('keep what they show while the server is away, and say so', async () => {
    const id = await raise('pump-01', 'temperature');
    const page = await enterAt(`/alerts/${id}`);
    await page.getByTestId('why-sentence').waitFor();
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.stop();
    await page.getByTestId('connection-lost').waitFor();
    await page.getByTestId('facts').getByText('Limit 80').waitFor();
    await page.getByTestId('note').getByRole('textbox').fill('Nobody hears this.');
    await page.getByTestId('add-note').click();
    await page.getByTestId('history').getByTestId('error').getByText('The server did not answer').waitFor();
    await assertAccessible(page);
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env });
    await waitUntilLive(page);
    await page.getByTestId('add-note').click();
    await page.getByTestId('history').locator('[data-change=note]').getByText('Nobody hears this.').waitFor();
  });
});
