import assert from 'node:assert/strict';
import { correlatedOf } from './correlated.ts';

const series = (...names: string[]) =>
  names.map((name) => {
    const [deviceId = '', key = ''] = name.split('.');
    return { deviceId, key };
  });

describe('the quantities of a correlation', () => {
  it('are of one device, or of the first two', () => {
    assert.deepEqual(correlatedOf(series('p.a', 'p.b')), { correlated: { deviceId: 'p', quantities: ['a', 'b'] }, omitted: 0 });
    assert.deepEqual(correlatedOf(series('p.a', 'q.b', 'r.c')), {
      correlated: { deviceId: 'p', quantities: ['a'], otherDeviceId: 'q', otherQuantities: ['b'] },
      omitted: 1,
    });
  });

  it('are two at least, and six of a device', () => {
    assert.equal(correlatedOf(series('p.a')).correlated, undefined);
    assert.equal(correlatedOf([]).correlated, undefined);
    const many = correlatedOf(series('p.a', 'p.b', 'p.c', 'p.d', 'p.e', 'p.f', 'p.g'));
    assert.deepEqual([many.correlated?.quantities.length, many.omitted], [6, 1]);
  });
});
