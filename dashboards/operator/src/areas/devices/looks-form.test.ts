import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isDecimals, isLimit, lookChange, lookForm } from './looks-form.ts';

const ITEM = {
  key: 't',
  kind: 'number' as const,
  unit: null,
  display_name: null,
  decimals: null,
  lower_limit: null,
  upper_limit: 80,
  last_at: null,
  usual_seconds: null,
};

describe('how a quantity is shown, in a form', () => {
  it('changes nothing as it is', () => {
    assert.equal(lookChange(lookForm(ITEM), ITEM), undefined);
  });

  it('sends what was changed; what was emptied is removed', () => {
    const form = { ...lookForm(ITEM), display_name: ' Bearing ', unit: '°C', decimals: '1', lower_limit: '-1,5', upper_limit: '' };
    assert.deepEqual(lookChange(form, ITEM), {
      key: 't',
      display_name: 'Bearing',
      unit: '°C',
      decimals: 1,
      lower_limit: -1.5,
      upper_limit: null,
    });
  });

  it('does not send another unit than the readings are in', () => {
    const item = { ...ITEM, unit: 'bar' };
    assert.equal(lookChange({ ...lookForm(item), unit: 'psi' }, item), undefined);
  });

  it('is wrong where no number stands', () => {
    assert.equal(lookChange({ ...lookForm(ITEM), lower_limit: 'cold' }, ITEM), 'wrong');
    assert.equal(lookChange({ ...lookForm(ITEM), decimals: '11' }, ITEM), 'wrong');
    assert.deepEqual(['', '1e3', 'Infinity', 'NaN'].map(isLimit), [true, true, false, false]);
    assert.deepEqual(['', '0', '10', '-1', '1.5'].map(isDecimals), [true, true, true, false, false]);
  });
});
