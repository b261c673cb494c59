import assert from 'node:assert/strict';
import { gridOf, strongest } from './correlation-grid.ts';
import type { Pair } from './correlation-grid.ts';

function pair(first: string, second: string, r: number | null): Pair {
  const of = (name: string) => {
    const [device_id = '', key = ''] = name.split('.');
    return { device_id, key, unit: null };
  };
  return {
    ...{ first: of(first), second: of(second), n: 10, r, covariance: r, p_value: r === null ? null : 0.01 },
    ...{ strength: null, is_significant: null, needed_n: null, is_sample_enough: null, best_lag: null, undefined_because: {} },
  };
}

describe('the matrix of correlations', () => {
  it('of one device has each quantity as row and column, and nothing where one meets itself', () => {
    const grid = gridOf([pair('p.a', 'p.b', 0.5), pair('p.a', 'p.c', -0.9), pair('p.b', 'p.c', null)], 'p');
    assert.deepEqual(
      grid.rows.map(({ of, cells }) => [of.key, ...cells.map((one) => one?.r)]),
      [
        ['a', undefined, 0.5, -0.9],
        ['b', 0.5, undefined, null],
        ['c', -0.9, null, undefined],
      ],
    );
    assert.equal(strongest(grid)?.r, -0.9);
  });

  it('of two devices has the quantities of one as rows and those of the other as columns', () => {
    const grid = gridOf([pair('p.a', 'p.b', 0.1), pair('p.a', 'q.a', 0.3), pair('p.b', 'q.a', 0.4)], 'p');
    assert.deepEqual(
      grid.rows.map(({ of, cells }) => [of.key, ...cells.map((one) => one?.r)]),
      [
        ['a', 0.3],
        ['b', 0.4],
      ],
    );
    assert.equal(strongest(gridOf([pair('p.a', 'p.b', null)], 'p')), undefined);
  });
});
