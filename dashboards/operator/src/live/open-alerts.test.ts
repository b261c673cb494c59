import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import { countBySeverity, fromSnapshot, inOrderOfUrgency, withAlert, worstSeverity } from './open-alerts.ts';

function alert(id: string, fields: Partial<Alert> = {}): Alert {
  return {
    id,
    rule_id: 'rule',
    rule_version: 1,
    rule_name: 'High temperature',
    device_id: 'pump-01',
    key: 'temperature',
    severity: 'warning',
    status: 'active',
    message: 'too hot',
    value: 81,
    threshold: 80,
    unit: 'C',
    occurrences: 1,
    raised_at: '2026-01-31T06:30:00.000000Z',
    known_at: '2026-01-31T06:30:00.000000Z',
    last_value: 81,
    last_at: '2026-01-31T06:30:00.000000Z',
    acknowledged_by: null,
    acknowledged_at: null,
    resolved_by: null,
    resolved_at: null,
    ...fields,
  };
}

describe('open alerts', () => {
  it('an update that was overtaken does not take an alert back', () => {
    const acknowledged = withAlert(new Map(), alert('a', { status: 'acknowledged', occurrences: 3 }));
    assert.equal(withAlert(acknowledged, alert('a', { status: 'active', occurrences: 9 })).get('a')?.status, 'acknowledged');
    assert.equal(withAlert(acknowledged, alert('a', { status: 'acknowledged', occurrences: 2 })).get('a')?.occurrences, 3);
    assert.equal(withAlert(acknowledged, alert('a', { status: 'acknowledged', occurrences: 4 })).get('a')?.occurrences, 4);
  });

  it('a resolved alert goes', () => {
    const open = withAlert(new Map(), alert('a'));
    assert.equal(withAlert(open, alert('a', { status: 'resolved' })).size, 0);
    assert.equal(open.size, 1, 'the input is not changed');
  });

  it('a list is corrected by what happened while it was loading', () => {
    const listed = [alert('resolved-meanwhile'), alert('acknowledged-meanwhile'), alert('quiet')];
    const meanwhile = [
      alert('resolved-meanwhile', { status: 'resolved' }),
      alert('acknowledged-meanwhile', { status: 'acknowledged' }),
      alert('raised-meanwhile'),
    ];
    const open = fromSnapshot(listed, meanwhile);
    assert.deepEqual([...open.keys()].sort(), ['acknowledged-meanwhile', 'quiet', 'raised-meanwhile']);
    assert.equal(open.get('acknowledged-meanwhile')?.status, 'acknowledged');
  });

  it('what a fresh list does not name was resolved while nobody looked', () => {
    assert.equal(fromSnapshot([], []).size, 0);
  });

  it('unacknowledged before acknowledged, then severity, then the newest', () => {
    const sorted = inOrderOfUrgency([
      alert('seen-critical', { status: 'acknowledged', severity: 'critical' }),
      alert('info', { severity: 'info' }),
      alert('old-warning', { raised_at: '2026-01-31T06:00:00.000000Z' }),
      alert('new-warning', { raised_at: '2026-01-31T07:00:00.000000Z' }),
      alert('critical', { severity: 'critical', raised_at: '2026-01-31T01:00:00.000000Z' }),
    ]);
    assert.deepEqual(
      sorted.map((one) => one.id),
      ['critical', 'new-warning', 'old-warning', 'info', 'seen-critical'],
    );
  });

  it('counts by severity and knows the worst', () => {
    const alerts = [alert('a'), alert('b', { severity: 'critical' }), alert('c')];
    assert.deepEqual(countBySeverity(alerts), { info: 0, warning: 2, critical: 1 });
    assert.equal(worstSeverity(alerts), 'critical');
    assert.equal(worstSeverity([]), undefined);
  });
});
