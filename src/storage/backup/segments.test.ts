import assert from 'node:assert/strict';
import { AppError } from '../../core/errors.ts';
import { segmentsOf } from './copy-cluster.ts';

const name = (log: number, segment: number) =>
  `00000001${log.toString(16).padStart(8, '0')}${segment.toString(16).padStart(8, '0')}`.toUpperCase();
const MB = 1024 * 1024;

describe('the parts of the log that a backup takes', () => {
  it('are those between its marks, over the end of a number too, and nothing else that lies there', () => {
    const names = [name(1, 254), name(1, 255), name(2, 0), name(2, 1), 'archive_status', '00000002.history', name(1, 253)];
    const span = { first: name(1, 254), last: name(2, 0), segmentBytes: 16 * MB };
    assert.deepEqual(segmentsOf(names, span), [name(1, 254), name(1, 255), name(2, 0)]);
  });

  it('are refused when one is missing', () => {
    const span = { first: name(1, 10), last: name(1, 12), segmentBytes: 16 * MB };
    assert.throws(
      () => segmentsOf([name(1, 10), name(1, 12)], span),
      (error: unknown) => error instanceof AppError && error.retryable && /2 of 3/.test(error.message),
    );
  });

  it('are counted by their size', () => {
    const span = { first: name(1, 3), last: name(2, 0), segmentBytes: 1024 * MB };
    assert.deepEqual(segmentsOf([name(1, 3), name(2, 0)], span), [name(1, 3), name(2, 0)]);
  });
});
