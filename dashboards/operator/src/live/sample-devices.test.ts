import assert from 'node:assert/strict';
import { sampleOf } from './sample-devices.ts';

describe('a sample of devices', () => {
  const devices = (type: string, count: number) => Array.from({ length: count }, (_, n) => ({ device_id: `${type}-${String(n)}`, type }));

  it('is all of a few', () => {
    assert.deepEqual(sampleOf(devices('pump', 3), 3), ['pump-0', 'pump-1', 'pump-2']);
    assert.deepEqual(sampleOf([]), []);
  });

  it('has devices of every type, however many there are of another', () => {
    const sample = sampleOf([...devices('pump', 5_000), ...devices('press', 1), ...devices('', 2)], 6);
    assert.deepEqual(sample, ['pump-0', 'press-0', '-0', 'pump-1', '-1', 'pump-2']);
  });

  it('is bounded when there are more types than places', () => {
    const sample = sampleOf(
      Array.from({ length: 100 }, (_, n) => ({ device_id: `d${String(n)}`, type: `t${String(n)}` })),
      10,
    );
    assert.equal(sample.length, 10);
  });
});
