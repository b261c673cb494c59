import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, makeBoard, place, send, widgetOn } from './boards-support.ts';
import { assertAccessible } from './support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = [6, 5, 4, 3, 2, 1];

/** How many pixels of a chart have the colour of its first line: opaque, as a bar or the line of earlier times, and as the area under a line. */
interface Ink {
  line: number;
  half: number;
  pale: number;
  /** How many pixels wide that is, all together. */
  width: number;
}

/** What charts, maps and selectors of dashboards show of a plant with a past. */
describe('what dashboards draw', () => {
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const addDevice = async (id: string, fields: object): Promise<void> => {
    const made = await boards.eva.call('POST', '/devices', { device_id: id, ...fields });
    assert.equal(made.status, 201, JSON.stringify(made.body));
  };
  /** Waits until the elements on the page have exactly these values of an attribute. */
  const shows = (all: Locator, attribute: string, wanted: readonly string[]): Promise<true> => {
    let seen = '';
    return eventually(async () => {
      seen = (await all.evaluateAll((found, name) => found.map((one) => one.getAttribute(name) ?? ''), attribute)).sort().join();
      return seen === [...wanted].sort().join() ? true : undefined;
    }, `${attribute} to be ${wanted.join()}`).catch((error: unknown) => {
      throw new Error(`There is ${seen}.`, { cause: error });
    });
  };

  describe('in charts', () => {
    /** Three readings within one bucket of each of the last six hours: of flow-1 10, 20 … 60 ± 5, of flow-2 ten times that. */
    before(async () => {
      for (const [id, name] of [
        ['flow-1', 'Flow 1'],
        ['flow-2', 'Flow 2'],
      ] as const)
        await addDevice(id, { name, type: 'flow' });
      const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
      const readings = [0, 1, 7].flatMap((days) =>
        HOURS.flatMap((hour) =>
          [-5, 0, 5].flatMap((off, n) => {
            const timestamp = new Date(hourMs - hour * HOUR_MS - days * DAY_MS + n * 10_000).toISOString();
            const of = (device_id: string, value: number) => ({ device_id, timestamp, data: { litres: { value, unit: 'L' } } });
            return [of('flow-1', 10 * hour + off + days), ...(days === 0 ? [of('flow-2', 100 * hour)] : [])];
          }),
        ),
      );
      const sent = await boards.eva.call('POST', '/telemetry?mode=history', readings);
      assert.equal(sent.status, 200, JSON.stringify(sent.body));
    });

    const chart = (id: string, devices: readonly string[], options: object) => ({
      id,
      type: 'chart',
      title: id,
      series: devices.map((device_id) => ({ device_id, key: 'litres' })),
      options: { period_seconds: DAY_MS / 1_000, ...options },
    });
    const said = (page: Page, id: string, wanted: RegExp): Promise<true> => {
      let heard = '';
      return eventually(
        async () => {
          heard = (await widgetOn(page, id).getByRole('application').getAttribute('aria-label')) ?? '';
          return wanted.test(heard) ? true : undefined;
        },
        `${String(wanted)} of the chart ${id}`,
      ).catch((error: unknown) => {
        throw new Error(`It says: ${heard}`, { cause: error });
      });
    };
    const legend = async (page: Page, id: string): Promise<string[]> =>
      (await widgetOn(page, id).getByTestId('legend').getByRole('listitem').allInnerTexts()).map((one) => one.replace(/\s+/g, ' ').trim());
    const inkOf = (page: Page, id: string): Promise<Ink> =>
      page.evaluate<Ink>(`(() => {
        const widget = document.querySelector('[data-widget="${id}"]');
        const [r, g, b] = widget.querySelector('.legend__look path').getAttribute('stroke').match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
        const canvas = widget.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const ink = { line: 0, half: 0, pale: 0, width: 0 };
        const columns = new Set();
        for (let at = 0; at < data.length; at += 4) {
          const alpha = data[at + 3];
          const off = Math.max(Math.abs(data[at] - r), Math.abs(data[at + 1] - g), Math.abs(data[at + 2] - b));
          if (alpha < 16 || off > 16) continue;
          columns.add((at / 4) % canvas.width);
          if (alpha > 220) ink.line += 1;
          else if (alpha > 150 && alpha < 200) ink.half += 1;
          else if (alpha < 110) ink.pale += 1;
        }
        return { ...ink, width: columns.size };
      })()`);

    it('draws lines, areas and bars of the mean, the smallest, the largest, the sum and the number, beside yesterday and last week', async () => {
      const widgets = [
        chart('area-two', ['flow-1', 'flow-2'], { kind: 'area', aggregation: 'avg' }),
        chart('bar-two', ['flow-1', 'flow-2'], { kind: 'bar', aggregation: 'min' }),
        chart('line-day', ['flow-1'], { kind: 'line', aggregation: 'avg', compare: 'day' }),
        chart('area-week', ['flow-1'], { kind: 'area', aggregation: 'max', compare: 'week' }),
        chart('bar-sum', ['flow-1'], { kind: 'bar', aggregation: 'sum', compare: 'day' }),
        chart('line-count', ['flow-1', 'flow-2'], { kind: 'line', aggregation: 'count' }),
      ];
      // All the width: so a bar stands for an hour.
      const layout = Object.fromEntries(widgets.map(({ id }, row) => [id, place(0, row * 5, 12, 5)]));
      const made = await makeBoard(boards.eva, { name: 'Charts', widgets, layout });
      const page = await boards.open(`/dashboards/${made.id}`, { viewport: { width: 1440, height: 2_700 } });

      await said(page, 'area-two', /Flow 1: newest 10, least 10 L, greatest 60 L.*Flow 2: newest 100, least 100 L, greatest 600 L/);
      await said(page, 'bar-two', /Flow 1: newest 5, least 5 L, greatest 55 L.*Flow 2: newest 100, least 100 L, greatest 600 L/);
      await said(
        page,
        'line-day',
        /litres: newest 10, least 10 L, greatest 60 L.*litres, 1 d earlier: newest 11, least 11 L, greatest 61 L/,
      );
      await said(
        page,
        'area-week',
        /litres: newest 15, least 15 L, greatest 65 L.*litres, 7 d earlier: newest 22, least 22 L, greatest 72 L/,
      );
      await said(
        page,
        'bar-sum',
        /litres: newest 30, least 30 L, greatest 180 L.*litres, 1 d earlier: newest 33, least 33 L, greatest 183 L/,
      );
      await said(page, 'line-count', /Flow 1: newest 3, least 3 readings, greatest 3 readings/);
      assert.deepEqual(await legend(page, 'area-two'), ['Flow 1 10L', 'Flow 2 100L']);
      assert.deepEqual(await legend(page, 'line-day'), ['Flow 1 · litres 10L', 'Flow 1 · litres, 1 d earlier 11L']);

      const ink = Object.fromEntries(
        await Promise.all(
          ['line-day', 'area-week', 'bar-sum'].map(async (id) => {
            const drawn = async () => {
              const found = await inkOf(page, id);
              return found.line + found.half > 20 ? found : undefined;
            };
            return [id, await eventually(drawn, `lines of ${id}`)] as const;
          }),
        ),
      );
      const told = JSON.stringify(ink);
      const [line, area, bars] = [ink['line-day'], ink['area-week'], ink['bar-sum']];
      assert.ok(line !== undefined && area !== undefined && bars !== undefined);
      assert.ok(area.pale > 10 * line.pale, `the area under the line is filled: ${told}`);
      assert.ok(line.half > 20 && line.line > 20, `the line of yesterday is paler: ${told}`);
      assert.ok(bars.half > 5 * line.half, `bars are filled: ${told}`);
      await assertAccessible(page);

      // One line is hidden, the other stays; along the time by keys.
      await widgetOn(page, 'area-two')
        .getByRole('button', { name: /^Flow 2/ })
        .click();
      await widgetOn(page, 'area-two').locator('button[aria-pressed=false]', { hasText: 'Flow 2' }).waitFor();
      await widgetOn(page, 'line-day').getByRole('application').focus();
      await page.keyboard.press('Home');
      await widgetOn(page, 'line-day').getByText('Values at ', { exact: false }).waitFor();
    });

    it('goes on with what is sent while it is looked at', async () => {
      const widgets = [
        chart('minute', ['flow-1'], { kind: 'area', period_seconds: 3_600 }),
        chart('largest', ['flow-1', 'flow-2'], { kind: 'bar', aggregation: 'max' }),
        // Bars of other lengths: whenever this runs, some have just begun and some are nearly over.
        ...[2, 8, 30, 300].map((days) =>
          chart(`days-${String(days)}`, ['flow-1', 'flow-2'], { kind: 'bar', aggregation: 'max', period_seconds: (days * DAY_MS) / 1_000 }),
        ),
      ];
      await addDevice('flow-3', { name: 'Flow 3', type: 'flow' });
      await send(boards.eva, 'flow-3', { litres: { value: 500, unit: 'L' } });
      widgets.push(chart('alone', ['flow-3', 'flow-2'], { kind: 'bar', aggregation: 'max' }));
      const layout = Object.fromEntries(widgets.map(({ id }, row) => [id, place(0, row * 5, 12, 5)]));
      const made = await makeBoard(boards.eva, { name: 'Going on', widgets, layout });
      const page = await boards.open(`/dashboards/${made.id}`, { viewport: { width: 1440, height: 3_100 } });
      await said(page, 'largest', /Flow 1: newest 15/);
      const others = widgets.slice(2, -1).map(({ id }) => id);
      for (const id of others) await said(page, id, /Flow 1: newest \d.*Flow 2: newest \d/);
      await send(boards.eva, 'flow-1', { litres: { value: 77.5, unit: 'L' } });
      await said(page, 'minute', /litres: newest 77.50/);
      await said(page, 'largest', /Flow 1: newest 77.50, least 15 L, greatest 77.50 L/);
      for (const id of others) await said(page, id, /Flow 1: newest 77.50, least [\d.]+ L, greatest 77.50 L/);
      assert.deepEqual((await legend(page, 'largest'))[0], 'Flow 1 77.50L');

      await said(page, 'alone', /Flow 3: newest 500, least 500 L, greatest 500 L/);
      const alone = await eventually(async () => {
        const ink = await inkOf(page, 'alone');
        return ink.half > 200 ? ink : undefined;
      }, 'a bar that is alone');
      assert.ok(alone.width < 40, `it is as wide as its share of an hour: ${JSON.stringify(alone)}`);
    });
  });

  describe('of devices by type and location', () => {
    it('shows all pumps in Hall A and nothing else, and those that come later', async () => {
      await addDevice('pump-b', { name: 'Pump in B', type: 'pump', location: 'Hall B' });
      await addDevice('valve-a', { name: 'Valve in A', type: 'valve', location: 'Hall A' });
      for (const id of ['pump-b', 'valve-a']) await send(boards.eva, id, { temperature: { value: 30, unit: 'C' } });
      const types = ['value', 'gauge', 'table', 'status', 'map', 'chart', 'alerts'] as const;
      const selector = { type: 'pump', location: 'Hall A' };
      const made = await makeBoard(boards.eva, {
        name: 'Pumps of Hall A',
        widgets: types.map((type) => ({ id: type, type, selector, keys: ['temperature'] })),
      });
      const page = await boards.open(`/dashboards/${made.id}`, { viewport: { width: 1440, height: 2_400 } });
      const showsExactly = async (ids: readonly string[]): Promise<void> => {
        const series = ids.map((id) => `${id} temperature`);
        await shows(widgetOn(page, 'value').locator('[data-series]'), 'data-series', series);
        await shows(widgetOn(page, 'gauge').locator('[data-series]'), 'data-series', series);
        await shows(widgetOn(page, 'table').locator('[data-row]'), 'data-row', ids);
        await shows(widgetOn(page, 'status').locator('[data-device-state]'), 'data-device-state', ids);
        await shows(widgetOn(page, 'map').locator('[data-marker]'), 'data-marker', ids);
      };
      await showsExactly(['pump-01']);
      await addDevice('pump-a2', { name: 'Second pump in A', type: 'pump', location: 'Hall A' });
      await send(boards.eva, 'pump-a2', { temperature: { value: 33.25, unit: 'C' } });
      await showsExactly(['pump-01', 'pump-a2']);
      await widgetOn(page, 'value').locator('[data-series="pump-a2 temperature"]').getByText('33.25').waitFor();
      await shows(widgetOn(page, 'chart').getByTestId('legend').locator('.legend__entry'), 'title', [
        'Hide Pump 1',
        'Hide Second pump in A',
      ]);

      // The rule that the platform brings says when a temperature is too high, here everywhere.
      const openAlerts = async () =>
        (await boards.eva.call('GET', '/alerts?status=active')).body['items'] as { id: string; device_id: string }[];
      for (const id of ['pump-b', 'valve-a', 'pump-a2']) await send(boards.eva, id, { temperature: { value: 95, unit: 'C' } });
      const alerts = await eventually(async () => {
        const found = await openAlerts();
        return ['pump-b', 'valve-a', 'pump-a2'].every((id) => found.some(({ device_id: of }) => of === id)) ? found : undefined;
      }, 'three alerts');
      const mine = alerts.filter(({ device_id: of }) => of === 'pump-a2').map(({ id }) => id);
      await shows(widgetOn(page, 'alerts').locator('[data-alert]'), 'data-alert', mine);
      await assertAccessible(page);
    });
  });

  describe('on a map', () => {
    it('puts several devices where they are, with values, those without a place into boxes, and follows one that moves', async () => {
      const at = (latitude: unknown, longitude: unknown) => ({ type: 'well', metadata: { latitude, longitude } });
      const WELLS: Record<string, object> = {
        'north-west': at(42, -76),
        'north-east': at(42, -72),
        'south-west': at('40', '-76'),
        middle: at(41, -74),
        nowhere: { type: 'well', location: 'Yard' },
        beyond: { ...at(99, -74), location: 'Yard' },
      };
      for (const [id, fields] of Object.entries(WELLS)) {
        await addDevice(id, { name: `Well ${id}`, ...fields });
        await send(boards.eva, id, { level: { value: 7.25, unit: 'm' } });
      }
      const made = await makeBoard(boards.eva, {
        name: 'Wells',
        widgets: [{ id: 'map', type: 'map', selector: { type: 'well' }, keys: ['level'] }],
        layout: { map: place(0, 0, 12, 7) },
      });
      const page = await boards.open(`/dashboards/${made.id}`);
      const map = widgetOn(page, 'map');
      const plane = map.getByTestId('map-plane');
      await shows(plane.locator('[data-marker]'), 'data-marker', ['north-west', 'north-east', 'south-west', 'middle']);
      await shows(map.locator('.map__groups [data-marker]'), 'data-marker', ['nowhere', 'beyond']);
      await map.locator('.map__groups').getByText('Yard', { exact: true }).waitFor();
      for (const id of Object.keys(WELLS)) await map.locator(`[data-marker=${id}]`).getByText('7.25 m').waitFor();
      const dot = async (id: string): Promise<{ x: number; y: number }> => {
        const box = await plane.locator(`[data-marker=${id}] .marker__dot`).boundingBox();
        assert.ok(box, id);
        return box;
      };
      const isAsInTheWorld = async (): Promise<true | undefined> => {
        const [nw, ne, sw, middle] = await Promise.all(['north-west', 'north-east', 'south-west', 'middle'].map(dot));
        assert.ok(nw && ne && sw && middle);
        const isNear = (one: number, other: number): boolean => Math.abs(one - other) < 2;
        const isSquare = isNear(nw.x, sw.x) && isNear(nw.y, ne.y);
        return isSquare &&
          isNear(middle.x, (nw.x + ne.x) / 2) &&
          isNear(middle.y, (nw.y + sw.y) / 2) &&
          ne.x > nw.x + 100 &&
          sw.y > nw.y + 50
          ? true
          : undefined;
      };
      await eventually(isAsInTheWorld, 'north above south and west left of east');
      await assertAccessible(page);
      assert.equal((await boards.eva.call('PATCH', '/devices/nowhere', { metadata: { latitude: 40, longitude: -72 } })).status, 200);
      await page.reload();
      await shows(plane.locator('[data-marker]'), 'data-marker', ['north-west', 'north-east', 'south-west', 'middle', 'nowhere']);
      await eventually(async () => {
        const [moved, east] = [await dot('nowhere'), await dot('north-east')];
        return Math.abs(moved.x - east.x) < 2 && moved.y > east.y + 50 ? true : undefined;
      }, 'the one that has a place now in the south-east');
      await plane.locator('[data-marker=north-west]').click();
      await page.waitForURL('**/devices/north-west');
    });
  });
});
