import assert from 'node:assert/strict';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { figureText, spanText } from '../../dashboards/operator/src/analysis/numbers.ts';
import type { Correlation, SeriesForecast, SeriesStatistics } from '../../src/contracts/analytics.ts';
import { eventually } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, fitsAcross, makeBoard, place, readBoard, widgetOn } from './boards-support.ts';
import { assertAccessible, SCREENS } from './support.ts';

const MINUTE_MS = 60_000;
const READINGS = 120;
const PANELS = ['figures', 'trend', 'series', 'correlation', 'forecast'] as const;
const TYPES = ['statistics', 'trend', 'timeseries', 'correlation', 'forecast'] as const;

/** What the page of a device and dashboards show of analyses, in a real browser on the whole program. */
describe('the analyses in the web app', () => {
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();
  let startMs = 0;

  before(async () => {
    await boards.start(chromiumPath);
    startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - READINGS * MINUTE_MS;
    await boards.eva.createDevice('fan-01');
    await store('pump-01', (minute) => ({
      heat: { value: 20 + minute / 4 + 2 * Math.sin(minute), unit: 'C' },
      load: 50 - minute / 8 + Math.cos(minute * 7),
      constant: 7,
      mode: 'auto',
      ...(minute === 3 ? { once: 5 } : {}),
      ...(minute < 40 || minute >= 60 ? { gappy: minute } : {}),
    }));
    await store('fan-01', (minute) => ({ speed: 300 + 10 * minute }));
  });
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  async function store(deviceId: string, dataOf: (minute: number) => object): Promise<void> {
    const messages = Array.from({ length: READINGS }, (_, minute) => ({
      ...{ device_id: deviceId, timestamp: new Date(startMs + minute * MINUTE_MS).toISOString(), data: dataOf(minute) },
    }));
    for (let from = 0; from < READINGS; from += 100) {
      const sent = await boards.eva.call('POST', '/telemetry?mode=history', messages.slice(from, from + 100));
      assert.ok(sent.status < 300, JSON.stringify(sent.body));
    }
    const keys = Object.keys(dataOf(3));
    await eventually(async () => {
      const { body } = await boards.eva.call('GET', `/telemetry/latest?device_ids=${deviceId}`);
      const known = (body['items'] as { key: string }[]).map(({ key }) => key);
      return keys.every((key) => known.includes(key)) ? true : undefined;
    }, `the newest values of ${deviceId}`);
  }

  const period = () => ({ start: new Date(startMs).toISOString(), end: new Date(startMs + READINGS * MINUTE_MS).toISOString() });
  const address = (query: Record<string, string>): string => {
    const { start, end } = period();
    return `/devices/pump-01?${new URLSearchParams({ tab: 'analysis', period: `${start}..${end}`, ...query }).toString()}`;
  };
  async function answer<Body>(path: string, query: Record<string, string> = {}): Promise<Body> {
    const { status, body } = await boards.admin.call(
      'GET',
      `/analytics/${path}?${new URLSearchParams({ ...period(), ...query }).toString()}`,
    );
    assert.equal(status, 200, JSON.stringify(body));
    return body as unknown as Body;
  }
  const answered = (page: Page) => page.locator('[data-testid=analysis][data-answered=true]').waitFor();
  const figure = (page: Page, name: string) => page.locator(`[data-figure="${name}"]`);
  async function open(query: Record<string, string>, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await boards.open(address(query), options);
    await answered(page);
    return page;
  }

  describe('on the page of a device', () => {
    it('have the figures of the API, each with its unit', async () => {
      const page = await open({ key: 'heat' });
      const expected = await answer<SeriesStatistics>('statistics/pump-01/heat', { percentiles: '95' });
      for (const name of ['mean', 'median', 'stddev', 'min', 'max', 'range', 'interquartile_range'] as const) {
        await figure(page, name)
          .getByText(`${figureText(expected[name] ?? NaN, 'en')} °C`, { exact: true })
          .waitFor();
      }
      await figure(page, 'variance')
        .getByText(`${figureText(expected.variance ?? NaN, 'en')} °C²`, { exact: true })
        .waitFor();
      await figure(page, 'percentile-95')
        .getByText(`${figureText(expected.percentiles['95'] ?? NaN, 'en')} °C`, { exact: true })
        .waitFor();
      await page.getByTestId('basis').getByText('120 readings from').waitFor();
    });

    it('say why a figure is not defined, and that there is not enough data', async () => {
      const page = await open({ key: 'once' });
      await figure(page, 'stddev').getByText('There is one reading in the period; it takes two.').waitFor();
      await page.locator('[data-panel=trend]').click();
      await page.getByTestId('not-enough').getByText('There is one reading in the period; it takes two.').waitFor();
      await page.locator('[data-panel=forecast]').click();
      await page.getByTestId('not-enough').getByText('a forecast takes 3 at least', { exact: false }).waitFor();
      await page.goto(boards.httpUrl + address({ key: 'constant', panel: 'trend' }));
      await page.getByTestId('trend-sentence').getByText('It does not change at all.').waitFor();
      await figure(page, 'r_squared').getByText('All readings are equal: there is no variance to explain.').waitFor();
      await page.goto(boards.httpUrl + address({ key: 'mode' }));
      await page.getByTestId('is-text').getByText('Texts have no figures.', { exact: false }).waitFor();
      await page.goto(boards.httpUrl + address({ key: 'heat', period: '2020-01-01T00:00:00.000Z..2020-01-02T00:00:00.000Z' }));
      await page.getByTestId('not-enough').getByText('There is no reading in the period.').waitFor();
    });

    it('tell a trend in plain words, and draw its line', async () => {
      const page = await open({ key: 'heat', panel: 'trend' });
      await page.locator('[data-testid=trend-class][data-trend=increasing]').waitFor();
      await page
        .getByTestId('trend-sentence')
        .getByText(/^It changes by 0\.2\d+ °C per min\. That this is chance is very unlikely \(p < 0\.001\)\.$/)
        .waitFor();
      await page.locator('main canvas').waitFor();
      await page.getByTestId('threshold').locator('input').fill('5');
      await page.locator('[data-testid=trend-class][data-trend=stable]').waitFor();
      await page.getByTestId('trend-sentence').getByText('less than the 5 °C per min from which it counts', { exact: false }).waitFor();
    });

    it('mark gaps, and average over time', async () => {
      const page = await open({ key: 'gappy', panel: 'series' });
      await figure(page, 'gaps').getByText('1', { exact: true }).waitFor();
      await figure(page, 'gaps').getByText('The longest: 21 minutes').waitFor();
      await figure(page, 'average').getByText('117', { exact: true }).waitFor();
      await page.getByTestId('average').click();
      await page.getByRole('option', { name: '10 minutes' }).click();
      await figure(page, 'average').getByText('114', { exact: true }).waitFor();
      assert.equal(new URL(page.url()).searchParams.get('average'), '10m');
    });

    it('set quantities beside each other, of one device and of two', async () => {
      const page = await boards.open(address({ panel: 'correlation', keys: 'heat' }));
      await page.getByTestId('too-few').waitFor();
      await page.goto(`${boards.httpUrl}${address({ panel: 'correlation' })}&keys=heat&keys=load&keys=constant`);
      await answered(page);
      const { pairs } = await answer<Correlation>('correlation/pump-01', { keys: 'heat,load', interval: '1m' });
      const r = pairs[0]?.r ?? NaN;
      assert.ok(r < -0.5, String(r));
      const cell = page.locator('[data-pair="heat load"]').first();
      assert.equal(await cell.locator('.matrix__r').innerText(), r.toFixed(2));
      assert.match((await cell.getAttribute('title')) ?? '', /^heat and load: r -0\.\d\d, large, n 120, p < 0\.001$/);
      await page.getByTestId('pair').getByText('One rises when the other falls; the effect is large.').waitFor();
      await page.locator('[data-pair="constant heat"]').first().click();
      await page.getByTestId('pair-sentence').getByText('All readings of constant of pump-01 are equal', { exact: false }).waitFor();
      await page.goto(`${boards.httpUrl}${address({ panel: 'correlation', other: 'fan-01', lag: '5' })}&keys=heat`);
      await page.locator('[data-pair="heat speed"]').first().waitFor();
      await page.getByTestId('lag').waitFor();
    });

    it('forecast with a band, say when a limit is reached, and whether to trust it', async () => {
      const page = await open({ key: 'heat', panel: 'forecast', limit: '60', step: '1m', model: 'linear' });
      const { limit, end, backtest } = await answer<SeriesForecast>('forecast/pump-01/heat', {
        ...{ horizon: '24', limit: '60', interval: '1m', model: 'linear' },
      });
      const seconds = (at: string | null | undefined): number => (Date.parse(at ?? '') - Date.parse(end)) / 1_000;
      const span = spanText('en', seconds(limit?.earliest), seconds(limit?.latest));
      await page.getByTestId('limit').getByText(`Reaches 60 °C in ${span}.`, { exact: true }).waitFor();
      await page.locator('main canvas').waitFor();
      const told = await page.getByTestId('judgement').innerText();
      assert.match(told, backtest?.better_than_naive === true ? /^Better than assuming no change/ : /^Not better than/);
      await page.getByTestId('horizon').locator('input').fill('1000');
      await page.getByText('A whole number from 1 to 100.').waitFor();
      await page.goto(boards.httpUrl + address({ key: 'heat', panel: 'forecast', limit: '-500', step: '1m', model: 'linear' }));
      await page.getByTestId('limit').getByText('Is not expected to reach -500 °C within 17 hours.', { exact: true }).waitFor();
    });

    it('keep in the address what was chosen', async () => {
      const page = await open({ key: 'heat' });
      await page.locator('[data-panel=trend]').click();
      await page.locator('[data-period="8h"]').click();
      await page.getByTestId('quantity').click();
      await page.getByRole('option', { name: 'load' }).click();
      await page.getByTestId('trend-class').waitFor();
      const { searchParams } = new URL(page.url());
      assert.deepEqual(
        ['tab', 'key', 'panel', 'period'].map((name) => searchParams.get(name)),
        ['analysis', 'load', 'trend', '8h'],
      );
      await page.reload();
      await page.locator('[data-testid=trend-class][data-trend=decreasing]').waitFor();
    });

    it('say that there were too many, and try again', async () => {
      const page = await boards.open('/devices');
      const refusal = { title: 'Too many', status: 429, code: 'RATE_LIMITED', detail: 'There were too many requests. Wait 9 s.' };
      await page.route('**/analytics/**', (route) => route.fulfill({ status: 429, json: refusal }));
      await page.goto(boards.httpUrl + address({ key: 'heat' }));
      await page.getByTestId('error').getByText('There were too many requests.', { exact: false }).waitFor();
      await page.unrouteAll({ behavior: 'wait' });
      await page.getByTestId('error').getByRole('button', { name: 'Try again' }).click();
      await figure(page, 'mean').waitFor();
    });

    for (const [screen, colorScheme] of [
      ['desktop', 'dark'],
      ['phone', 'light'],
    ] as const) {
      it(`can be read by everybody, and fit (${screen}, ${colorScheme})`, async () => {
        const page = await boards.open('/devices', { ...SCREENS[screen], colorScheme });
        for (const panel of PANELS) {
          await page.goto(`${boards.httpUrl}${address({ key: 'heat', panel, limit: '60', step: '1m' })}&keys=heat&keys=load&keys=constant`);
          await answered(page);
          if (panel !== 'figures') await page.locator('main canvas').first().waitFor();
          await assertAccessible(page);
          assert.ok(await fitsAcross(page), panel);
        }
      });
    }
  });

  describe('on dashboards', () => {
    const options = { period_seconds: 4 * 3_600, step: '1m', limit: 60, horizon: 20 };
    const series = [{ device_id: 'pump-01', key: 'heat' }];
    const both = [...series, { device_id: 'pump-01', key: 'load' }];
    const widgets = TYPES.map((type) => ({ id: type, type, series: type === 'correlation' ? both : series, options }));
    const layout = Object.fromEntries(TYPES.map((type, n) => [type, place((n % 2) * 6, Math.floor(n / 2) * 4, 6, 4)]));

    async function showsAll(page: Page): Promise<void> {
      await widgetOn(page, 'statistics').locator('[data-figure=mean]').waitFor();
      await widgetOn(page, 'trend').locator('[data-trend=increasing]').waitFor();
      await widgetOn(page, 'timeseries').locator('canvas').waitFor();
      await widgetOn(page, 'correlation').locator('[data-pair="heat load"]').first().waitFor();
      await widgetOn(page, 'forecast').getByTestId('limit').getByText('60 °C', { exact: false }).waitFor();
    }

    it('are added in the editor, set, saved and shown', async () => {
      const { id } = await makeBoard(boards.eva, { name: 'Analyses', widgets: [], is_public: true });
      const page = await boards.open(`/dashboards/${id}/edit`);
      for (const type of TYPES) {
        await page.locator(`[data-widget-type=${type}]`).click();
        await page.getByTestId('settings').waitFor();
        if (type === 'forecast') {
          await page.getByTestId('option-step').click();
          await page.getByRole('option', { name: '1 minute', exact: true }).click();
        }
        await page.getByTestId('close-settings').click();
      }
      await page.getByTestId('save').click();
      const saved = await eventually(async () => {
        const board = await readBoard(boards.eva, id);
        return board.widgets.length === TYPES.length ? board : undefined;
      }, 'the dashboard to be saved');
      assert.equal(saved.widgets.find(({ type }) => type === 'forecast')?.options['step'], '1m');
    });

    it('are shown to a viewer on a wall screen, dark and on a phone too', async () => {
      const { id } = await makeBoard(boards.eva, { name: 'Wall', widgets, layout, is_public: true });
      const wall = await boards.open(`/dashboards/kiosk?ids=${id}`, { colorScheme: 'dark' }, 'vic');
      await showsAll(wall);
      await assertAccessible(wall);
      const phone = await boards.open(`/dashboards/${id}`, SCREENS.phone, 'vic');
      await phone.locator('[data-widget=forecast]').scrollIntoViewIfNeeded();
      await widgetOn(phone, 'forecast').getByTestId('limit').waitFor();
      for (const type of ['trend', 'timeseries', 'forecast']) {
        await widgetOn(phone, type).scrollIntoViewIfNeeded();
        await widgetOn(phone, type).locator('canvas').waitFor();
        const { height = 0 } = (await widgetOn(phone, type).locator('canvas').boundingBox()) ?? {};
        assert.ok(height > 120, `${type}: ${String(height)}`);
      }
      await assertAccessible(phone);
      assert.ok(await fitsAcross(phone));
    });

    it('share equal requests and are never too many', async () => {
      const many = Array.from({ length: 12 }, (_, n) => ({ id: `same-${String(n)}`, type: 'statistics', series, options }));
      const others = Array.from({ length: 30 }, (_, n) => ({
        ...{ id: `other-${String(n)}`, type: 'statistics', series, options: { period_seconds: 7_200 + 60 * n } },
      }));
      const { id } = await makeBoard(boards.eva, {
        ...{ name: 'Many', widgets: [...many, ...others] },
        layout: Object.fromEntries([...many, ...others].map((one, n) => [one.id, place((n % 12) * 1, Math.floor(n / 12), 1, 1)])),
      });
      const page = await boards.open('/dashboards', { viewport: { width: 2400, height: 1_400 } });
      const asked: string[] = [];
      const refused: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/analytics/')) asked.push(request.url());
      });
      page.on('response', (response) => {
        if (response.status() === 429) refused.push(response.url());
      });
      await page.goto(`${boards.httpUrl}/dashboards/${id}`);
      for (const one of many) await widgetOn(page, one.id).locator('[data-figure=mean]').waitFor({ state: 'attached' });
      await page.getByText('this one follows in a moment', { exact: false }).first().waitFor({ state: 'attached' });
      assert.ok(asked.length <= 24, `${String(asked.length)} requests`);
      assert.equal(new Set(asked).size, asked.length, 'each question was asked once');
      assert.deepEqual(refused, []);
    });

    it('say what is wrong with an option, by its field', async () => {
      for (const [type, wrong, field] of [
        ['forecast', { horizon: 1_000 }, 'horizon'],
        ['forecast', { step: '1 ms' }, 'step'],
        ['timeseries', { average: '0' }, 'average'],
        ['trend', { threshold: -1 }, 'threshold'],
      ] as const) {
        const body = { name: 'Wrong', widgets: [{ id: 'a', type, series, options: wrong }] };
        const refused = await boards.eva.call('POST', '/dashboards', body);
        assert.equal(refused.status, 400);
        assert.match(JSON.stringify(refused.body), new RegExp(`widgets\\.0\\.options\\.${field}`));
      }
    });
  });
});
