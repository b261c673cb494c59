import assert from 'node:assert/strict';
import type { Browser, Locator, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, launch, submitLogin, visit, waitUntilLive } from './support.ts';
import type { Visit } from './support.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';
const MANY = 10_000;
/** Generous, and the median of the frames: the machine of a test is shared. The test prints what it measured. */
const MOST_TO_SHOW_MS = 15_000;
const MOST_MEDIAN_FRAME_MS = 100;

/** Many devices and many series in a real browser on the whole program. */
describe('the pages of devices with much to show', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
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
    await browser.close();
    await platform.dispose();
  });

  const open = async (path: string): Promise<Page> => {
    const opened = await visit(browser, platform, path);
    visits.push(opened);
    await submitLogin(opened.page, platform.adminUsername, platform.adminPassword);
    await waitUntilLive(opened.page);
    return opened.page;
  };
  /** Readings of a device, one a second up to now, as its key sends them. */
  const store = async (deviceId: string, key: string, readings: readonly { secondsAgo: number; data: Record<string, unknown> }[]) => {
    const nowMs = Date.now();
    const messages = readings.map(({ secondsAgo, data }) => ({
      device_id: deviceId,
      timestamp: new Date(nowMs - secondsAgo * 1_000).toISOString(),
      data,
    }));
    const answer = await api.withKey(key).call('POST', '/telemetry?mode=history', messages);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual((answer.body as { rejected: unknown[] }).rejected, []);
  };
  const row = (page: Page, deviceId: string): Locator => page.locator(`[data-testid=device-list] [data-device="${deviceId}"]`);
  const chartText = (page: Page): Promise<string> =>
    page
      .getByRole('application')
      .getAttribute('aria-label')
      .then((text) => text ?? '');

  it('draw fifty series, texts, truth values, the largest and the smallest numbers', async () => {
    const key = await api.createDevice('odd:device.1');
    const numbers = Object.fromEntries(Array.from({ length: 46 }, (_, place) => [`n${String(place)}`, place]));
    const odd = { huge: 1.7e300, tiny: -1e-300, on: true, state: 'idle' };
    await store('odd:device.1', key, [
      { secondsAgo: 30, data: { ...numbers, ...odd } },
      { secondsAgo: 20, data: { ...numbers, ...odd, huge: -1.7e300, on: false, state: HOSTILE } },
      { secondsAgo: 10, data: { ...numbers, ...odd } },
    ]);
    const page = await open('/devices/odd%3Adevice.1');
    await page.getByRole('button', { name: 'All in the chart' }).click();
    await eventually(async () => ((await page.getByTestId('legend').locator('li').count()) === 50 ? true : undefined), 'fifty lines');
    await page.getByTestId('state-strip').getByText('idle').first().waitFor();
    await eventually(
      async () => (/huge: newest 1\.7E300|And 40 more lines/.test(await chartText(page)) ? true : undefined),
      'what is drawn in words',
    );
    await page.locator('[data-period="30d"]').click();
    await eventually(
      async () => ((await page.getByTestId('chart').getAttribute('data-loading')) === 'false' ? true : undefined),
      'thirty days',
    );
    await page.getByRole('button', { name: 'Hide all' }).click();
    await page.getByText('All lines are hidden.').waitFor();
    await assertAccessible(page);
  });

  it('remove a device when that is confirmed', async () => {
    await api.createDevice('valve-1');
    const page = await open('/devices/valve-1');
    await page.getByRole('button', { name: 'Remove device' }).click();
    await page.getByText('This cannot be undone.').waitFor();
    await assertAccessible(page);
    await page.getByTestId('confirm').click();
    await page.waitForURL('**/devices');
    await row(page, 'odd:device.1').waitFor();
    await eventually(async () => ((await row(page, 'valve-1').count()) === 0 ? true : undefined), 'the device to go');
  });

  it(`stay smooth with ${String(MANY)} devices`, async () => {
    const lines = Array.from(
      { length: MANY - 10 },
      (_, place) => `many-${String(place)},Machine ${String(place)},type ${String(place % 20)},Hall ${String(place % 50)}`,
    );
    const imported = await fetch(`${platform.httpUrl}/api/v1/devices/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'text/csv' },
      body: `device_id,name,type,location\n${lines.join('\n')}\n`,
    });
    assert.equal(imported.status, 200);
    const page = await open('/devices');
    await page.reload();
    const startedMs = Date.now();
    await row(page, 'many-0').waitFor();
    const shownMs = Date.now() - startedMs;
    assert.ok((await page.locator('[data-testid=device-list] [data-device]').count()) < 100, 'only rows in sight are rendered');
    const frames = await page.evaluate<number[]>(SCROLL_SCRIPT);
    const filterMs = await page.evaluate<number>(FILTER_SCRIPT);
    const sorted = frames.toSorted((left, right) => left - right);
    const [median = 0, p95 = 0, slowest = 0] = [0.5, 0.95, 1].map(
      (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))],
    );
    console.log(
      `      shown after ${String(shownMs)} ms; ${String(frames.length)} frames while scrolling: median ${median.toFixed(1)}, p95 ${p95.toFixed(1)}, slowest ${slowest.toFixed(1)} ms; filtered in ${filterMs.toFixed(0)} ms`,
    );
    assert.ok(shownMs < MOST_TO_SHOW_MS, `${String(shownMs)} ms`);
    assert.ok(median < MOST_MEDIAN_FRAME_MS, `${String(median)} ms`);
    await page.getByTestId('device-count').getByText(/^1 of/).waitFor();
  });
});

/** Scrolls through the whole list for three seconds and answers how long each frame took, in milliseconds. */
const SCROLL_SCRIPT = `new Promise((done) => {
  const list = document.querySelector('[data-testid=device-list]');
  const frames = [];
  const beganAt = performance.now();
  let last = beganAt;
  const step = (now) => {
    frames.push(now - last);
    last = now;
    list.scrollTop = ((now - beganAt) / 3000) * list.scrollHeight;
    if (now - beganAt < 3000) requestAnimationFrame(step);
    else done(frames.slice(1));
  };
  requestAnimationFrame(step);
})`;

/** Types a name and answers how long it took until only that device was listed, in milliseconds. */
const FILTER_SCRIPT = `new Promise((done) => {
  const field = document.querySelector('[role=search] input');
  const beganAt = performance.now();
  field.value = 'Machine 9876';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => {
    const rows = document.querySelectorAll('[data-testid=device-list] [data-device]');
    if (rows.length === 1 && rows[0].dataset.device === 'many-9876') done(performance.now() - beganAt);
    else requestAnimationFrame(look);
  };
  look();
})`;
