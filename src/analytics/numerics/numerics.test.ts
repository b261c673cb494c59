import assert from 'node:assert/strict';
import { REFERENCE, assertAgrees } from '../../../test/analytics/reference/figures.ts';
import { correlationP, neededPairs, strengthOf } from './association.ts';
import { effectiveCount, firstAutocorrelation } from './autocorrelation.ts';
import { backtest, fit, reachesLimit } from './forecast.ts';
import { fitHoltWinters, forecastStep, smooth } from './holt-winters.ts';
import { lineThrough, sumsOf } from './line.ts';
import { lowestPlace } from './nelder-mead.ts';
import { ownInterval, regularSteps } from './regular-steps.ts';
import { studentQuantile, twoSidedP } from './student-t.ts';

const MINUTE_US = 60_000_000;

describe('figures of analytics', () => {
  describe("Student's t", () => {
    it('agrees with scipy, from 1 to 100,000 degrees of freedom', () => {
      for (const [t, degrees, p] of REFERENCE.t)
        assertAgrees(twoSidedP(t, degrees), p, `p of t = ${String(t)}, ${String(degrees)} degrees`);
    });

    it('is symmetric, 1 in the middle and 0 at infinity', () => {
      assert.equal(twoSidedP(0, 5), 1);
      assert.equal(twoSidedP(Infinity, 5), 0);
      assert.equal(twoSidedP(-1.7, 5), twoSidedP(1.7, 5));
    });

    it('finds the value of a probability', () => {
      for (const degrees of [1, 2, 5, 30, 2_282]) {
        for (const p of [0.6, 0.75, 0.975, 0.995]) {
          const t = studentQuantile(p, degrees);
          assertAgrees(1 - twoSidedP(t, degrees) / 2, p, `probability of ${String(t)}`);
          assert.equal(studentQuantile(1 - p, degrees) < 0, true);
        }
      }
      assert.equal(studentQuantile(0.5, 3), 0);
      // The normal distribution: 1.959963984540054 (NIST).
      assertAgrees(studentQuantile(0.975, 1e9), 1.959963984540054, 'the quantile of the normal distribution', 1e-8);
    });
  });

  describe('a line', () => {
    it('agrees with scipy on the carbon dioxide of 43 years', () => {
      const { times_ms: times, values } = REFERENCE.co2;
      const line = lineThrough(
        sumsOf(
          times.map((ms) => (ms - (times[0] ?? 0)) / 60_000),
          values,
        ),
      );
      assertAgrees(line?.slope, REFERENCE.trend.co2.slope_per_minute, 'slope');
      assertAgrees(line?.rSquared, REFERENCE.trend.co2.r_squared, 'R squared');
      assert.equal(line?.pValue, REFERENCE.trend.co2.p_value);
    });

    it('agrees with scipy where the slope may be chance', () => {
      const { sea } = REFERENCE;
      const line = lineThrough(sumsOf([...sea.keys()], sea));
      assertAgrees(line?.slope, REFERENCE.trend.sea.slope_per_minute, 'slope');
      assertAgrees(line?.rSquared, REFERENCE.trend.sea.r_squared, 'R squared');
      assertAgrees(line?.pValue, REFERENCE.trend.sea.p_value, 'p-value');
    });

    it('keeps its digits far from 0', () => {
      const near = lineThrough(sumsOf([0, 1, 2, 3], [1, 2.5, 3.5, 5]));
      const far = lineThrough(
        sumsOf(
          [0, 1, 2, 3].map((x) => x + 1e9),
          [1, 2.5, 3.5, 5],
        ),
      );
      assertAgrees(far?.slope, near?.slope ?? NaN, 'slope');
      assertAgrees(far?.pValue, near?.pValue ?? NaN, 'p-value');
    });

    it('has no R squared where nothing changes, and no line of one point', () => {
      const flat = lineThrough(sumsOf([0, 1, 2], [7, 7, 7]));
      assert.deepEqual([flat?.slope, flat?.rSquared, flat?.pValue], [0, null, 1]);
      assert.equal(lineThrough(sumsOf([1], [7])), undefined);
      assert.equal(lineThrough(sumsOf([1, 1], [7, 8])), undefined);
      const two = lineThrough(sumsOf([0, 1], [7, 9]));
      assert.deepEqual([two?.slope, two?.pValue, two?.residualDeviation], [2, null, null]);
    });
  });

  describe('a correlation', () => {
    it('agrees with scipy', () => {
      const { lag, n, r, p_value: p } = REFERENCE.correlation;
      const sums = sumsOf(REFERENCE.sea.slice(0, -lag), REFERENCE.sea.slice(lag));
      const found = sums.sxy / Math.sqrt(sums.sxx * sums.syy);
      assertAgrees(found, r, 'r');
      assertAgrees(correlationP(found, n), p, 'p-value');
      assertAgrees(sums.sxy / (n - 1), REFERENCE.correlation.covariance, 'covariance');
    });

    it('is named after Cohen', () => {
      assert.deepEqual([0.05, -0.1, 0.29, -0.3, 0.49, 0.5, -1].map(strengthOf), [
        ...(['negligible', 'small', 'small', 'medium', 'medium', 'large', 'large'] as const),
      ]);
    });

    it('needs as many pairs as tables of Cohen (1988) say, to be found in four of five cases', () => {
      assert.deepEqual([0.1, -0.3, 0.5, 1, 0].map(neededPairs), [783, 85, 30, 5, null]);
    });

    it('of two pairs says nothing, of a perfect line everything', () => {
      assert.equal(correlationP(1, 2), null);
      assert.equal(correlationP(-1, 10), 0);
    });
  });

  describe('what depends on the one before', () => {
    it('has an autocorrelation, and counts as fewer', () => {
      assert.equal(firstAutocorrelation(Float64Array.of(1, -1, 1, -1)), -0.75);
      assert.equal(firstAutocorrelation(Float64Array.of(0, 0)), null);
      assert.deepEqual([effectiveCount(100, 0), effectiveCount(100, 0.5), effectiveCount(100, -0.5)], [100, 100 / 3, 100]);
    });
  });

  describe('the search for the lowest place', () => {
    it("finds that of Rosenbrock's valley", () => {
      const { at, value } = lowestPlace(([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-1.2, 1], {
        tolerance: 1e-14,
        mostSteps: 2_000,
      });
      assert.ok(value < 1e-10, String(value));
      assertAgrees(at[0], 1, 'x', 1e-4);
      assertAgrees(at[1], 1, 'y', 1e-4);
    });

    it('stays where everything is the same', () => {
      assert.deepEqual(
        lowestPlace(() => 3, [1, 2]),
        { at: [1, 2], value: 3 },
      );
    });
  });

  describe('Holt-Winters', () => {
    for (const expected of REFERENCE.smoothing) {
      const season = expected.season > 1 ? 'with a season' : 'without a season';
      const values = Float64Array.from(expected.season > 1 ? REFERENCE.sea : REFERENCE.co2.values);

      it(`agrees with statsmodels for a given smoothing, ${season}`, () => {
        const fitted = smooth(values, expected.smoothing, expected.initial);
        assertAgrees(fitted.squaredError, expected.squared_error, 'squared error');
        const one = forecastStep(fitted, 1).deviation ** 2;
        for (const [place, mean] of expected.mean.entries()) {
          const { mean: found, deviation } = forecastStep(fitted, place + 1);
          assertAgrees(found, mean, `step ${String(place + 1)}`);
          assertAgrees(deviation ** 2 / one, expected.variance_factor[place] ?? NaN, `variance of step ${String(place + 1)}`);
        }
      });

      it(`finds a smoothing that is about as good as that of statsmodels, ${season}`, () => {
        const { squaredError } = fitHoltWinters(values, expected.season);
        // statsmodels fits the state before the first step as well, so it gets a little lower.
        assert.ok(squaredError < 1.1 * expected.least_squared_error, `${String(squaredError)}, ${String(expected.least_squared_error)}`);
      });
    }

    it('follows a straight line exactly', () => {
      const fitted = fitHoltWinters(
        Float64Array.from({ length: 20 }, (_, n) => 5 + 2 * n),
        1,
      );
      assertAgrees(forecastStep(fitted, 3).mean, 49, 'three steps ahead');
      assert.ok(forecastStep(fitted, 3).deviation < 1e-9);
    });
  });

  describe('a forecast', () => {
    it('by a line agrees with statsmodels', () => {
      const { confidence, mean, low, high, rmse, r_squared: rSquared } = REFERENCE.line;
      const fitted = fit('linear', Float64Array.from(REFERENCE.sea.slice(0, 120)), 1);
      assertAgrees(fitted.rmse, rmse, 'RMSE');
      assertAgrees(fitted.rSquared, rSquared, 'R squared');
      for (const [place, expected] of mean.entries()) {
        const step = fitted.at(place + 1, confidence);
        assertAgrees(step.mean, expected, `step ${String(place + 1)}`);
        assertAgrees(step.low, low[place] ?? NaN, `lower bound of step ${String(place + 1)}`);
        assertAgrees(step.high, high[place] ?? NaN, `upper bound of step ${String(place + 1)}`);
      }
    });

    it('is tried on what it has not seen, beside the guess that nothing changes', () => {
      const sea = Float64Array.from(REFERENCE.sea);
      const seasonal = backtest('holt_winters', sea, { season: 12, horizon: 12 });
      const line = backtest('linear', sea, { season: 1, horizon: 12 });
      assert.equal(seasonal?.steps, 12);
      assert.ok(seasonal.rmse < (line?.rmse ?? 0) && seasonal.rmse < seasonal.naive.rmse, JSON.stringify({ seasonal, line }));
      assert.equal(backtest('holt_winters', sea.subarray(0, 24), { season: 12, horizon: 12 }), undefined);
    });

    it('knows when a limit is reached, at the earliest and at the latest', () => {
      const noisy = Float64Array.from({ length: 60 }, (_, n) => 40 + 0.5 * n + (n % 2 === 0 ? 1 : -1));
      const reached = reachesLimit(fit('linear', noisy, 1), { from: 70, limit: 80, confidence: 0.95, mostSteps: 1_000 });
      const { earliest, expected, latest } = reached;
      assert.ok(
        earliest !== null && expected !== null && latest !== null && earliest < expected && expected < latest,
        JSON.stringify(reached),
      );
      assert.ok(Math.abs(expected - 21) <= 1, String(expected));
    });

    it('knows a limit below, and one that is never reached', () => {
      const falling = fit(
        'linear',
        Float64Array.from({ length: 30 }, (_, n) => 100 - n),
        1,
      );
      assert.deepEqual(reachesLimit(falling, { from: 71, limit: 60, confidence: 0.9, mostSteps: 100 }), {
        earliest: 11,
        expected: 11,
        latest: 11,
      });
      assert.deepEqual(reachesLimit(falling, { from: 71, limit: 80, confidence: 0.9, mostSteps: 100 }), {
        earliest: null,
        expected: null,
        latest: null,
      });
    });
  });

  describe('regular steps', () => {
    it('have the median distance of the readings', () => {
      assert.equal(ownInterval(Float64Array.of(0, 60e6, 121e6, 180e6, 900e6)), 60_000_000);
      assert.equal(ownInterval(Float64Array.of(5)), undefined);
      assert.equal(ownInterval(Float64Array.of(5, 5, 5)), 1);
    });

    it('are the means of what is nearest, counted back from the newest; gaps are straight lines', () => {
      const times = Float64Array.of(0, 1, 61, 118, 300).map((s) => s * 1e6);
      const steps = regularSteps(times, Float64Array.of(10, 20, 30, 40, 70), MINUTE_US, 100);
      assert.deepEqual([...steps.values], [15, 30, 40, 50, 60, 70]);
      assert.deepEqual([steps.filled, steps.lastUs], [2, 300e6]);
    });

    it('are at most as many as asked for, the newest', () => {
      const times = Float64Array.from({ length: 50 }, (_, n) => n * MINUTE_US);
      assert.deepEqual(
        [
          ...regularSteps(
            times,
            times.map((us) => us / MINUTE_US),
            MINUTE_US,
            3,
          ).values,
        ],
        [47, 48, 49],
      );
    });

    it('begin with the first reading where the oldest step has none', () => {
      const steps = regularSteps(Float64Array.of(0, 300e6), Float64Array.of(1, 9), MINUTE_US, 3);
      assert.deepEqual([[...steps.values], steps.filled], [[9, 9, 9], 2]);
    });
  });
});
