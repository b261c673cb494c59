import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { drawChart } from './chart.ts';
import type { ChartInput, SignalPoint } from './chart.ts';

const RED = [179, 38, 30] as const;

/** The pixels of one of our pictures: one IDAT, filters 0 and 2. */
function pixelsOf(png: Buffer): { width: number; height: number; at(x: number, y: number): number[] } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const data = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const stride = width * 3 + 1;
  for (let y = 1; y < height; y += 1) {
    assert.equal(data[y * stride], 2);
    for (let i = 1; i < stride; i += 1) data[y * stride + i] = ((data[y * stride + i] ?? 0) + (data[(y - 1) * stride + i] ?? 0)) & 0xff;
  }
  return { width, height, at: (x, y) => [...data.subarray(y * stride + 1 + x * 3, y * stride + 4 + x * 3)] };
}

describe('the curve of a signal', () => {
  const draw = (points: readonly SignalPoint[], rest: Partial<ChartInput> = {}) =>
    drawChart({ points, fromMs: 0, toMs: 1_000_000, threshold: null, startMs: 900_000, endMs: null, colour: RED, ...rest });

  it('is not drawn of fewer than two readings', async () => {
    assert.equal(await draw([]), undefined);
    assert.equal(await draw([[1, 1]]), undefined);
  });

  it('reaches from the lowest to the highest value, the threshold included', async () => {
    const chart = await draw(
      [
        [0, 5],
        [500_000, 20],
        [999_999, 10],
      ],
      { threshold: 30 },
    );
    assert.deepEqual([chart?.bottom, chart?.top], [5, 30]);
    const flat = await draw([
      [0, 50],
      [999_999, 50],
    ]);
    assert.deepEqual([flat?.bottom, flat?.top], [45, 55]);
  });

  it('loses no peak, however many readings there are', async () => {
    const points = Array.from({ length: 100_000 }, (_, i): SignalPoint => [i * 10, i === 50_000 ? 100 : i % 2]);
    const chart = (await draw(points)) ?? assert.fail();
    const { width, height, at } = pixelsOf(chart.png);
    assert.deepEqual([width, height, chart.top], [1_008, 300, 100]);
    const middle = Math.round(width / 2);
    const columns = [-2, -1, 0, 1, 2].map((aside) => at(middle + aside, 60));
    assert.ok(
      columns.some(([red = 255]) => red < 80),
      `the line up to the peak: ${JSON.stringify(columns)}`,
    );
    const [red = 0] = at(middle - 60, 60);
    assert.ok(red > 220, 'nothing beside it');
  });

  it('shades the time of the alert', async () => {
    const { at } = pixelsOf(
      (
        await draw([
          [0, 0],
          [999_999, 1],
        ])
      )?.png ?? assert.fail(),
    );
    assert.deepEqual(at(300, 60), [255, 255, 255]);
    const [red = 0, green = 0] = at(960, 60);
    assert.ok(red > green + 10, 'in the tint of its severity');
  });
});
