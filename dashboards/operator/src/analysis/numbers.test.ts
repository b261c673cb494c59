import assert from 'node:assert/strict';
import { figureText, percentText, probabilityText, readableSlope, secondsOf, slopePer, spanText, spanUnit } from './numbers.ts';

describe('figures of analyses', () => {
  it('have five significant digits, and powers of ten where they would be long', () => {
    const texts = [0, 21.456789, -3.2, 12_345.678, 1_234_567_890, 0.000012345].map((value) => figureText(value, 'en'));
    assert.deepEqual(texts, ['0', '21.457', '-3.2', '12,345.7', '1.235E9', '1.235E-5']);
    assert.equal(figureText(21.456789, 'es'), '21,457');
    assert.deepEqual([figureText(21.456789, 'en', 3), figureText(1_234.5, 'en', 3)], ['21.5', '1,235']);
  });

  it('never call a share all that is not', () => {
    const shares = [0.0378, 0.4261, 0.99, 0.9971, 0.99999, 1].map((share) => percentText(share, 'en'));
    assert.deepEqual(shares, ['3.8%', '43%', '99%', '99.7%', '99.9%', '100%']);
  });

  it('claim no more of a probability than three digits', () => {
    assert.deepEqual([probabilityText(0.0312, 'en'), probabilityText(1e-20, 'en')], ['= 0.031', '< 0.001']);
    assert.equal(probabilityText(0, 'es'), '< 0,001');
  });

  it('tell slopes by the time in which they are no tiny number', () => {
    assert.deepEqual(readableSlope(2), { time: 'minute', slope: 2 });
    assert.deepEqual(readableSlope(-0.05), { time: 'hour', slope: -3 });
    assert.equal(readableSlope(0.0005).time, 'day');
    assert.equal(slopePer('day', 0.5), 720);
  });

  it('count time in what fits, and in one unit from here to there', () => {
    assert.deepEqual(
      [spanUnit(80).unit, spanUnit(90).unit, spanUnit(20_000).unit, spanUnit(200_000).unit],
      ['second', 'minute', 'hour', 'day'],
    );
    assert.deepEqual(
      [60, 3_600, 86_400].map((seconds) => spanText('en', seconds)),
      ['1 minute', '1 hour', '1 day'],
    );
    assert.deepEqual(
      [spanText('en', 18_000, 32_400), spanText('en', 480, 9_600), spanText('en', 0, 600), spanText('en', 60, 864_000)],
      ['5–9 hours', '8–160 minutes', '0–10 minutes', '0–10 days'],
    );
    assert.equal(spanText('en', 5_400), '1.5 hours');
    assert.equal(spanText('en', 27_000), '7.5 hours');
    assert.equal(spanText('es', 27_000), '7,5 horas');
  });

  it('read durations as the API writes them', () => {
    assert.deepEqual(['45s', '15m', '2h', '7d'].map(secondsOf), [45, 900, 7_200, 604_800]);
    assert.deepEqual(['', '15', 'm', '15x', '-1m'].map(secondsOf), [undefined, undefined, undefined, undefined, undefined]);
  });
});
