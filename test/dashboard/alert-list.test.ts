import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { AlertPlant, HOSTILE, rowOf } from './alert-plant.ts';
import { assertAccessible, submitLogin, waitUntilLive } from './support.ts';

/** The list of alerts, and what wakes people, in a real browser on the whole program. */
describe('the lists of alerts', () => {
  const chromiumPath = needsProgram('chromium');
  const plant = new AlertPlant();

  before(() => plant.start(chromiumPath));
  afterEach(async () => {
    await plant.sql(`update alerts set status = 'resolved', resolved_by = 'test', resolved_at = now() where rule_name = 'Many'`);
    await plant.tidy();
  });
  after(() => plant.stop());

  const withRights = async (page: Page, permissions: readonly string[]): Promise<void> => {
    await page.route('**/api/v1/auth/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), role: 'some', permissions } });
    });
  };
  /** Open alerts that nobody sends, for what needs many. */
  const insert = (count: number, severity = 'info'): Promise<unknown> =>
    plant.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold,
         unit, raised_at, known_at, last_value, last_at)
       select gen_random_uuid(), 'default', gen_random_uuid(), 1, 'Many', 'pump-02', 'level', $2, 'active', 'level ' || n, '51', 50, '%',
         now() - n * interval '1 minute', now() - n * interval '1 minute', '51', now() from generate_series(1, $1::int) n`,
      [count, severity],
    );

  it('limit the list by what the address says, and keep it there', async () => {
    const [hot, loud] = [await plant.raise('pump-01', 'temperature'), await plant.raise('fan-01', 'noise')];
    const page = await plant.enterAt('/alerts');
    await rowOf(page, hot).waitFor();
    await rowOf(page, loud).waitFor();
    assert.deepEqual(
      await page.locator('[data-alert]').evaluateAll((all) => all.map((one) => one.getAttribute('data-alert'))),
      [hot, loud],
      'critical first',
    );
    await page.getByTestId('search').getByRole('textbox').fill('TOO LOUD');
    await rowOf(page, hot).waitFor({ state: 'detached' });
    await page.waitForURL('**/alerts?q=TOO+LOUD');
    await page.reload();
    await rowOf(page, loud).waitFor();
    const searched = page.getByTestId('search').getByRole('textbox');
    await eventually(async () => (await searched.inputValue()) === 'TOO LOUD' || undefined, 'the text that was searched');
    await page.getByTestId('clear-filters').click();
    await rowOf(page, hot).waitFor();
    await page.locator('[data-open=warning]').click();
    await rowOf(page, hot).waitFor({ state: 'detached' });
    await page.goto(`${plant.platform.httpUrl}/alerts?device=nobody`);
    await page.getByText('No open alert matches the filters').waitFor();
    await plant.api.call('POST', `/alerts/${loud}/resolve`, {});
    await page.goto(`${plant.platform.httpUrl}/alerts?status=past&q=too+loud&period=1h&device=fan-01`);
    await page.getByTestId('past-alerts').locator(`[data-alert="${loud}"]`).getByText('Resolved: admin').waitFor();
    assert.equal(await rowOf(page, hot).count(), 0);
    await assertAccessible(page);
  });

  it('page through the past', async () => {
    await plant.sql(`insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, raised_at,
         known_at, last_value, last_at, resolved_by, resolved_at)
       select gen_random_uuid(), 'default', gen_random_uuid(), 1, 'Old', 'pump-02', 'level', 'info', 'resolved', 'old ' || n, '51',
         now() - interval '3 hours', now() - n * interval '1 minute', '51', now(), 'condition cleared', now() - interval '1 hour'
         from generate_series(1, 60) n`);
    const page = await plant.enterAt('/alerts?status=past&q=old');
    const rows = page.getByTestId('past-alerts').locator('[data-alert]');
    await eventually(async () => ((await rows.count()) === 50 ? true : undefined), 'the first page');
    await page.getByTestId('more').click();
    await eventually(async () => ((await rows.count()) === 60 ? true : undefined), 'the second page');
    await page.getByText('That is all: 60 entries').waitFor();
  });

  it('acknowledge and resolve many at once, and tell one by one for which it did not work', async () => {
    const ids = [await plant.raise('pump-01', 'temperature'), await plant.raise('pump-02', 'noise'), await plant.raise('fan-01', 'noise')];
    const page = await plant.enterAt('/alerts');
    await rowOf(page, ids[2] ?? '').waitFor();
    await page.getByTestId('select-all').click();
    await page.getByTestId('bulk').getByText('3 selected').waitFor();
    await assertAccessible(page);
    await page.getByTestId('bulk-acknowledge').click();
    await page.getByTestId('note-dialog').getByRole('textbox').fill('Storm.');
    await assertAccessible(page);
    await page.getByTestId('note-confirm').click();
    await page.getByTestId('bulk-result').getByText('Done for all 3.').waitFor();
    assert.deepEqual([...new Set((await plant.open()).map(({ status }) => status))], ['acknowledged']);
    assert.ok(JSON.stringify((await plant.api.call('GET', `/alerts/${ids[0] ?? ''}`)).body).includes('Storm.'));
    for (const id of ids.slice(0, 2)) await rowOf(page, id).getByTestId('pick').check();
    await page.route(`**/alerts/${ids[0] ?? ''}/resolve`, async (route) => {
      await plant.api.call('POST', `/alerts/${ids[0] ?? ''}/resolve`, {});
      await route.continue();
    });
    await page.getByTestId('bulk-resolve').click();
    await page.getByTestId('note-confirm').click();
    const result = page.getByTestId('bulk-result');
    await result.getByText('Not done for 1:').waitFor();
    await result.getByRole('link', { name: `${HOSTILE} 91.5 is too hot` }).waitFor();
    await result.getByText(/its status is "resolved" already/).waitFor();
    assert.deepEqual(
      (await plant.open()).map(({ id }) => id),
      [ids[2]],
    );
  });

  it('move nothing under the hand: new ones wait until one asks for them', async () => {
    const first = await plant.raise('fan-01', 'noise');
    const page = await plant.enterAt('/alerts');
    await rowOf(page, first).getByTestId('pick').check();
    const second = await plant.raise('pump-01', 'temperature');
    await page.getByTestId('news').getByText('1 new alert – show').waitFor();
    assert.equal(await rowOf(page, second).count(), 0);
    await assertAccessible(page);
    await page.getByTestId('news').click();
    await rowOf(page, second).waitFor();
    await rowOf(page, first).getByTestId('pick').uncheck();
    await page.mouse.move(5, 5);
    const third = await plant.raise('pump-02', 'noise');
    await rowOf(page, third).waitFor();
  });

  it('stay smooth with a thousand open alerts', async () => {
    await insert(1_000);
    const page = await plant.enterAt('/alerts');
    const section = page.getByTestId('open-alerts');
    await section.getByText('1000', { exact: true }).waitFor();
    assert.equal(await section.locator('[data-alert]').count(), 100);
    const usual = await page.evaluate<number>(`new Promise((done) => {
      let last = performance.now();
      const frames = [];
      const step = (now) => {
        frames.push(now - last);
        last = now;
        scrollBy(0, 60);
        if (frames.length < 90) requestAnimationFrame(step); else done(frames.sort((a, b) => a - b)[45]);
      };
      requestAnimationFrame(step);
    })`);
    assert.ok(usual < 100, `half of the frames took more than ${String(usual)} ms`);
    await page.getByTestId('select-all').click();
    await page.getByTestId('bulk').getByText('1000 selected').waitFor();
    await page.getByTestId('bulk-acknowledge').click();
    await page.getByTestId('note-confirm').click();
    const result = page.getByTestId('bulk-result');
    await result.getByText(/^[1-9]\d* of 1000$/).waitFor();
    await result.getByRole('button', { name: 'Stop' }).click();
    await result.getByText(/^Stopped: [1-9]\d* of 1000 were tried\.$/).waitFor();
  });

  it('wake with sound and notification for a new critical alert, once, on every page, if switched on', async () => {
    await plant.raise('pump-02', 'temperature');
    const page = await plant.visit('/login', { permissions: ['notifications'] });
    await page.addInitScript(`
      window.heard = 0;
      window.noticed = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) { window.heard += 1; return start.apply(this, when); };
      window.Notification = class { constructor(title, { body, tag }) { window.noticed.push([title, body, tag]); } close() {}
        static permission = 'granted'; static requestPermission() { return Promise.resolve('granted'); } };
    `);
    await submitLogin(page, plant.platform.adminUsername, plant.platform.adminPassword);
    await waitUntilLive(page);
    await page.goto(`${plant.platform.httpUrl}/alerts`);
    await waitUntilLive(page);
    const heard = () => page.evaluate<number>('window.heard');
    const noticed = () => page.evaluate<string[][]>('window.noticed');
    await page.getByTestId('alarm').click();
    await page.getByTestId('alarm-menu').getByRole('checkbox', { name: 'Sound' }).check();
    await page.getByTestId('alarm-menu').getByRole('checkbox', { name: 'Browser notification' }).check();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.goto(`${plant.platform.httpUrl}/devices`);
    await waitUntilLive(page);
    await page.mouse.click(5, 400);
    assert.deepEqual([await heard(), await noticed()], [0, []], 'nothing for those that were there');
    await plant.raise('fan-01', 'noise');
    const id = await plant.raise('pump-01', 'temperature');
    await eventually(async () => ((await heard()) > 0 ? true : undefined), 'the sound');
    assert.deepEqual(await noticed(), [['Critical: pump-01', `${HOSTILE} 91.5 is too hot`, id]]);
    const once = await heard();
    // Repeats are told now and then, with a reading.
    await eventually(async () => {
      await plant.publish('pump-01', { temperature: 97.5 });
      const { body } = await plant.api.call('GET', `/alerts/${id}`);
      return Number(body['occurrences']) > 1 ? true : undefined;
    }, 'the alert is counted again');
    assert.deepEqual([await heard(), (await noticed()).length], [once, 1], 'not again for the same alert');
    await page.goto(`${plant.platform.httpUrl}/alerts`);
    await rowOf(page, id).waitFor();
    assert.deepEqual([await heard(), await noticed()], [0, []], 'not again after a reload');
    assert.ok(once > 0);
  });

  it('say that the browser keeps the sound back until somebody clicks', async () => {
    const page = await plant.enterAt('/alerts');
    await page.addInitScript(`
      localStorage.setItem('insa.alarm-sound', 'on');
      let clicked = false;
      addEventListener('pointerdown', () => (clicked = true), { capture: true });
      window.AudioContext = class extends EventTarget {
        state = 'suspended';
        resume() {
          if (!clicked) return new Promise(() => undefined);
          this.state = 'running';
          this.dispatchEvent(new Event('statechange'));
          return Promise.resolve();
        }
        close() { return Promise.resolve(); }
      };
    `);
    for (const path of ['/alerts', '/']) {
      await page.goto(plant.platform.httpUrl + path);
      await page.getByTestId('sound-waits').waitFor();
      await assertAccessible(page);
      await page.mouse.click(5, 400);
      await page.getByTestId('sound-waits').waitFor({ state: 'detached' });
    }
  });

  it('say plainly that the browser refuses notifications, and stay off', async () => {
    const page = await plant.enterAt('/alerts');
    await page.addInitScript(
      `window.Notification = class { static permission = 'denied'; static requestPermission() { return Promise.resolve('denied'); } };`,
    );
    await page.reload();
    await page.getByTestId('alarm').click();
    const notice = page.getByTestId('alarm-menu').getByRole('checkbox', { name: 'Browser notification' });
    await notice.click();
    await page.getByTestId('alarm-problem').getByText('The browser refuses notifications of this site.').waitFor();
    await eventually(async () => !(await notice.isChecked()) || undefined, 'the switch to be off again');
  });

  it('show who may only see nothing to do, and who may not see who was told nothing of that', async () => {
    const id = await plant.raise('pump-01', 'temperature');
    const page = await plant.visit('/login');
    await withRights(page, ['alerts:read']);
    await submitLogin(page, plant.platform.adminUsername, plant.platform.adminPassword);
    await waitUntilLive(page);
    await page.goto(`${plant.platform.httpUrl}/alerts`);
    await rowOf(page, id).waitFor();
    assert.equal(await page.getByTestId('pick').count(), 0);
    assert.equal(await page.getByTestId('acknowledge').count(), 0);
    await rowOf(page, id).getByRole('link').click();
    await page.getByTestId('history').locator('[data-change=raised]').waitFor();
    for (const hidden of ['acknowledge', 'resolve', 'add-note', 'told']) assert.equal(await page.getByTestId(hidden).count(), 0, hidden);
  });

  for (const screen of ['desktop', 'phone'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`are accessible on the ${screen} in ${colorScheme}`, async () => {
        const [id] = [await plant.raise('pump-01', 'temperature'), await plant.raise('fan-01', 'noise')];
        const page = await plant.enterAt('/alerts?status=all', screen, colorScheme);
        await rowOf(page, id).waitFor();
        await page.getByTestId('past-alerts').locator('[data-alert]').first().waitFor();
        await assertAccessible(page);
        await rowOf(page, id).getByRole('link').click();
        await page.getByTestId('why-sentence').waitFor();
        await page.getByTestId('told').locator('[data-channel]').first().waitFor();
        await assertAccessible(page);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(width <= 0, 'nothing sticks out');
      });
    }
  }
});
