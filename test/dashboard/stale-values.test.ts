import assert from 'node:assert/strict';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture, makeBoard, send, valueWidget, widgetOn } from './boards-support.ts';

const MINUTE_MS = 60_000;

/** When a value is grey: the same everywhere, by how far apart its readings usually are. */
describe('values that are old', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(async () => {
    await boards.start(chromiumPath);
    const ago = (minutes: number): string => new Date(Date.now() - minutes * MINUTE_MS).toISOString();
    for (const id of ['tank', 'meter']) await boards.eva.call('POST', '/devices', { device_id: id, name: id, type: 'old' });
    for (const minutes of [58, 43, 28, 13]) await send(boards.eva, 'tank', { slow: minutes }, ago(minutes));
    for (const seconds of [3, 2, 1, 0]) await send(boards.eva, 'tank', { fast: seconds }, ago(13 + seconds / 60));
    await send(boards.eva, 'tank', { once: 1 }, ago(13));
    // Nobody knows its pace, but how long it may be silent.
    await boards.eva.call('PATCH', '/devices/meter', { offline_seconds: 3_600 });
    await send(boards.eva, 'meter', { once: 1 }, ago(13));
  });
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  const EXPECTED = [
    ['tank', 'slow', 'false'],
    ['tank', 'fast', 'true'],
    ['tank', 'once', 'true'],
    ['meter', 'once', 'false'],
  ] as const;

  it('are grey on the overview, on the page of the device and on dashboards, or on none of them', async () => {
    const page = await boards.open('/');
    for (const [device, key, isStale] of EXPECTED) {
      await page.locator(`[data-device=${device}] [data-key=${key}][data-stale=${isStale}]`).waitFor();
    }
    for (const [device, key, isStale] of EXPECTED) {
      await page.goto(`${boards.httpUrl}/devices/${device}`);
      await page.locator(`.value[data-key=${key}][data-stale=${isStale}]`).waitFor();
    }
    const made = await makeBoard(boards.eva, {
      name: 'Old',
      widgets: [
        ...EXPECTED.map(([device, key]) => valueWidget(`${device}-${key}`, device, key)),
        valueWidget('said', 'tank', 'slow', { options: { stale_seconds: 600 } }),
        { id: 'gauge', type: 'gauge', series: [{ device_id: 'tank', key: 'slow' }] },
        { id: 'table', type: 'table', series: [{ device_id: 'tank', key: 'slow' }] },
        { id: 'map', type: 'map', selector: { type: 'old' }, keys: ['slow'] },
      ],
    });
    await page.goto(`${boards.httpUrl}/dashboards/${made.id}`);
    for (const [device, key, isStale] of EXPECTED) await widgetOn(page, `${device}-${key}`).locator(`[data-stale=${isStale}]`).waitFor();
    await widgetOn(page, 'said').locator('[data-stale=true]').waitFor();
    await widgetOn(page, 'gauge').locator('[data-stale=false]').waitFor();
    assert.equal(await widgetOn(page, 'table').getByText('out of date').count(), 0);
    assert.equal(await widgetOn(page, 'map').locator('[data-marker=tank] .muted').count(), 0);
  });

  it('are no sign of life of a device when they were imported', async () => {
    const history = [{ device_id: 'meter-2', timestamp: new Date(Date.now() - 1_440 * MINUTE_MS).toISOString(), data: { litres: 5 } }];
    await boards.eva.call('POST', '/devices', { device_id: 'meter-2', name: 'meter-2' });
    const imported = await boards.eva.call('POST', '/telemetry?mode=history', history);
    assert.equal(imported.status, 200, JSON.stringify(imported.body));
    const page = await boards.open('/devices');
    const row = page.locator('[data-testid=device-list] [data-device=meter-2]');
    await row.getByText('never', { exact: true }).waitFor();
    await page.goto(`${boards.httpUrl}/devices/meter-2`);
    await page.locator('.value[data-key=litres]').waitFor();
    await page.getByText('nothing received yet').waitFor();
    await send(boards.eva, 'meter-2', { litres: 6 });
    await page.getByText(/^last seen .* ago$/).waitFor();
    await page.goBack();
    await row.getByText('never', { exact: true }).waitFor({ state: 'detached' });
  });
});
