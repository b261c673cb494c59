import assert from 'node:assert/strict';
import { writeIn } from './language.ts';
import { timeBeside, wholeTime } from './times.ts';
import { lasted, percent, range, rate, reading } from './words.ts';

describe('figures in words', () => {
  it('say how long in the two largest units', () => {
    assert.deepEqual([0, 45, 90, 3_600, 4_349, 90_000, 691_200].map(lasted), [
      '0 s',
      '45 s',
      '1 min 30 s',
      '1 h',
      '1 h 12 min',
      '1 d 1 h',
      '8 d',
    ]);
  });

  it('are written in the language that was chosen, whatever that of the machine is', () => {
    const time = new Date(2026, 2, 10, 14, 5, 30).getTime();
    const all = () => [reading(81.25, '°C'), rate(0.57), percent(0.034), percent(0.0001), wholeTime(time), timeBeside(time, 0)];
    try {
      writeIn('es');
      assert.deepEqual(all(), ['81,25 °C', '0,57', '3,4 %', '<0,1 %', 'mar, 10 mar, 14:05:30', '10 mar 14:05']);
      assert.equal(reading(1.7e300, ''), '1,7e+300');
      writeIn('en');
      assert.deepEqual(all(), ['81.25 °C', '0.57', '3.4 %', '<0.1 %', 'Tue, Mar 10, 14:05:30', 'Mar 10 14:05']);
    } finally {
      writeIn(undefined);
    }
  });

  it('never say zero or all of a share that is not', () => {
    assert.deepEqual([0, 0.0002, 0.034, 0.17, 0.9995, 1].map(percent), ['0 %', '<0.1 %', '3.4 %', '17 %', '>99.9 %', '100 %']);
  });

  it('keep readings and rates short', () => {
    assert.deepEqual([0.5714, 2, 14.28].map(rate), ['0.57', '2', '14.3']);
    assert.equal(reading(81.234567, '°C'), '81.235 °C');
    assert.equal(reading(true, ''), 'true');
    assert.equal(reading(null, '°C'), '–');
    assert.equal(range({ min: 1, max: 1.0000001 }, 'bar'), '1 bar');
    assert.equal(range({ min: 1, max: 2 }, 'bar'), '1 – 2 bar');
  });
});
