import assert from 'node:assert/strict';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, makeBoard, middleOf, openAs, PASSWORD, place, readBoard, send, valueWidget, widgetOn } from './boards-support.ts';
import { assertAccessible, launch, waitUntilLive } from './support.ts';

/** A tablet: wide enough for the grid, without a mouse. */
const TABLET = { viewport: { width: 1180, height: 820 }, hasTouch: true };
/** Writes down what the page asks of the screen. */
const SPY_ON_WAKE_LOCK = `{
  globalThis.wakeLocks = [];
  Object.defineProperty(navigator, 'wakeLock', {
    value: {
      request: (kind) => {
        const lock = { kind, isReleased: false, release: async () => void (lock.isReleased = true) };
        globalThis.wakeLocks.push(lock);
        return Promise.resolve(lock);
      },
    },
  });
}`;

/** Dashboards when rights change, and on screens without a mouse, in a real browser on the whole program. */
describe('dashboards in the middle of things', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const addPerson = async (username: string, role: string): Promise<string> => {
    const body = { username, roles: [role], password: PASSWORD, must_change_password: false };
    const made = await boards.admin.call('POST', '/users', body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return String(made.body['id']);
  };
  const addRole = async (name: string, permissions: readonly string[]): Promise<void> => {
    assert.equal((await boards.admin.call('POST', '/roles', { name, permissions })).status, 201);
  };

  it('show no value any more to whom it was taken away, and lead away who may not see dashboards', async () => {
    await addRole('frames only', ['dashboards:read']);
    await addRole('bell', ['alerts:read']);
    const id = await addPerson('mover', 'viewer');
    const board = await makeBoard(boards.eva, {
      name: 'Rights',
      is_public: true,
      widgets: [valueWidget('a', 'pump-01', 'temperature')],
      layout: { a: place(0, 0, 3, 2) },
    });
    const page = await boards.open(`/dashboards/${board.id}`, {}, 'mover');
    await widgetOn(page, 'a').getByText('21.50').waitFor();
    assert.equal((await boards.admin.call('PATCH', `/users/${id}`, { roles: ['frames only'] })).status, 200);
    await widgetOn(page, 'a').getByText('21.50').waitFor({ state: 'detached' });
    await page.locator('[data-area=devices]').waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1, name: 'Rights' }).waitFor();
    await waitUntilLive(page);
    await assertAccessible(page);
    assert.equal((await boards.admin.call('PATCH', `/users/${id}`, { roles: ['bell'] })).status, 200);
    await page.waitForURL('**/no-access**');
    await page.locator('[data-area=dashboards]').waitFor({ state: 'detached' });
    await assertAccessible(page);
  });

  it('are arranged with a finger', async () => {
    const board = await makeBoard(boards.eva, {
      name: 'By finger',
      widgets: [valueWidget('a', 'pump-01', 'temperature'), valueWidget('b', 'pump-01', 'mode')],
      layout: { a: place(0, 0, 3, 2), b: place(3, 0, 3, 2) },
    });
    const page = await boards.open(`/dashboards/${board.id}/edit`, TABLET);
    const cover = page.locator('[data-cover=a]');
    await cover.waitFor();
    await touchBy(page, await middleOf(cover), { x: 0, y: 76 * 5 });
    await page.getByTestId('unsaved').waitFor();
    await page.getByTestId('save').tap();
    await page.getByTestId('unsaved').waitFor({ state: 'detached' });
    const { layout } = await readBoard(boards.eva, board.id);
    assert.ok((layout['a']?.y ?? 0) >= 3, JSON.stringify(layout));
    assert.equal(layout['a']?.x, 0);
    assert.deepEqual(layout['b'], place(3, 0, 3, 2));
  });

  it('fill the screen of a wall and keep it awake, until somebody leaves', async () => {
    const board = await makeBoard(boards.eva, { name: 'Awake', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
    const page = await boards.open('/dashboards');
    await page.context().addInitScript(SPY_ON_WAKE_LOCK);
    await page.goto(`${boards.httpUrl}/dashboards/${board.id}`);
    await page.getByTestId('full-screen').click();
    await page.waitForURL(`**/dashboards/kiosk?ids=${board.id}`);
    await eventually(
      async () => (await page.evaluate('document.fullscreenElement === document.documentElement')) || undefined,
      'the full screen',
    );
    const locks = () =>
      page.evaluate<{ kind: string; isReleased: boolean }[]>('wakeLocks.map(({ kind, isReleased }) => ({ kind, isReleased }))');
    await eventually(async () => ((await locks()).length > 0 ? true : undefined), 'the screen to be kept awake');
    assert.deepEqual(await locks(), [{ kind: 'screen', isReleased: false }]);
    await page.getByRole('button', { name: 'Leave the full screen' }).click();
    await page.waitForURL(`**/dashboards/${board.id}`);
    await eventually(async () => (await page.evaluate('document.fullscreenElement === null')) || undefined, 'the end of the full screen');
    assert.deepEqual(await locks(), [{ kind: 'screen', isReleased: true }]);
  });
});

describe('a dashboard whose server goes away', function () {
  this.timeout(120_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
  });
  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  it('says so, greys what gets old, and is live again by itself', async () => {
    let api = await ApiClient.login(platform);
    await api.createDevice('pump-01');
    await send(api, 'pump-01', { temperature: 21.5 });
    const { id } = await makeBoard(api, {
      name: 'Lost',
      widgets: [valueWidget('a', 'pump-01', 'temperature', { options: { stale_seconds: 20 } })],
    });
    const who = { username: platform.adminUsername, password: platform.adminPassword, path: `/dashboards/${id}` };
    const { page, complaints, close } = await openAs(browser, platform, who);
    const value = widgetOn(page, 'a').locator('[data-series="pump-01 temperature"]');
    await value.getByText('21.50').waitFor();
    await send(api, 'pump-01', { temperature: 22.5 });
    await value.getByText('22.50').waitFor();
    await widgetOn(page, 'a').locator('[data-stale=false]').waitFor();
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.stop();
    await page.getByTestId('connection-lost').waitFor();
    await widgetOn(page, 'a').locator('[data-stale=true]').waitFor();
    await value.getByText('22.50').waitFor();
    await assertAccessible(page);
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    api = await ApiClient.login(platform);
    await send(api, 'pump-01', { temperature: 23.5 });
    await page.getByTestId('connection-lost').waitFor({ state: 'detached' });
    await value.getByText('23.50').waitFor();
    await widgetOn(page, 'a').locator('[data-stale=false]').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});

/** Puts a finger down until the widget is taken, moves it in steps as a hand would, and lifts it. */
async function touchBy(page: Page, from: { x: number; y: number }, by: { x: number; y: number }): Promise<void> {
  const devtools: CDPSession = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: { x: number; y: number }) =>
    devtools.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [at] });
  // Whoever swipes scrolls; a widget is taken by keeping the finger on it, which the library then tells as a mouse would.
  await page.evaluate('addEventListener("mousedown", () => { globalThis.isTaken = true; }, true)');
  await touch('touchStart', from);
  await eventually(async () => (await page.evaluate('globalThis.isTaken === true')) || undefined, 'the widget to be taken');
  for (let step = 1; step <= 12; step += 1) await touch('touchMove', { x: from.x + (by.x * step) / 12, y: from.y + (by.y * step) / 12 });
  await touch('touchEnd');
}
