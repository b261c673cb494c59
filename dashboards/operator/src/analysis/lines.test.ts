import assert from 'node:assert/strict';
import { drawnLine, forecastPoints, pastBesideMs, trendPoints, valueAt } from './lines.ts';

const START = '2026-01-31T06:00:00.000Z';
const END = '2026-01-31T07:00:00.000Z';
const step = (minute: number, mean: number) => ({
  at: new Date(Date.parse(END) + minute * 60_000).toISOString(),
  mean,
  low: mean - 1,
  high: mean + 1,
});
const head = {
  device_id: 'd',
  key: 'k',
  unit: null,
  start: START,
  end: END,
  source: 'readings' as const,
  count: 60,
  undefined_because: {},
};
const figures = {
  interval_seconds: null,
  trend: null,
  slope_per_minute: 1,
  r_squared: 1,
  p_value: 0,
  adjusted_p_value: 0,
  autocorrelation: 0,
  effective_count: 60,
  threshold_per_minute: 0.01,
  mean: 30,
  stddev: 1,
  min: 0,
  max: 60,
};

describe('the lines of analyses', () => {
  it('share the axis of their unit, unless it is called otherwise', () => {
    const line = { id: 'a', label: 'A', unit: 'bar', points: [], place: 0 };
    assert.equal(drawnLine(line, 'light').unit, 'bar');
    assert.equal(drawnLine({ ...line, unit: '', axis: 'A' }, 'light').unit, 'A');
  });

  it('draw a trend from end to end, and none where there is none', () => {
    assert.deepEqual(trendPoints({ ...head, ...figures, value_at_start: 0, value_at_end: 60 }), [
      { timeMs: Date.parse(START), value: 0 },
      { timeMs: Date.parse(END), value: 60 },
    ]);
    assert.deepEqual(trendPoints({ ...head, ...figures, value_at_start: null, value_at_end: null }), []);
  });

  it('begin a forecast at the last reading before it', () => {
    const last = { timeMs: Date.parse(END), value: 60 };
    const points = forecastPoints({ steps: [step(1, 61), step(2, 62)] }, last);
    assert.deepEqual(points[0], { ...last, low: 60, high: 60 });
    assert.deepEqual([points.length, points[1]?.low, points[1]?.high], [3, 60, 62]);
    assert.equal(forecastPoints({ steps: [step(1, 61)] }, { ...last, timeMs: last.timeMs + 120_000 }).length, 1);
  });

  it('draw a band where there are lows and highs, and dashes in the colours of the theme', () => {
    const points = forecastPoints({ steps: [step(1, 61)] }, undefined);
    const drawn = drawnLine({ id: 'f', label: 'F', unit: '', points, place: 1, isDashed: true }, 'dark');
    assert.deepEqual([drawn.hasBand, drawn.look.dash, drawn.look.color], [true, [8, 5], '#F5A35C']);
  });

  it('show six times as much of the past as is forecast, as far as the period has it', () => {
    const forecast = {
      ...{ ...head, model: 'linear' as const, season_seconds: null, fitted_steps: 9, filled_steps: 0, confidence: 95 },
      ...{ rmse: 1, r_squared: 1, backtest: null, limit: null },
    };
    assert.equal(pastBesideMs({ ...forecast, interval_seconds: 60, steps: [step(1, 1), step(2, 2)] }), 720_000);
    assert.equal(pastBesideMs({ ...forecast, interval_seconds: 3_600, steps: [step(60, 1)] }), 3_600_000);
  });

  it('tell values between points, and none in breaks or beside the line', () => {
    const points = [0, 10, 100].map((timeMs) => ({ timeMs, value: timeMs }));
    const line = { points, breakMs: 50 };
    assert.deepEqual(
      [5, 10, 50, 101, -1].map((at) => valueAt(line, at)?.value),
      [5, 10, undefined, undefined, undefined],
    );
  });
});
