import assert from 'node:assert/strict';
import { hoursText, instantText, scopeStep, scopeText, secondsText, valueText } from './words.ts';

describe('the words of explanations', () => {
  it('say times in at most two units', () => {
    for (const [seconds, text] of [
      [0, '0 s'],
      [0.25, '0.25 s'],
      [59, '59 s'],
      [60, '1 min'],
      [90, '1 min 30 s'],
      [3_600, '1 h'],
      [3_661, '1 h 1 min'],
      [86_400 * 3 + 60, '3 d 1 min'],
      [-5, '5 s'],
    ] as const) {
      assert.equal(secondsText(seconds), text);
    }
    assert.equal(instantText(1_761_582_600_000_000), '2025-10-27T16:30:00Z');
    assert.equal(instantText(1_761_582_600_250_000), '2025-10-27T16:30:00.250Z');
  });

  it('say values as people read them', () => {
    assert.equal(valueText(80.19729025, '°C'), '80.1973 °C');
    assert.equal(valueText(0.1 + 0.2), '0.3');
    assert.equal(valueText(true, null), 'true');
    assert.equal(valueText(null), 'nothing');
    assert.equal(valueText('x'.repeat(100)).length, 62);
  });

  it('say that no device is judged against itself', () => {
    const rule = {
      ...{ name: 'r', scope: {}, severity: 'info' as const, message: '', rule_type: 'comparison' as const },
      conditions: { left: { key: 'a' }, operator: '>=' as const, right: { key: 'a', device_id: 'p2' } },
    };
    const outcomes = ['p1', 'p2'].map((id) => scopeStep(rule, { id, type: '', location: '' }));
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['passed', 'stopped'],
    );
    assert.equal(outcomes[1]?.text, 'The rule compares other devices with "p2", and judges no device against itself.');
  });

  it('say whom a rule is for, and when', () => {
    assert.equal(scopeText({}), 'all devices');
    assert.equal(scopeText({ device_id: 'a' }), 'the device "a"');
    assert.equal(scopeText({ device_type: 'pump', location: 'Hall A' }), 'devices of the type "pump" at the location "Hall A"');
    assert.equal(hoursText({ timezone: 'UTC' }), 'every day, all day (UTC)');
    assert.equal(hoursText({ timezone: 'UTC', days: ['mon', 'tue'], from: '06:00' }), 'mon, tue, 06:00 to 24:00 (UTC)');
  });
});
