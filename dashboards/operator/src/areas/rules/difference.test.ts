import assert from 'node:assert/strict';
import { differencesOf, placeOf } from './difference.ts';

describe('the difference of two wordings of a rule', () => {
  it('tells each field that differs, what was added and what was taken away', () => {
    const before = { name: 'Hot', severity: 'info', conditions: { key: 't', value: 80, clear_value: 75 }, actions: [] };
    const after = {
      severity: 'info',
      conditions: { value: 85, key: 't' },
      name: 'Hotter',
      actions: [{ type: 'email', recipients: ['a@example.com', 'b@example.com'] }],
      active: { timezone: 'UTC', days: ['mon', 'tue'] },
    };
    assert.deepEqual(differencesOf(before, after), [
      { path: 'name', before: 'Hot', after: 'Hotter' },
      { path: 'conditions.value', before: '80', after: '85' },
      { path: 'conditions.clear_value', before: '75', after: undefined },
      { path: 'actions.0.type', before: undefined, after: 'email' },
      { path: 'actions.0.recipients', before: undefined, after: 'a@example.com, b@example.com' },
      { path: 'active.timezone', before: undefined, after: 'UTC' },
      { path: 'active.days', before: undefined, after: 'mon, tue' },
    ]);
  });

  it('takes what is left out for its default, and blank for nothing', () => {
    const spelled = { name: 'x', message: '', cooldown_seconds: 0, min_quality: 0, lateness_seconds: 60, active: null, scope: {} };
    assert.deepEqual(differencesOf(spelled, { name: 'x' }), []);
    assert.deepEqual(differencesOf({ lateness_seconds: 0 }, {}), [{ path: 'lateness_seconds', before: '0', after: undefined }]);
  });

  it('finds the label of a place in a list', () => {
    assert.deepEqual(placeOf('actions.1.header.name'), { label: 'actions.header.name', number: 2 });
    assert.deepEqual(placeOf('conditions.value'), { label: 'conditions.value', number: undefined });
  });
});
