import assert from 'node:assert/strict';
import type { BacktestSeries } from '../../../src/contracts/backtest.ts';
import type { AuthoredRule, RuleDefinition } from '../../../src/contracts/rules.ts';
import { judgesAlike, keyOf, limitOf, roleOf } from './limits.ts';

const common = { name: 'A rule', scope: {}, severity: 'warning', message: '' } as const;
const threshold = (conditions: object, more: object = {}): AuthoredRule => ({
  ...common,
  rule_type: 'threshold',
  conditions: { key: 'temperature', operator: '>', value: 80, ...conditions },
  ...more,
});
const rule = (type: RuleDefinition['rule_type'], conditions: object): AuthoredRule =>
  ({ ...common, rule_type: type, conditions }) as AuthoredRule;
const series = (of: BacktestSeries['of'], key: string, deviceId = 'a'): BacktestSeries => ({
  device_id: deviceId,
  key,
  of,
  unit: null,
  at_ms: [],
  min: [],
  max: [],
});

describe('the limit of a rule in a chart', () => {
  const comparison = (right: object) => rule('comparison', { left: { key: 'supply' }, operator: '>', right, offset: 20, clear_offset: 15 });

  it('is a level, or a distance from the other quantity', () => {
    assert.deepEqual(limitOf(threshold({ clear_value: 75 })), { limit: { value: 80, clear: 75 }, base: 'zero' });
    assert.deepEqual(limitOf(comparison({ key: 'return' })), { limit: { value: 20, clear: 15 }, base: 'other quantity' });
    assert.equal(limitOf(rule('schedule', { check: 'always' })), undefined);
  });

  it('has no band when it clears at the limit itself', () => {
    assert.deepEqual(limitOf(threshold({ clear_value: 80 }))?.limit, { value: 80, clear: undefined });
  });

  it('belongs to the quantity that is judged', () => {
    assert.equal(keyOf(threshold({})), 'temperature');
    assert.equal(keyOf(comparison({ key: 'return' })), 'supply');
    assert.equal(keyOf(rule('schedule', { check: 'always' })), undefined);
  });

  it('stands over the curve that is compared with it', () => {
    assert.equal(roleOf(threshold({}), series('reading', 'temperature')), 'main');
    const average = rule('statistical', { key: 'temperature' });
    assert.deepEqual(
      (['reading', 'figure', 'compared_figure'] as const).map((of) => roleOf(average, series(of, 'temperature'))),
      ['behind', 'main', 'former'],
    );
    const other = comparison({ key: 'return' });
    assert.deepEqual(
      [series('reading', 'supply'), series('reading', 'return'), series('figure', 'supply')].map((each) => roleOf(other, each)),
      ['main', 'other', 'told'],
    );
    const sameKey = comparison({ key: 'supply', device_id: 'b' });
    assert.deepEqual(
      [series('reading', 'supply', 'a'), series('reading', 'supply', 'b')].map((each) => roleOf(sameKey, each)),
      ['main', 'other'],
    );
  });
});

describe('whether two rules judge alike', () => {
  it('goes by what decides, in whatever order it is written', () => {
    assert.ok(judgesAlike(threshold({}), threshold({}, { name: 'Another', message: 'hot', severity: 'critical' })));
    assert.ok(judgesAlike(threshold({ clear_value: undefined }), threshold({})));
    assert.ok(
      judgesAlike(
        threshold({}, { scope: { device_type: 'pump', location: 'x' } }),
        threshold({}, { scope: { location: 'x', device_type: 'pump' } }),
      ),
    );
    assert.ok(!judgesAlike(threshold({}), threshold({ value: 81 })));
    assert.ok(!judgesAlike(threshold({}), threshold({}, { cooldown_seconds: 60 })));
  });
});
