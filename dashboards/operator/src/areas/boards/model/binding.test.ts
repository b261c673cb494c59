import assert from 'node:assert/strict';
import type { Device } from '../../../../../../src/contracts/devices.ts';
import { bind, isBound, MOST_SERIES, namedDevices, selectDevices } from './binding.ts';

const device = (id: string, more: Partial<Device> = {}): Device => ({
  device_id: id,
  name: id,
  type: 'pump',
  location: 'Hall A',
  area: '',
  metadata: {},
  allowed_commands: [],
  offline_seconds: null,
  status: 'online',
  status_at: null,
  last_seen_at: null,
  origin: 'user',
  created_at: '',
  updated_at: '',
  ...more,
});
const devicesOf = (...all: Device[]) => new Map(all.map((one) => [one.device_id, one]));
const PLANT = devicesOf(
  device('p10'),
  device('p2', { metadata: { line: 3 } }),
  device('b1', { type: 'boiler', name: 'Big Boiler' }),
  device('x1', { location: 'Hall B', area: 'North', metadata: { line: '3' } }),
);
const ids = (found: readonly Device[]) => found.map(({ device_id: id }) => id);

describe('what a widget is bound to', () => {
  it('finds devices that fit all of a selector, by name with numbers in their order', () => {
    assert.deepEqual(ids(selectDevices(PLANT, { type: 'pump', location: 'Hall A' })), ['p2', 'p10']);
    assert.deepEqual(ids(selectDevices(PLANT, { search: 'BIG' })), ['b1']);
    assert.deepEqual(ids(selectDevices(PLANT, { area: 'North' })), ['x1']);
    assert.deepEqual(ids(selectDevices(PLANT, { metadata: { line: 3 } })), ['p2']);
    assert.deepEqual(ids(selectDevices(PLANT, { type: 'pump', search: 'boiler' })), []);
    assert.equal(selectDevices(PLANT, {}).length, 4);
  });

  it('shows each key of each device that has it', () => {
    const widget = { series: [], selector: { type: 'pump', location: 'Hall A' }, keys: ['t', 'flow'] };
    const bound = bind(widget, PLANT, (id, key) => key === 't' || id === 'p2');
    assert.deepEqual(
      bound.series.map(({ deviceId, key }) => `${deviceId} ${key}`),
      ['p2 t', 'p2 flow', 'p10 t'],
    );
    const more = devicesOf(...PLANT.values(), device('p3'));
    assert.deepEqual(ids(bind(widget, more).devices), ['p2', 'p3', 'p10']);
  });

  it('keeps named series of devices that are gone, and says which', () => {
    const bound = bind(
      {
        series: [
          { device_id: 'gone', key: 't' },
          { device_id: 'p2', key: 't' },
        ],
      },
      PLANT,
    );
    assert.deepEqual([ids(bound.devices), bound.missing, bound.series.length], [['p2'], ['gone'], 2]);
  });

  it('shows at most fifty, and counts the others', () => {
    const many = devicesOf(...Array.from({ length: 60 }, (_, n) => device(`d${String(n)}`)));
    const bound = bind({ series: [], selector: {}, keys: ['t'] }, many);
    assert.deepEqual([bound.devices.length, bound.series.length, bound.omitted], [60, MOST_SERIES, 10]);
  });

  it('tells a widget that shows nothing because nobody chose anything', () => {
    assert.equal(isBound({ series: [] }, true), false);
    assert.equal(isBound({ series: [], selector: {} }, true), false);
    assert.equal(isBound({ series: [], selector: {} }, false), true);
    assert.equal(isBound({ series: [], selector: {}, keys: ['t'] }, true), true);
    assert.deepEqual(
      namedDevices([
        {
          series: [
            { device_id: 'a', key: 'x' },
            { device_id: 'a', key: 'y' },
          ],
        },
        { series: [] },
      ]),
      ['a'],
    );
  });
});
