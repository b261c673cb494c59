import assert from 'node:assert/strict';
import { dashboardContentSchema, widgetSchema } from './dashboards.ts';

const fieldsOf = (widget: object): string[] => {
  const { error } = widgetSchema.safeParse({ id: 'w', ...widget });
  return (error?.issues ?? []).map(({ path }) => path.join('.'));
};

describe('widgets of dashboards', () => {
  it('are bound to series or to a selector with keys, not to both', () => {
    const series = [{ device_id: 'pump-01', key: 'temperature' }];
    assert.deepEqual(fieldsOf({ type: 'value', series }), []);
    assert.deepEqual(
      fieldsOf({ type: 'value', selector: { type: 'pump', metadata: { line: 3, spare: false } }, keys: ['temperature'] }),
      [],
    );
    assert.deepEqual(fieldsOf({ type: 'status', selector: {} }), []);
    assert.deepEqual(fieldsOf({ type: 'value', series, selector: {} }), ['selector']);
    assert.deepEqual(fieldsOf({ type: 'value', keys: ['temperature'] }), ['keys']);
    assert.deepEqual(fieldsOf({ type: 'value', selector: { colour: 'red' } }), ['selector']);
    assert.deepEqual(fieldsOf({ type: 'value', selector: { metadata: { deep: {} } } }), ['selector.metadata.deep']);
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`f${String(n)}`, n]));
    assert.deepEqual(fieldsOf({ type: 'value', selector: { metadata: many } }), ['selector.metadata']);
  });

  it('have options that are checked where they are known, and kept where they are not', () => {
    const cases: [string, object, string[]][] = [
      ['value', { decimals: 1, whatever: { a: [null] } }, []],
      ['value', { decimals: 1.5 }, ['options.decimals']],
      ['value', { stale_seconds: 0 }, ['options.stale_seconds']],
      ['gauge', { min: 0, max: 100 }, []],
      ['gauge', { min: 100, max: 100 }, ['options.max']],
      ['gauge', { lower_limit: 9, upper_limit: 1 }, ['options.upper_limit']],
      ['gauge', { min: null, max: 'much' }, ['options.max']],
      ['chart', { kind: 'bar', aggregation: 'max', period_seconds: 3_600, compare: 'week', show_limits: true }, []],
      ['chart', { kind: 'pie', period_seconds: 1 }, ['options.kind', 'options.period_seconds']],
      ['chart', { compare: 'year' }, ['options.compare']],
      ['alerts', { severities: ['critical'], unacknowledged_only: true, limit: 5 }, []],
      ['alerts', { severities: ['bad'] }, ['options.severities.0']],
      ['status', { problems_only: 'yes' }, ['options.problems_only']],
      ['text', { text: 7 }, ['options.text']],
      ['map', { anything: 1 }, []],
      ['table', { decimals: 11 }, ['options.decimals']],
    ];
    for (const [type, options, fields] of cases)
      assert.deepEqual(fieldsOf({ type, options }), fields, `${type} ${JSON.stringify(options)}`);
  });

  it('name the field by its place in the dashboard', () => {
    const { error } = dashboardContentSchema.safeParse({ name: 'x', widgets: [{ id: 'a', type: 'chart', options: { kind: 'pie' } }] });
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join('.')),
      ['widgets.0.options.kind'],
    );
  });

  it('that were kept before selectors existed stay as they are', () => {
    const old = { id: 'w', type: 'value', title: '', series: [], options: {} };
    assert.deepEqual(widgetSchema.parse(old), old);
  });
});
