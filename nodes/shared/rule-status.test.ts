import assert from 'node:assert/strict';
import { statusWithValue } from './rule-status.ts';
import { fits } from './status.ts';

describe('what stands under a rule node', () => {
  const nowMs = new Date(2026, 4, 12, 18, 30).getTime();
  const todayMs = new Date(2026, 4, 12, 14, 2).getTime();
  const earlierMs = new Date(2026, 3, 30, 14, 2).getTime();
  const ok = { activeDevices: 0, activeSinceMs: null, lastValue: 74, lastDeviceId: 'pump-01' };
  const alert = { activeDevices: 1, activeSinceMs: todayMs, lastValue: 82.1, lastDeviceId: 'pump-01' };
  const textOf = (summary: typeof ok | typeof alert, rule = { deviceId: 'pump-01', unit: '°C' }) =>
    statusWithValue(rule, { nowMs: () => nowMs })(summary).text;

  it('is the value while all is well', () => {
    assert.equal(textOf(ok), 'ok 74 °C');
    assert.equal(textOf({ ...ok, lastValue: null } as never), 'no value yet');
  });

  it('is value, state and since when for one device; the date when that is not today', () => {
    assert.equal(textOf(alert, { deviceId: 'pump-01', unit: '' }), 'alert 82.1 · 14:02');
    assert.equal(textOf(alert), 'alert 82.1 °C 14:02');
    assert.equal(textOf({ ...alert, lastValue: 82 }), 'alert 82 °C · 14:02');
    assert.equal(textOf({ ...alert, activeSinceMs: earlierMs }, { deviceId: 'pump-01', unit: '' }), 'alert 82.1 · 30 Apr');
  });

  it('is how many for many devices, since the oldest', () => {
    const all = { deviceId: '', unit: '°C' };
    assert.equal(textOf({ ...alert, activeDevices: 3 }, all), '3 in alert · 14:02');
    assert.equal(textOf({ ...alert, activeDevices: 1_234, activeSinceMs: earlierMs }, all), '1234 in alert');
  });

  it('always fits, and leaves out what is least missed', () => {
    const texts = [
      textOf({ ...alert, lastValue: -1_234.5 }),
      textOf({ ...alert, lastValue: 0.000_001_234_5 }, { deviceId: 'pump-01', unit: 'µmol/mol' }),
    ];
    assert.deepEqual(texts, ['alert -1234.5 14:02', 'alert 14:02']);
    assert.ok(texts.every((text) => fits(text ?? '')));
  });
});
