import assert from 'node:assert/strict';
import { limitForecast } from './forecast-words.ts';
import type { SeriesForecast } from '../../../../src/contracts/analytics.ts';

const NOW = Date.parse('2026-01-31T06:00:00.000Z');
const inHours = (hours: number | null): string | null => (hours === null ? null : new Date(NOW + hours * 3_600_000).toISOString());

function forecast(earliest: number | null, expected: number | null, latest: number | null): SeriesForecast {
  const limit = { value: 80, earliest: inHours(earliest), expected: inHours(expected), latest: inHours(latest) };
  return {
    ...{ device_id: 'd', key: 'k', unit: '°C', start: '', end: '', source: 'readings', count: 9, undefined_because: {} },
    ...{ model: 'linear', interval_seconds: 3_600, season_seconds: null, fitted_steps: 9, filled_steps: 0, confidence: 95 },
    ...{ steps: [{ at: inHours(1) ?? '', mean: 1, low: 0, high: 2 }], rmse: 1, r_squared: 1, backtest: null, limit },
  };
}

describe('the time to a limit', () => {
  it('is between two where both bounds reach it', () => {
    assert.deepEqual(limitForecast(forecast(5, 7, 9), NOW), {
      ...{ kind: 'between', fromSeconds: 18_000, toSeconds: 32_400, expectedSeconds: 25_200 },
    });
  });

  it('has only an earliest where the farther bound does not reach it', () => {
    assert.deepEqual(limitForecast(forecast(5, null, null), NOW), { kind: 'from', fromSeconds: 18_000, expectedSeconds: null });
  });

  it('is now where the series is at it', () => {
    assert.deepEqual(limitForecast(forecast(0, 0, 0), NOW), { kind: 'now' });
    assert.deepEqual(limitForecast(forecast(-1, -1, -1), NOW), { kind: 'now' });
  });

  it('is never within what the API looked at', () => {
    assert.deepEqual(limitForecast(forecast(null, null, null), NOW), { kind: 'never', withinSeconds: 3_600_000 });
    assert.equal(limitForecast({ ...forecast(1, 1, 1), limit: null }, NOW), undefined);
  });
});
