import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, fitsAcross, makeBoard, place, readBoard, send, valueWidget, widgetOn } from './boards-support.ts';
import { assertAccessible, SCREENS } from './support.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

/** Dashboards in a real browser on the whole program. */
describe('the pages of dashboards', () => {
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  describe('the list', () => {
    it('says what to do while there is nothing, and makes a dashboard from a template', async () => {
      const page = await boards.open('/dashboards');
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
      await makeBoard(boards.eva, { name: 'Boilers of Hall B', is_public: true });
      await makeBoard(boards.admin, { name: 'Boilers of the boss' });
      await makeBoard(boards.admin, { name: 'Boilers for all', is_public: true });
      const page = await boards.open('/dashboards');
      const names = () => page.locator('[data-board] h2').allInnerTexts();
      await page.getByRole('searchbox').fill('boilers');
      await eventually(async () => (await names()).join() === 'Boilers for all,Boilers of Hall B' || undefined, 'what is found');
      await page.locator('[data-show=mine]').click();
      await eventually(async () => (await names()).join() === 'Boilers of Hall B' || undefined, 'what is mine');
      await page.waitForURL((url) => url.search === '?search=boilers&show=mine');
      await page.reload();
      await eventually(async () => (await names()).join() === 'Boilers of Hall B' || undefined, 'the same after a reload');
      assert.equal(new URL(page.url()).search, '?search=boilers&show=mine');
      await page.getByRole('searchbox').fill('nothing like it');
      await page.getByText('No dashboard fits').waitFor();
    });

    it('duplicates, shows to everybody, hides, and removes after asking', async () => {
      const made = await makeBoard(boards.eva, { name: 'Life of a board', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
      const page = await boards.open('/dashboards?search=life');
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
      assert.equal((await boards.eva.call('GET', `/dashboards/${made.id}`)).status, 404);
      const other = await makeBoard(boards.eva, { name: 'Life goes on', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
      await page.reload();
      await page.locator(`[data-board="${other.id}"]`).getByTestId('menu').click();
      await page.getByRole('listitem').filter({ hasText: 'Duplicate' }).click();
      await page.waitForURL((url) => url.pathname.endsWith('/edit') && !url.pathname.includes(other.id));
      await page.getByRole('heading', { name: 'Edit Copy of Life goes on' }).waitFor();
    });

    it('writes a file and reads it back, and says what is wrong with one', async () => {
      const made = await makeBoard(boards.eva, {
        name: `Filed ${HOSTILE}`,
        widgets: [valueWidget('a', 'pump-01', 'temperature'), valueWidget('b', 'not-here', 'flow')],
        layout: { a: place(3, 1, 3, 2) },
      });
      const page = await boards.open(`/dashboards/${made.id}`);
      await page.getByTestId('menu').click();
      const downloading = page.waitForEvent('download');
      await page.getByRole('listitem').filter({ hasText: 'Export' }).click();
      const download = await downloading;
      assert.equal(download.suggestedFilename(), 'Filed-img-srcx-onerroralert1.json');
      const text = await readFile(await download.path(), 'utf8');
      await page.goto(`${boards.httpUrl}/dashboards`);
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
      const copy = await readBoard(boards.eva, new URL(page.url()).pathname.split('/')[2] ?? '');
      assert.deepEqual([copy.name, copy.widgets, copy.layout], [made.name, made.widgets, made.layout]);
      await widgetOn(page, 'b').getByText('This device does not exist.').waitFor();
    });
  });

  describe('a dashboard', () => {
    const ALL_TYPES = ['value', 'gauge', 'chart', 'table', 'status', 'map', 'alerts'] as const;
    const KEYS = ['temperature', 'running', 'mode'];

    before(async () => {
      await boards.eva.createDevice('hostile');
      await boards.eva.call('PATCH', '/devices/hostile', { name: HOSTILE, type: 'odd', metadata: { latitude: 41.65, longitude: -0.88 } });
      await send(boards.eva, 'hostile', { temperature: { value: 85.25, unit: 'C' }, running: false, mode: HOSTILE });
      await boards.eva.call('PATCH', '/devices/hostile/series', {
        items: [{ key: 'temperature', upper_limit: 80, display_name: 'Bearing' }],
      });
    });

    for (const [screen, colorScheme] of [
      ['desktop', 'light'],
      ['desktop', 'dark'],
      ['phone', 'light'],
    ] as const) {
      it(`shows numbers, truth values and text in every widget (${screen}, ${colorScheme})`, async () => {
        const made = await makeBoard(boards.eva, {
          name: `Everything ${HOSTILE}`,
          is_public: true,
          widgets: [
            ...ALL_TYPES.map((type) => ({ id: type, type, title: `${type} ${HOSTILE}`, selector: { type: 'odd' }, keys: KEYS })),
            { id: 'text', type: 'text', options: { text: `# Hello ${HOSTILE}\n[Elsewhere](https://example.org)\n- javascript:alert(1)` } },
          ],
        });
        const page = await boards.open(`/dashboards/${made.id}`, { ...SCREENS[screen], colorScheme }, 'vic');
        for (const type of ['value', 'gauge'] as const) {
          const shown = widgetOn(page, type);
          await shown.locator('[data-series="hostile temperature"]').getByText('85.25').waitFor();
          await shown.locator('[data-series="hostile temperature"]').getByText('too high').first().waitFor();
          await shown.locator('[data-series="hostile running"]').getByText('false').waitFor();
          await shown.locator('[data-series="hostile mode"]').getByText(HOSTILE).first().waitFor();
          const age = shown.locator('[data-series="hostile running"]').getByTestId('age');
          await age.getByText(/^\d+ (s|min)$/).waitFor();
        }
        await widgetOn(page, 'table').locator('[data-row=hostile] [data-key=mode]').getByText(HOSTILE).waitFor();
        await widgetOn(page, 'table').getByRole('columnheader', { name: 'Bearing' }).waitFor();
        await widgetOn(page, 'status').getByText(HOSTILE).first().waitFor();
        await widgetOn(page, 'map').locator('[data-marker=hostile]').waitFor();
        await widgetOn(page, 'text')
          .getByRole('heading', { name: `Hello ${HOSTILE}` })
          .waitFor();
        assert.equal(await widgetOn(page, 'text').locator('a').count(), 1);
        await widgetOn(page, 'chart').scrollIntoViewIfNeeded();
        await widgetOn(page, 'chart').locator('canvas').first().waitFor();
        assert.equal(await page.locator('img').count(), 0);
        await assertAccessible(page);
        assert.ok(await fitsAcross(page));
        await send(boards.eva, 'hostile', { temperature: { value: 61.75, unit: 'C' } });
        await widgetOn(page, 'value').getByText('61.75').waitFor();
        await widgetOn(page, 'gauge').getByText('61.75').waitFor();
        await send(boards.eva, 'hostile', { temperature: { value: 85.25, unit: 'C' } });
      });
    }

    it('keeps its map while the plane has no width', async () => {
      const made = await makeBoard(boards.eva, { name: 'Map', widgets: [{ id: 'map', type: 'map', selector: { type: 'odd' } }] });
      const page = await boards.open(`/dashboards/${made.id}`);
      const marker = widgetOn(page, 'map').locator('[data-marker=hostile]');
      await marker.waitFor();
      const widthOf = (width: string) => `document.querySelector('[data-testid=map-plane]').style.width = '${width}'`;
      const frames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))';
      await page.evaluate(widthOf('0'));
      await page.evaluate(frames);
      await page.evaluate(widthOf(''));
      await marker.waitFor();
      assert.equal(await widgetOn(page, 'map').getByRole('alert').count(), 0);
    });

    it('does not load what only editing needs', async () => {
      const made = await makeBoard(boards.eva, { name: 'Light', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
      const opened = await boards.visit(`/dashboards/${made.id}`);
      await widgetOn(opened.page, 'a').getByTestId('value').waitFor();
      assert.deepEqual(
        opened.scripts.filter((script) => /Edit|uplot|Chart/i.test(script)),
        [],
      );
    });

    it('shows a new device that fits by itself, and one that is gone no more', async () => {
      const made = await makeBoard(boards.eva, {
        name: 'All fans',
        widgets: [
          { id: 'fans', type: 'table', selector: { type: 'fan' }, keys: ['speed'] },
          { id: 'named', type: 'value', series: [{ device_id: 'fan-1', key: 'speed' }] },
        ],
      });
      const page = await boards.open(`/dashboards/${made.id}`);
      await widgetOn(page, 'fans').getByText('No device fits at the moment.').waitFor();
      await widgetOn(page, 'named').getByText('This device does not exist.').waitFor();
      await boards.eva.call('POST', '/devices', { device_id: 'fan-1', name: 'Fan 1', type: 'fan' });
      await send(boards.eva, 'fan-1', { speed: 1_480 });
      await widgetOn(page, 'fans').locator('[data-row=fan-1] [data-key=speed]').getByText('1,480').waitFor();
      await widgetOn(page, 'named').getByText('1,480').waitFor();
      await boards.eva.call('DELETE', '/devices/fan-1');
      await page.reload();
      await widgetOn(page, 'fans').getByText('No device fits at the moment.').waitFor();
      await widgetOn(page, 'named').getByText('This device does not exist.').waitFor();
      await widgetOn(page, 'named').getByText('fan-1').waitFor();
    });

    it('says that there are no readings yet, and greys what is old', async () => {
      await boards.eva.createDevice('silent');
      await send(boards.eva, 'silent', { level: 7 }, new Date(Date.now() - 3_600_000).toISOString());
      const made = await makeBoard(boards.eva, {
        name: 'Silence',
        widgets: [
          valueWidget('none', 'silent', 'never'),
          { id: 'gauge', type: 'gauge', series: [{ device_id: 'silent', key: 'never' }] },
          { id: 'chart', type: 'chart', series: [{ device_id: 'silent', key: 'never' }] },
          { id: 'table', type: 'table', series: [{ device_id: 'silent', key: 'never' }] },
          valueWidget('old', 'silent', 'level'),
          valueWidget('young', 'silent', 'level', { options: { stale_seconds: 86_400 } }),
          { id: 'nothing', type: 'gauge' },
          { id: 'alerts', type: 'alerts', selector: { type: 'nobody' } },
        ],
      });
      const page = await boards.open(`/dashboards/${made.id}`);
      for (const id of ['none', 'gauge', 'table']) await widgetOn(page, id).getByText('No readings yet').waitFor();
      await widgetOn(page, 'nothing').getByText('Nothing chosen yet.').waitFor();
      await widgetOn(page, 'alerts').getByText('No open alerts').waitFor();
      await widgetOn(page, 'old').locator('[data-stale=true]').getByText('out of date').waitFor();
      await widgetOn(page, 'young').locator('[data-stale=false]').waitFor();
      await assertAccessible(page);
    });

    it('shows fifty series in one widget and says that there are more; sixty widgets', async () => {
      for (let n = 0; n < 52; n += 1) {
        const id = `many-${String(n).padStart(2, '0')}`;
        await boards.eva.call('POST', '/devices', { device_id: id, name: id, type: 'many' });
        await send(boards.eva, id, { t: n });
      }
      const types = ['value', 'gauge', 'table', 'status', 'map', 'chart'] as const;
      const made = await makeBoard(boards.eva, {
        name: 'Crowd',
        widgets: Array.from({ length: 60 }, (_, n) => ({
          id: `w${String(n)}`,
          type: types[n % types.length],
          ...(n < types.length ? { selector: { type: 'many' }, keys: ['t'] } : { series: [{ device_id: 'many-00', key: 't' }] }),
        })),
      });
      const page = await boards.open(`/dashboards/${made.id}`);
      await eventually(async () => (await page.locator('[data-widget]').count()) === 60 || undefined, 'sixty widgets');
      await widgetOn(page, 'w0').locator('[data-series="many-49 t"]').getByTestId('value').getByText('49').waitFor();
      assert.equal(await widgetOn(page, 'w0').locator('[data-series]').count(), 50);
      await widgetOn(page, 'w0').getByText('2 more are not shown.').waitFor();
      await widgetOn(page, 'w3').getByText('0 of 52 online').waitFor();
      await widgetOn(page, 'w5').scrollIntoViewIfNeeded();
      await widgetOn(page, 'w5').locator('canvas').first().waitFor();
      await widgetOn(page, 'w5').getByText('2 more are not shown.').waitFor();
      await send(boards.eva, 'many-00', { t: 777 });
      await widgetOn(page, 'w54').getByText('777').waitFor();
    });

    it('goes on where one widget breaks, and where one is unknown', async () => {
      const made = await makeBoard(boards.eva, {
        name: 'Cracks',
        widgets: [
          valueWidget('good', 'pump-01', 'temperature'),
          valueWidget('broken', 'pump-01', 'temperature'),
          valueWidget('future', 'pump-01', 'temperature'),
        ],
      });
      const page = await boards.open('/dashboards');
      await page.route(`**/api/v1/dashboards/${made.id}`, async (route) => {
        const answer = await route.fetch();
        const board = (await answer.json()) as { widgets: Record<string, unknown>[] };
        const widgets = board.widgets.map((one) => {
          if (one['id'] === 'broken') return { ...one, series: [], selector: {}, keys: 7 };
          return one['id'] === 'future' ? { ...one, type: 'hologram' } : one;
        });
        await route.fulfill({ response: answer, json: { ...board, widgets } });
      });
      await page.goto(`${boards.httpUrl}/dashboards/${made.id}`);
      await widgetOn(page, 'good').getByTestId('value').waitFor();
      await widgetOn(page, 'broken').getByText('This part could not be shown').waitFor();
      await widgetOn(page, 'future').getByText('does not know widgets of the type “hologram”').waitFor();
    });

    it('of somebody else does not exist, and a viewer cannot edit', async () => {
      const own = await makeBoard(boards.admin, { name: 'Private of the boss', widgets: [valueWidget('a', 'pump-01', 'temperature')] });
      const shared = await makeBoard(boards.eva, {
        name: 'Shared with all',
        is_public: true,
        widgets: [valueWidget('a', 'pump-01', 'temperature')],
      });
      const page = await boards.open(`/dashboards/${own.id}`, {}, 'vic');
      await page.getByRole('heading', { name: 'There is no such dashboard' }).waitFor();
      await assertAccessible(page);
      assert.equal(await page.getByText('Private of the boss').count(), 0);
      await page.goto(`${boards.httpUrl}/dashboards/no-id-at-all`);
      await page.getByRole('heading', { name: 'There is no such dashboard' }).waitFor();
      await page.goto(`${boards.httpUrl}/dashboards/${shared.id}`);
      await widgetOn(page, 'a').getByTestId('value').waitFor();
      assert.equal(await page.getByTestId('edit').count(), 0);
      await page.getByTestId('menu').click();
      await page.getByRole('listitem').first().waitFor();
      assert.deepEqual(await page.getByRole('listitem').allInnerTexts(), ['Export as JSON']);
      await page.goto(`${boards.httpUrl}/dashboards/${shared.id}/edit`);
      await page.getByText('This page is not for your role').waitFor();
      await page.goto(`${boards.httpUrl}/dashboards`);
      await page.locator(`[data-board="${shared.id}"]`).waitFor();
      assert.deepEqual([await page.getByTestId('new').count(), await page.getByTestId('import').count()], [0, 0]);
    });

    it('stands in reading order on the phone, small widgets two to a row', async () => {
      const made = await makeBoard(boards.eva, {
        name: 'Stack',
        widgets: [
          valueWidget('below', 'pump-01', 'temperature'),
          valueWidget('right', 'pump-01', 'mode'),
          valueWidget('left', 'pump-01', 'running'),
        ],
        layout: { below: place(0, 5, 12, 2), right: place(6, 0, 3, 2), left: place(0, 0, 3, 2) },
      });
      const page = await boards.open(`/dashboards/${made.id}`, SCREENS.phone);
      await widgetOn(page, 'left').getByTestId('value').waitFor();
      const ids = await page.locator('[data-widget]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['widget']));
      assert.deepEqual(ids, ['left', 'right', 'below']);
      for (const id of ['right', 'below']) await widgetOn(page, id).getByTestId('value').waitFor();
      await eventually(async () => {
        const [left, right, below] = await Promise.all(['left', 'right', 'below'].map((id) => widgetOn(page, id).boundingBox()));
        if (!left || !right || !below) return undefined;
        return (left.y === right.y && right.x > left.x + left.width - 1 && below.y > left.y && below.width > 300) || undefined;
      }, 'two small ones beside each other, and a wide one below');
      assert.ok(await fitsAcross(page));
    });
  });
});
