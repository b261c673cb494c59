import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { addPerson, dragBy, fitsAcross, makeBoard, middleOf, openAs, PASSWORD, readBoard, send } from './boards-support.ts';
import { assertAccessible, launch, SCREENS } from './support.ts';
import type { Visit } from './support.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';
const box = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });
const value = (id: string, deviceId: string, key: string, more: object = {}) => ({
  id,
  type: 'value',
  series: [{ device_id: deviceId, key }],
  ...more,
});

/** Dashboards in a real browser on the whole program. */
describe('the pages of dashboards', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let admin: ApiClient;
  let eva: ApiClient;
  const visits: Visit[] = [];

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    admin = await ApiClient.login(platform);
    eva = await addPerson(platform, admin, 'eva', 'engineer');
    await addPerson(platform, admin, 'vic', 'viewer');
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

  const open = async (path: string, options: BrowserContextOptions = {}, username = 'eva'): Promise<Page> => {
    const opened = await openAs(browser, platform, { username, password: PASSWORD, path }, options);
    visits.push(opened);
    return opened.page;
  };
  const widget = (page: Page, id: string) => page.locator(`[data-widget="${id}"]`);
  const layoutOf = async (id: string) => (await readBoard(eva, id)).layout;

  describe('the list', () => {
    it('says what to do while there is nothing, and makes a dashboard from a template', async () => {
      await eva.createDevice('pump-01');
      await eva.call('PATCH', '/devices/pump-01', { type: 'pump', location: 'Hall A', name: 'Pump 1' });
      await send(eva, 'pump-01', { temperature: { value: 21.5, unit: 'C' }, running: true, mode: 'auto' });
      const page = await open('/dashboards');
      await page.getByText('No dashboards yet').waitFor();
      await assertAccessible(page);
      await page.getByTestId('new').click();
      await page.getByTestId('create').click();
      await page.getByText('Give it a name.').waitFor();
      await assertAccessible(page);
      await page.getByLabel('Name').fill('From a template');
      await page.getByText('Devices of one type').click();
      await page.getByTestId('create').click();
      await page.getByText('Choose a type.').waitFor();
      await page.getByRole('dialog').locator('.v-select').click();
      await page.getByRole('option', { name: 'pump' }).click();
      await page.getByTestId('create').click();
      await page.waitForURL('**/edit');
      await page.locator('[data-device-state=pump-01]').waitFor();
      await page.locator('[data-row=pump-01] [data-key=temperature]').getByText('21.50').waitFor();
    });

    it('finds by words and by whose it is, and keeps that in the address', async () => {
      await makeBoard(eva, { name: 'Boilers of Hall B', is_public: true });
      await makeBoard(admin, { name: 'Boilers of the boss' });
      await makeBoard(admin, { name: 'Boilers for all', is_public: true });
      const page = await open('/dashboards');
      const names = () => page.locator('[data-board] h2').allInnerTexts();
      await page.getByRole('searchbox').fill('boilers');
      await eventually(async () => (await names()).join() === 'Boilers for all,Boilers of Hall B' || undefined, 'what is found');
      await page.locator('[data-show=mine]').click();
      await eventually(async () => (await names()).join() === 'Boilers of Hall B' || undefined, 'what is mine');
      await page.reload();
      await eventually(async () => (await names()).join() === 'Boilers of Hall B' || undefined, 'the same after a reload');
      assert.equal(new URL(page.url()).search, '?search=boilers&show=mine');
      await page.getByRole('searchbox').fill('nothing like it');
      await page.getByText('No dashboard fits').waitFor();
    });

    it('duplicates, shows to everybody, hides, and removes after asking', async () => {
      const made = await makeBoard(eva, { name: 'Life of a board', widgets: [value('a', 'pump-01', 'temperature')] });
      const page = await open('/dashboards?search=life');
      const card = page.locator(`[data-board="${made.id}"]`);
      await card.getByTestId('menu').click();
      await page.getByRole('listitem').filter({ hasText: 'Show to everybody' }).click();
      await card.getByText('Public').waitFor();
      await card.getByTestId('menu').click();
      await page.getByRole('listitem').filter({ hasText: 'Take out of sight' }).click();
      await card.getByText('Private').waitFor();
      await card.getByTestId('menu').click();
      await page.getByRole('listitem').filter({ hasText: 'Remove' }).click();
      await assertAccessible(page);
      await page.getByTestId('confirm').click();
      await card.waitFor({ state: 'detached' });
      assert.equal((await eva.call('GET', `/dashboards/${made.id}`)).status, 404);
      const other = await makeBoard(eva, { name: 'Life goes on', widgets: [value('a', 'pump-01', 'temperature')] });
      await page.reload();
      await page.locator(`[data-board="${other.id}"]`).getByTestId('menu').click();
      await page.getByRole('listitem').filter({ hasText: 'Duplicate' }).click();
      await page.waitForURL((url) => url.pathname.endsWith('/edit') && !url.pathname.includes(other.id));
      await page.getByRole('heading', { name: 'Edit Copy of Life goes on' }).waitFor();
    });

    it('writes a file and reads it back, and says what is wrong with one', async () => {
      const made = await makeBoard(eva, {
        name: `Filed ${HOSTILE}`,
        widgets: [value('a', 'pump-01', 'temperature'), value('b', 'not-here', 'flow')],
        layout: { a: box(3, 1, 3, 2) },
      });
      const page = await open(`/dashboards/${made.id}`);
      await page.getByTestId('menu').click();
      const downloading = page.waitForEvent('download');
      await page.getByRole('listitem').filter({ hasText: 'Export' }).click();
      const download = await downloading;
      assert.equal(download.suggestedFilename(), 'Filed-img-srcx-onerroralert1.json');
      const text = await readFile(await download.path(), 'utf8');
      await page.goto(`${platform.httpUrl}/dashboards`);
      await page.getByTestId('import').click();
      const json = page.getByTestId('json').locator('textarea').first();
      await json.fill('{"name": ');
      await page.getByTestId('file-fault').getByText('This is no JSON').waitFor();
      await json.fill(
        JSON.stringify({
          name: 'Bad',
          colour: 1,
          widgets: [
            { id: 'a b', type: 'pie' },
            { id: 'c', type: 'chart', options: { kind: 'pie' } },
          ],
        }),
      );
      await page.getByTestId('do-import').click();
      const wrong = page.getByTestId('field-errors');
      for (const field of ['colour', 'widgets.0.id', 'widgets.0.type', 'widgets.1.options.kind']) {
        await wrong.getByText(field, { exact: true }).waitFor();
      }
      await assertAccessible(page);
      await page.getByTestId('file').setInputFiles({ name: 'board.json', mimeType: 'application/json', buffer: Buffer.from(text) });
      await page.getByTestId('missing-devices').getByText('One device is not here: not-here.').waitFor();
      await page.getByTestId('do-import').click();
      await page.waitForURL((url) => /\/dashboards\/[0-9a-f-]{36}$/.test(url.pathname) && !url.pathname.includes(made.id));
      const copy = await readBoard(eva, new URL(page.url()).pathname.split('/')[2] ?? '');
      assert.deepEqual([copy.name, copy.widgets, copy.layout], [made.name, made.widgets, made.layout]);
      await widget(page, 'b').getByText('This device does not exist.').waitFor();
    });
  });

  describe('a dashboard', () => {
    const ALL_TYPES = ['value', 'gauge', 'chart', 'table', 'status', 'map', 'alerts'] as const;
    const KEYS = ['temperature', 'running', 'mode'];

    before(async () => {
      await eva.createDevice('hostile');
      await eva.call('PATCH', '/devices/hostile', { name: HOSTILE, type: 'odd', metadata: { latitude: 41.65, longitude: -0.88 } });
      await send(eva, 'hostile', { temperature: { value: 85.25, unit: 'C' }, running: false, mode: HOSTILE });
      await eva.call('PATCH', '/devices/hostile/series', { items: [{ key: 'temperature', upper_limit: 80, display_name: 'Bearing' }] });
    });

    for (const [screen, colorScheme] of [
      ['desktop', 'light'],
      ['desktop', 'dark'],
      ['phone', 'light'],
    ] as const) {
      it(`shows numbers, truth values and text in every widget (${screen}, ${colorScheme})`, async () => {
        const made = await makeBoard(eva, {
          name: `Everything ${HOSTILE}`,
          is_public: true,
          widgets: [
            ...ALL_TYPES.map((type) => ({ id: type, type, title: `${type} ${HOSTILE}`, selector: { type: 'odd' }, keys: KEYS })),
            { id: 'text', type: 'text', options: { text: `# Hello ${HOSTILE}\n[Elsewhere](https://example.org)\n- javascript:alert(1)` } },
          ],
        });
        const page = await open(`/dashboards/${made.id}`, { ...SCREENS[screen], colorScheme }, 'vic');
        for (const type of ['value', 'gauge'] as const) {
          const shown = widget(page, type);
          await shown.locator('[data-series="hostile temperature"]').getByText('85.25').waitFor();
          await shown.locator('[data-series="hostile temperature"]').getByText('too high').first().waitFor();
          await shown.locator('[data-series="hostile running"]').getByText('false').waitFor();
          await shown.locator('[data-series="hostile mode"]').getByText(HOSTILE).first().waitFor();
          assert.match(await shown.locator('[data-series="hostile running"]').getByTestId('age').innerText(), /^\d+ (s|min)$/);
        }
        await widget(page, 'table').locator('[data-row=hostile] [data-key=mode]').getByText(HOSTILE).waitFor();
        await widget(page, 'table').getByRole('columnheader', { name: 'Bearing' }).waitFor();
        await widget(page, 'status').getByText(HOSTILE).first().waitFor();
        await widget(page, 'map').locator('[data-marker=hostile]').waitFor();
        await widget(page, 'text')
          .getByRole('heading', { name: `Hello ${HOSTILE}` })
          .waitFor();
        assert.equal(await widget(page, 'text').locator('a').count(), 1);
        await widget(page, 'chart').scrollIntoViewIfNeeded();
        await widget(page, 'chart').locator('canvas').first().waitFor();
        assert.equal(await page.locator('img').count(), 0);
        assert.ok(await fitsAcross(page));
        await assertAccessible(page);
        await send(eva, 'hostile', { temperature: { value: 61.75, unit: 'C' } });
        await widget(page, 'value').getByText('61.75').waitFor();
        await widget(page, 'gauge').getByText('61.75').waitFor();
        await send(eva, 'hostile', { temperature: { value: 85.25, unit: 'C' } });
      });
    }

    it('does not load what only editing needs', async () => {
      const made = await makeBoard(eva, { name: 'Light', widgets: [value('a', 'pump-01', 'temperature')] });
      const opened = await openAs(browser, platform, { username: 'eva', password: PASSWORD, path: `/dashboards/${made.id}` });
      visits.push(opened);
      await widget(opened.page, 'a').getByTestId('value').waitFor();
      assert.deepEqual(
        opened.scripts.filter((script) => /Edit|uplot|Chart/i.test(script)),
        [],
      );
    });

    it('shows a new device that fits by itself, and one that is gone no more', async () => {
      const made = await makeBoard(eva, {
        name: 'All fans',
        widgets: [
          { id: 'fans', type: 'table', selector: { type: 'fan' }, keys: ['speed'] },
          { id: 'named', type: 'value', series: [{ device_id: 'fan-1', key: 'speed' }] },
        ],
      });
      const page = await open(`/dashboards/${made.id}`);
      await widget(page, 'fans').getByText('No device fits at the moment.').waitFor();
      await widget(page, 'named').getByText('This device does not exist.').waitFor();
      await eva.call('POST', '/devices', { device_id: 'fan-1', name: 'Fan 1', type: 'fan' });
      await send(eva, 'fan-1', { speed: 1_480 });
      await widget(page, 'fans').locator('[data-row=fan-1] [data-key=speed]').getByText('1,480').waitFor();
      await widget(page, 'named').getByText('1,480').waitFor();
      await eva.call('DELETE', '/devices/fan-1');
      await page.reload();
      await widget(page, 'fans').getByText('No device fits at the moment.').waitFor();
      await widget(page, 'named').getByText('This device does not exist.').waitFor();
      await widget(page, 'named').getByText('fan-1').waitFor();
    });

    it('says that there are no readings yet, and greys what is old', async () => {
      await eva.createDevice('silent');
      await send(eva, 'silent', { level: 7 }, new Date(Date.now() - 3_600_000).toISOString());
      const made = await makeBoard(eva, {
        name: 'Silence',
        widgets: [
          value('none', 'silent', 'never'),
          { id: 'gauge', type: 'gauge', series: [{ device_id: 'silent', key: 'never' }] },
          { id: 'chart', type: 'chart', series: [{ device_id: 'silent', key: 'never' }] },
          { id: 'table', type: 'table', series: [{ device_id: 'silent', key: 'never' }] },
          value('old', 'silent', 'level'),
          value('young', 'silent', 'level', { options: { stale_seconds: 86_400 } }),
          { id: 'nothing', type: 'gauge' },
          { id: 'alerts', type: 'alerts', selector: { type: 'nobody' } },
        ],
      });
      const page = await open(`/dashboards/${made.id}`);
      for (const id of ['none', 'gauge', 'table']) await widget(page, id).getByText('No readings yet').waitFor();
      await widget(page, 'nothing').getByText('Nothing chosen yet.').waitFor();
      await widget(page, 'alerts').getByText('No open alerts').waitFor();
      await widget(page, 'old').locator('[data-stale=true]').getByText('out of date').waitFor();
      await widget(page, 'young').locator('[data-stale=false]').waitFor();
      await assertAccessible(page);
    });

    it('shows fifty series in one widget and says that there are more; sixty widgets', async () => {
      for (let n = 0; n < 52; n += 1) {
        const id = `many-${String(n).padStart(2, '0')}`;
        await eva.call('POST', '/devices', { device_id: id, name: id, type: 'many' });
        await send(eva, id, { t: n });
      }
      const types = ['value', 'gauge', 'table', 'status', 'map', 'chart'] as const;
      const made = await makeBoard(eva, {
        name: 'Crowd',
        widgets: Array.from({ length: 60 }, (_, n) => ({
          id: `w${String(n)}`,
          type: types[n % types.length],
          ...(n < types.length ? { selector: { type: 'many' }, keys: ['t'] } : { series: [{ device_id: 'many-00', key: 't' }] }),
        })),
      });
      const page = await open(`/dashboards/${made.id}`);
      await eventually(async () => (await page.locator('[data-widget]').count()) === 60 || undefined, 'sixty widgets');
      await widget(page, 'w0').locator('[data-series="many-49 t"]').getByTestId('value').getByText('49').waitFor();
      assert.equal(await widget(page, 'w0').locator('[data-series]').count(), 50);
      await widget(page, 'w0').getByText('2 more are not shown.').waitFor();
      await widget(page, 'w3').getByText('0 of 52 online').waitFor();
      await widget(page, 'w5').scrollIntoViewIfNeeded();
      await widget(page, 'w5').locator('canvas').first().waitFor();
      await widget(page, 'w5').getByText('2 more are not shown.').waitFor();
      await send(eva, 'many-00', { t: 777 });
      await widget(page, 'w54').getByText('777').waitFor();
    });

    it('goes on where one widget breaks, and where one is unknown', async () => {
      const made = await makeBoard(eva, {
        name: 'Cracks',
        widgets: [
          value('good', 'pump-01', 'temperature'),
          value('broken', 'pump-01', 'temperature'),
          value('future', 'pump-01', 'temperature'),
        ],
      });
      const page = await open('/dashboards');
      await page.route(`**/api/v1/dashboards/${made.id}`, async (route) => {
        const answer = await route.fetch();
        const board = (await answer.json()) as { widgets: Record<string, unknown>[] };
        const widgets = board.widgets.map((one) => {
          if (one['id'] === 'broken') return { ...one, series: [], selector: {}, keys: 7 };
          return one['id'] === 'future' ? { ...one, type: 'hologram' } : one;
        });
        await route.fulfill({ response: answer, json: { ...board, widgets } });
      });
      await page.goto(`${platform.httpUrl}/dashboards/${made.id}`);
      await widget(page, 'good').getByTestId('value').waitFor();
      await widget(page, 'broken').getByText('This part could not be shown').waitFor();
      await widget(page, 'future').getByText('does not know widgets of the type “hologram”').waitFor();
    });

    it('of somebody else does not exist, and a viewer cannot edit', async () => {
      const own = await makeBoard(admin, { name: 'Private of the boss', widgets: [value('a', 'pump-01', 'temperature')] });
      const shared = await makeBoard(eva, { name: 'Shared with all', is_public: true, widgets: [value('a', 'pump-01', 'temperature')] });
      const page = await open(`/dashboards/${own.id}`, {}, 'vic');
      await page.getByRole('heading', { name: 'There is no such dashboard' }).waitFor();
      await assertAccessible(page);
      assert.equal(await page.getByText('Private of the boss').count(), 0);
      await page.goto(`${platform.httpUrl}/dashboards/no-id-at-all`);
      await page.getByRole('heading', { name: 'There is no such dashboard' }).waitFor();
      await page.goto(`${platform.httpUrl}/dashboards/${shared.id}`);
      await widget(page, 'a').getByTestId('value').waitFor();
      assert.equal(await page.getByTestId('edit').count(), 0);
      await page.getByTestId('menu').click();
      assert.deepEqual(await page.getByRole('listitem').allInnerTexts(), ['Export as JSON']);
      await page.goto(`${platform.httpUrl}/dashboards/${shared.id}/edit`);
      await page.getByText('This page is not for your role').waitFor();
      await page.goto(`${platform.httpUrl}/dashboards`);
      await page.locator(`[data-board="${shared.id}"]`).waitFor();
      assert.deepEqual([await page.getByTestId('new').count(), await page.getByTestId('import').count()], [0, 0]);
    });

    it('stands in reading order on the phone, small widgets two to a row', async () => {
      const made = await makeBoard(eva, {
        name: 'Stack',
        widgets: [value('below', 'pump-01', 'temperature'), value('right', 'pump-01', 'mode'), value('left', 'pump-01', 'running')],
        layout: { below: box(0, 5, 12, 2), right: box(6, 0, 3, 2), left: box(0, 0, 3, 2) },
      });
      const page = await open(`/dashboards/${made.id}`, SCREENS.phone);
      await widget(page, 'left').getByTestId('value').waitFor();
      const ids = await page.locator('[data-widget]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['widget']));
      assert.deepEqual(ids, ['left', 'right', 'below']);
      const [left, right, below] = await Promise.all(['left', 'right', 'below'].map((id) => widget(page, id).boundingBox()));
      assert.ok(left && right && below && left.y === right.y && right.x > left.x + left.width - 1 && below.y > left.y && below.width > 300);
      assert.ok(await fitsAcross(page));
    });
  });

  describe('editing', () => {
    const edited = async (body: object, options: BrowserContextOptions = {}) => {
      const made = await makeBoard(eva, { name: 'To edit', ...body });
      const page = await open(`/dashboards/${made.id}/edit`, options);
      await page.getByTestId('save').waitFor();
      return { id: made.id, page };
    };
    const save = async (page: Page): Promise<void> => {
      await page.getByTestId('save').click();
      await page.getByTestId('unsaved').waitFor({ state: 'detached' });
    };
    const cover = (page: Page, id: string) => page.locator(`[data-cover="${id}"]`);
    const TWO = {
      widgets: [value('a', 'pump-01', 'temperature'), value('b', 'pump-01', 'mode')],
      layout: { a: box(0, 0, 3, 2), b: box(3, 0, 3, 2) },
    };

    it('drags a widget from the palette to its place, moves and resizes with the mouse, undoes and redoes', async () => {
      const { id, page } = await edited(TWO);
      const grid = page.getByTestId('edit-grid');
      await cover(page, 'a').waitFor();
      const frame = await grid.boundingBox();
      assert.ok(frame);
      const cell = frame.width / 12;
      const from = await middleOf(page.locator('[data-widget-type=gauge]'));
      await dragBy(page, page.locator('[data-widget-type=gauge]'), { x: frame.x + cell * 7.5 - from.x, y: frame.y + 76 * 4.5 - from.y });
      await cover(page, 'gauge-1').waitFor();
      await page.getByTestId('settings').waitFor();
      await save(page);
      const dropped = (await layoutOf(id))['gauge-1'];
      assert.ok(
        dropped !== undefined && dropped.x >= 5 && dropped.x <= 7 && dropped.y >= 2 && dropped.w === 3 && dropped.h === 3,
        JSON.stringify(dropped),
      );
      assert.deepEqual([(await layoutOf(id))['a'], (await layoutOf(id))['b']], [TWO.layout.a, TWO.layout.b]);

      await dragBy(page, cover(page, 'a'), { x: 0, y: 76 * 6 });
      await eventually(async () => ((await page.getByTestId('unsaved').count()) > 0 ? true : undefined), 'the move');
      await dragBy(page, page.locator('[data-item=b] > .ui-resizable-se'), { x: cell * 2, y: 76 });
      await save(page);
      const after = await layoutOf(id);
      assert.ok((after['a']?.y ?? 0) >= 4, JSON.stringify(after));
      assert.deepEqual(after['b'], box(3, 0, 5, 3));

      await page.getByTestId('undo').click();
      await page.getByTestId('undo').click();
      await save(page);
      assert.deepEqual([(await layoutOf(id))['a'], (await layoutOf(id))['b']], [TWO.layout.a, TWO.layout.b]);
      await page.getByTestId('redo').click();
      await page.getByTestId('redo').click();
      await save(page);
      assert.deepEqual(await layoutOf(id), after);
      await page.getByTestId('close-settings').click();
      await page.getByTestId('tidy').click();
      await save(page);
      assert.equal((await layoutOf(id))['a']?.y, 0);
      await assertAccessible(page);
    });

    it('does without a mouse: by keys on the widget and by the fields beside', async () => {
      const { id, page } = await edited(TWO);
      await cover(page, 'a').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Shift+ArrowRight');
      await page.getByText('Column 1, row 4, 4 wide, 2 high').waitFor({ state: 'attached' });
      assert.equal(await cover(page, 'a').evaluate((one) => one === document.activeElement), true);
      await page.keyboard.press('Enter');
      const settings = page.getByTestId('settings');
      await settings.waitFor();
      await settings.locator('[data-step=right]').click();
      await settings.getByLabel('Height').fill('4');
      await page.getByTestId('save').click();
      await page.getByTestId('unsaved').waitFor({ state: 'detached' });
      assert.deepEqual((await layoutOf(id))['a'], box(1, 3, 4, 4));
      await page.getByTestId('close-settings').click();
      assert.equal(await cover(page, 'a').evaluate((one) => one === document.activeElement), true);
      await page.keyboard.press('Delete');
      await cover(page, 'a').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+z');
      await cover(page, 'a').waitFor();
      await page.locator('[data-widget-type=text]').focus();
      await page.keyboard.press('Enter');
      await cover(page, 'text-1').waitFor();
    });

    it('configures a widget, shows it at once, and says at the field what the server refuses', async () => {
      const { id, page } = await edited({ widgets: [] });
      await page.locator('[data-widget-type=gauge]').click();
      const settings = page.getByTestId('settings');
      await widget(page, 'gauge-1').getByText('Nothing chosen yet.').waitFor();
      await settings.getByTestId('widget-title').locator('input').fill(`Bearing ${HOSTILE}`);
      await settings.getByText('Whatever devices fit').click();
      await settings.getByRole('combobox', { name: 'Type' }).fill('pump');
      await page.keyboard.press('Enter');
      await settings.getByText('One device fits now.').waitFor();
      await settings.getByRole('combobox', { name: 'Quantities' }).fill('temperature');
      await page.keyboard.press('Enter');
      await widget(page, 'gauge-1').getByText('21.50').waitFor();
      await settings.getByLabel('Begins at').fill('50');
      await settings.getByLabel('Ends at').fill('10');
      await page.getByTestId('save').click();
      await settings.getByText('It is 10, which is not above "min" (50); make it larger.').first().waitFor();
      await assertAccessible(page);
      await settings.getByLabel('Ends at').fill('100');
      await save(page);
      const [saved] = (await readBoard(eva, id)).widgets;
      assert.deepEqual(saved, {
        id: 'gauge-1',
        type: 'gauge',
        title: `Bearing ${HOSTILE}`,
        series: [],
        selector: { type: 'pump' },
        keys: ['temperature'],
        options: { min: 50, max: 100 },
      });
      await settings.getByText('Quantities of devices, one by one').click();
      await settings.getByTestId('add-series').click();
      await settings.locator('[data-series-row="0"]').waitFor();
      await save(page);
      const [named] = (await readBoard(eva, id)).widgets;
      assert.deepEqual([named?.selector, named?.keys, named?.series.length], [undefined, undefined, 1]);
    });

    it('configures every kind of widget', async () => {
      const { id, page } = await edited({ widgets: [] });
      for (const type of ['value', 'gauge', 'chart', 'status', 'alerts', 'table', 'map', 'text']) {
        await page.locator(`[data-widget-type=${type}]`).click();
        await page.getByTestId('settings').waitFor();
        await assertAccessible(page);
        if (type === 'text') await page.getByRole('textbox', { name: 'Text' }).fill('# Words');
        await page.getByTestId('close-settings').click();
      }
      await save(page);
      assert.equal((await readBoard(eva, id)).widgets.length, 8);
    });

    it('asks before changes are lost', async () => {
      const { id, page } = await edited(TWO);
      await cover(page, 'a').focus();
      await page.keyboard.press('ArrowDown');
      await page.getByTestId('unsaved').waitFor();
      await page.locator('[data-area=devices]').click();
      await page.getByText('Leave without saving?').waitFor();
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Stay here' }).click();
      assert.match(page.url(), /\/edit$/);
      await page.locator('[data-area=devices]').click();
      await page.getByTestId('discard').click();
      await page.waitForURL('**/devices');
      assert.deepEqual((await layoutOf(id))['a'], TWO.layout.a);
    });

    it('says that somebody else has saved, and offers their version or a copy', async () => {
      const { id, page } = await edited({ ...TWO, is_public: true });
      await cover(page, 'a').focus();
      await page.keyboard.press('ArrowDown');
      assert.equal((await admin.call('PATCH', `/dashboards/${id}`, { version: 1, name: 'Theirs' })).status, 200);
      await page.getByTestId('save').click();
      const conflict = page.getByTestId('conflict');
      await conflict.getByText('is version 2 by now (admin changed it)').waitFor();
      await assertAccessible(page);
      await conflict.getByTestId('conflict-reload').click();
      await page.getByRole('heading', { name: 'Edit Theirs' }).waitFor();
      await cover(page, 'b').focus();
      await page.keyboard.press('ArrowRight');
      assert.equal((await admin.call('PATCH', `/dashboards/${id}`, { version: 2, name: 'Theirs again' })).status, 200);
      await page.getByTestId('save').click();
      await conflict.getByTestId('conflict-copy').click();
      await page.waitForURL((url) => /\/dashboards\/[0-9a-f-]{36}$/.test(url.pathname) && !url.pathname.includes(id));
      const copy = await readBoard(eva, new URL(page.url()).pathname.split('/')[2] ?? '');
      assert.deepEqual([copy.name, copy.owner, copy.layout['b']], ['Copy of Theirs', 'eva', box(4, 0, 3, 2)]);
      assert.equal((await readBoard(eva, id)).name, 'Theirs again');
    });

    it('works on the phone: adds by a tap, configures with a preview, moves by fields', async () => {
      const { id, page } = await edited(TWO, SCREENS.phone);
      await page.locator('[data-widget-type=alerts]').tap();
      const settings = page.getByTestId('settings');
      await settings.waitFor();
      await assertAccessible(page);
      await settings.getByTestId('close-settings').tap();
      await page.locator('[data-cover=a]').tap();
      await settings.locator('[data-widget=a]').getByText('21.50').waitFor();
      await settings.locator('[data-step=wider]').tap();
      await settings.getByTestId('close-settings').tap();
      assert.ok(await fitsAcross(page));
      await assertAccessible(page);
      await save(page);
      assert.deepEqual((await layoutOf(id))['a'], box(0, 0, 4, 2));
      assert.equal((await readBoard(eva, id)).widgets.length, 3);
    });
  });

  describe('the wall screen', () => {
    it('shows dashboards in turn without navigation, by itself and by keys, and says whether it is live', async () => {
      const boards = await Promise.all(
        ['One', 'Two'].map((name) =>
          makeBoard(eva, { name: `Wall ${name}`, is_public: true, widgets: [value('a', 'pump-01', 'temperature')] }),
        ),
      );
      const ids = boards.map(({ id }) => id).join(',');
      const page = await open(`/dashboards/kiosk?ids=${ids}&seconds=5`, {}, 'vic');
      const heading = page.getByRole('heading', { level: 1 });
      await heading.getByText('Wall One').waitFor();
      assert.equal(await page.getByTestId('areas').count(), 0);
      await page.locator('[data-testid=link-state][data-state=live]').waitFor();
      await assertAccessible(page);
      await page.keyboard.press('ArrowRight');
      await heading.getByText('Wall Two').waitFor();
      await page.keyboard.press('ArrowLeft');
      await heading.getByText('Wall One').waitFor();
      await heading.getByText('Wall Two').waitFor();
      await page.keyboard.press(' ');
      await page.getByRole('button', { name: 'Go on turning' }).waitFor();
      await widget(page, 'a').getByTestId('value').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/dashboards');
    });

    it('is put together on the list, and opened from a dashboard', async () => {
      const made = await makeBoard(eva, { name: 'A wall alone', widgets: [value('a', 'pump-01', 'temperature')] });
      const page = await open('/dashboards');
      await page.getByTestId('kiosk').click();
      await page.getByRole('checkbox', { name: 'A wall alone' }).check();
      await page.getByLabel('Seconds for each').fill('2');
      await page.getByText('A whole number from 5 to 3600.').waitFor();
      await page.getByLabel('Seconds for each').fill('30');
      await assertAccessible(page);
      await page.getByTestId('start-kiosk').click();
      await page.waitForURL(`**/dashboards/kiosk?ids=${made.id}&seconds=30`);
      await page.getByRole('button', { name: 'Leave the full screen' }).click();
      await page.waitForURL(`**/dashboards/${made.id}`);
      await page.getByTestId('full-screen').click();
      await page.waitForURL(`**/dashboards/kiosk?ids=${made.id}`);
      await page.goto(`${platform.httpUrl}/dashboards/kiosk`);
      await page.getByText('No dashboard to show').waitFor();
      await page.goto(`${platform.httpUrl}/dashboards/kiosk?ids=30e7f7fd-0000-4000-8000-000000000001`);
      await page.getByText('There is no such dashboard').waitFor();
    });
  });
});

describe('the dashboard of the demo plant in the browser', function () {
  this.timeout(120_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform({ env: { DEMO: 'true' } });
  });
  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  it('is there, full of life, and goes with the demo plant', async () => {
    const api = await ApiClient.login(platform);
    const who = { username: platform.adminUsername, password: platform.adminPassword, path: '/dashboards' };
    const { page, complaints, close } = await openAs(browser, platform, who);
    await page.getByRole('link', { name: 'Demo plant' }).click();
    await page.locator('[data-widget=temperatures] [data-series="pump-demo temperature"] [data-testid=value]').getByText(/\d/).waitFor();
    await page.locator('[data-widget=machines] [data-device-state=boiler-demo][data-status=online]').waitFor();
    await page.locator('[data-widget=day] canvas').first().waitFor();
    assert.equal(await page.getByText('No readings yet').count(), 0);
    await assertAccessible(page);
    assert.equal((await api.call('DELETE', '/demo')).status, 204);
    await page.goto(`${platform.httpUrl}/dashboards`);
    await page.getByText('No dashboards yet').waitFor();
    assert.deepEqual((await api.call('GET', '/dashboards')).body['items'], []);
    assert.deepEqual(complaints, []);
    await close();
  });
});
