import assert from 'node:assert/strict';
import type { Device } from '../../../../../../src/contracts/devices.ts';
import { gathered, degreeDigits, extentOf, graticule, labelled, pointOn, sortOut } from './map-plane.ts';

const device = (id: string, metadata: Record<string, unknown>, location = '', area = ''): Device =>
  ({ device_id: id, name: id, type: '', location, area, metadata }) as unknown as Device;
const at = (latitude: number, longitude: number) => ({ device: device('d', {}), latitude, longitude });

describe('the map of devices', () => {
  it('places devices that say where they are, and groups the others by location and area', () => {
    const { placed, groups } = sortOut([
      device('a', { latitude: 41.6, longitude: -0.9 }),
      device('b', { latitude: '41.7', longitude: '-0.8' }),
      device('c', { latitude: 91, longitude: 0 }, 'Hall 10'),
      device('d', { latitude: 1 }, 'Hall 2', 'North'),
      device('e', { latitude: null, longitude: Number.NaN }),
      device('f', {}, 'Hall 10'),
    ]);
    assert.deepEqual(
      placed.map(({ device: { device_id: id }, latitude }) => [id, latitude]),
      [
        ['a', 41.6],
        ['b', 41.7],
      ],
    );
    assert.deepEqual(
      groups.map(({ name, devices }) => [name, devices.length]),
      [
        ['Hall 2 · North', 1],
        ['Hall 10', 2],
        ['', 1],
      ],
    );
  });

  it('shows a part of the world that holds all of them, in the shape of the plane', () => {
    for (const [places, aspect] of [
      [[at(41.6, -0.9), at(41.7, -0.8)], 2],
      [[at(0, 0)], 1],
      [[at(-33, 151), at(51, -0.1), at(40, -74)], 0.5],
      [[at(89.9, 10), at(89.9, 170)], 1.5],
    ] as const) {
      const extent = extentOf(places, aspect);
      assert.ok(extent.east > extent.west && extent.north > extent.south);
      for (const place of places) {
        const { x, y } = pointOn(place, extent);
        assert.ok(x > 0 && x < 1 && y > 0 && y < 1, JSON.stringify({ x, y, aspect }));
      }
    }
  });

  it('has a graticule at round degrees', () => {
    const { meridians, parallels } = graticule({ west: -1, east: 1, south: 41, north: 42 });
    assert.deepEqual(
      meridians.map(({ degrees }) => degrees),
      [-1, -0.5, 0, 0.5, 1],
    );
    assert.deepEqual(
      parallels.map(({ degrees }) => Number(degrees.toFixed(1))),
      [41, 41.2, 41.4, 41.6, 41.8, 42],
    );
    assert.equal(degreeDigits({ west: -1, east: 1, south: 41, north: 42 }), 1);
    assert.ok(graticule({ west: -400, east: 400, south: -200, north: 200 }).parallels.every(({ degrees }) => Math.abs(degrees) <= 90));
  });

  it('writes names only where there is room', () => {
    assert.deepEqual(
      labelled(
        [
          { x: 0.1, y: 0.1 },
          { x: 0.12, y: 0.1 },
          { x: 0.9, y: 0.1 },
        ],
        0.2,
        0.05,
      ),
      [true, false, true],
    );
  });

  it('gathers markers that would lie on one another, and no others', () => {
    const points = [
      { x: 0.1, y: 0.1 },
      { x: 0.5, y: 0.5 },
      { x: 0.14, y: 0.12 },
      { x: 0.1, y: 0.3 },
      { x: 0.18, y: 0.1 },
    ];
    // The last one is near the third, but not where that stands now.
    assert.deepEqual(gathered(points, 0.05, 0.05), [[0, 2], [1], [3], [4]]);
    assert.deepEqual(gathered([], 0.05, 0.05), []);
  });
});
