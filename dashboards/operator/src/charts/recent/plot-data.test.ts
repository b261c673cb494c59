import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PointValue } from '../../../../../src/contracts/telemetry.ts';
import { plotColumns, shapeOf, stateSpans, summarize } from './plot-data.ts';
import type { SeriesPoint } from '../series-buffer.ts';

const at = (second: number, value: PointValue): SeriesPoint => ({ timeUs: second * 1_000_000, value });

describe('a series as a chart shows it', () => {
  it('keeps a line through ordinary readings', () => {
    const columns = plotColumns([at(1, 10), at(2, 11), at(3, 12)]);
    assert.deepEqual(columns, { times: [1_000, 2_000, 3_000], values: [10, 11, 12] });
  });

  it('breaks the line where the device was silent', () => {
    const columns = plotColumns([at(1, 10), at(2, 11), at(3, 12), at(63, 13), at(64, 14)]);
    assert.deepEqual(columns.values, [10, 11, 12, null, 13, 14]);
  });

  it('does not break the line of a device that reports every minute', () => {
    const columns = plotColumns([at(0, 1), at(60, 2), at(120, 3), at(180, 4)]);
    assert.ok(!columns.values.includes(null));
  });

  it('draws truth values as 1 and 0', () => {
    assert.deepEqual(plotColumns([at(1, true), at(2, false)]).values, [1, 0]);
  });

  it('knows the shape by the newest reading', () => {
    assert.equal(shapeOf([]), undefined);
    assert.equal(shapeOf([at(1, 5)]), 'number');
    assert.equal(shapeOf([at(1, false)]), 'boolean');
    assert.equal(shapeOf([at(1, 'idle')]), 'text');
  });

  it('sums up the window only', () => {
    assert.deepEqual(summarize([at(1, 100), at(2, 1), at(3, 3)], 2_000_000), { min: 1, max: 3, mean: 2, count: 2 });
    assert.equal(summarize([at(1, 'idle')], 0), undefined);
  });

  it('turns text readings into states, the newest first', () => {
    const spans = stateSpans([at(1, 'idle'), at(2, 'idle'), at(5, 'running'), at(9, 'running')]);
    assert.deepEqual(spans, [
      { value: 'running', fromUs: 5_000_000, untilUs: 9_000_000 },
      { value: 'idle', fromUs: 1_000_000, untilUs: 5_000_000 },
    ]);
  });
});
