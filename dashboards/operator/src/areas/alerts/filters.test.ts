import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Alert } from '../../../../../src/contracts/alerts.ts';
import { filtersFrom, isLimited, matches, NO_FILTERS, periodOf, queryOf } from './filters.ts';

const RULE = '0190f0c2-0000-7000-8000-000000000002';
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const alert = {
  severity: 'warning',
  status: 'active',
  device_id: 'pump-01',
  rule_id: RULE,
  rule_name: 'Too hot',
  key: 'temperature',
  message: 'Bearing at 91 °C',
  known_at: '2026-11-21T11:30:00.000Z',
} as Alert;

describe('filters of alerts', () => {
  it('are the same after a way through the address', () => {
    const filters = { ...NO_FILTERS, view: 'past', severity: 'critical', device: 'a&b=c', rule: RULE, period: '7d', text: '<b>%' } as const;
    assert.deepEqual(filtersFrom(Object.fromEntries(new URLSearchParams(queryOf(filters)))), filters);
    assert.deepEqual(queryOf(NO_FILTERS), {});
    assert.deepEqual([isLimited(filters), isLimited({ ...NO_FILTERS, view: 'past' })], [true, false]);
  });

  it('take nothing from an address that makes no sense', () => {
    const junk = { status: 'x', severity: ['worst', 'x'], rule: 'no uuid', period: 'toString', from: 'soon', to: null, q: undefined };
    assert.deepEqual(filtersFrom(junk), NO_FILTERS);
    assert.equal(filtersFrom({ q: 'x'.repeat(5_000) }).text.length, 200);
    assert.equal(filtersFrom({ from: '2026-11-21T12:00:00+01:00' }).from, '2026-11-21T11:00:00.000Z');
  });

  it('tell which open alerts are meant', () => {
    const is = (more: Partial<typeof NO_FILTERS>) => {
      const filters = { ...NO_FILTERS, ...more };
      return matches(alert, filters, periodOf(filters, NOW_MS));
    };
    assert.ok(is({}) && is({ view: 'active' }) && is({ view: 'all' }) && is({ severity: 'warning', device: 'pump-01', rule: RULE }));
    assert.ok(is({ text: 'BEARING' }) && is({ text: 'too h' }) && is({ text: 'pump' }) && is({ text: 'temp' }));
    assert.ok(is({ period: '1h' }) && is({ from: '2026-11-21T11:30:00.000Z', to: '2026-11-21T11:30:00.001Z' }));
    for (const no of [{ view: 'past' }, { view: 'acknowledged' }, { severity: 'info' }, { device: 'pump' }, { text: '%' }] as const) {
      assert.equal(is(no), false, JSON.stringify(no));
    }
    assert.equal(is({ to: '2026-11-21T11:30:00.000Z' }), false, 'the end is excluded');
    assert.equal(is({ from: '2026-11-21T11:30:00.001Z' }), false);
  });
});
