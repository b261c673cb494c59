import assert from 'node:assert/strict';
import type { Alert } from '../contracts/alerts.ts';
import type { RuleTransition, Severity } from '../contracts/rules.ts';
import { AppError } from '../core/errors.ts';
import { acknowledge, applyTransition, resolve } from './life-cycle.ts';
import type { LiveKind } from './life-cycle.ts';

/** What happens to the alert of one rule and device: a transition of the rule, or what a person does. */
interface Row {
  at: number;
  event: LiveKind | 'acknowledge' | 'resolve';
  count?: number;
  by?: string;
  severity?: Severity;
  expect: string;
}

const iso = (seconds: number): string => new Date(1_761_582_600_000 + seconds * 1_000).toISOString();

function transition({ at, event, count = 1, severity = 'warning' }: Row): RuleTransition & { kind: LiveKind } {
  return {
    id: '',
    tenant_id: 'default',
    kind: event as LiveKind,
    rule_id: 'rule',
    rule_version: 3,
    rule_name: 'High temperature',
    device_id: 'pump-01',
    key: 'temperature',
    severity,
    message: 'hot',
    value: at,
    threshold: 50,
    unit: 'C',
    occurrences: count,
    at: iso(at),
    since: iso(at),
    known_at: iso(at + 1),
  };
}

function run(rows: readonly Row[]): Alert | undefined {
  let current: Alert | undefined;
  let ids = 0;
  for (const row of rows) {
    const said = step(row);
    assert.equal(said, row.expect, JSON.stringify(row));
  }
  return current;

  function step(row: Row): string {
    const open = current?.status === 'resolved' ? undefined : current;
    try {
      if (row.event === 'acknowledge' || row.event === 'resolve') {
        const act = row.event === 'acknowledge' ? acknowledge : resolve;
        current = act(current ?? assert.fail('no alert'), row.by ?? 'ana', iso(row.at));
        return `${current.status} x${current.occurrences}`;
      }
      const outcome = applyTransition(open, transition(row), `alert-${(ids += 1)}`);
      current = outcome.alert ?? current;
      if (outcome.kind === 'none') return 'none';
      const rise = outcome.kind === 'repeated' && outcome.roseFrom !== undefined ? ` from ${outcome.roseFrom}` : '';
      return `${outcome.kind} ${outcome.alert.status} x${outcome.alert.occurrences}${rise}`;
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
  }
}

describe('life of an alert', () => {
  it('is opened, counted, acknowledged and cleared', () => {
    const alert = run([
      { at: 1, event: 'raised', expect: 'raised active x1' },
      { at: 11, event: 'repeated', count: 9, expect: 'repeated active x10' },
      { at: 12, event: 'acknowledge', expect: 'acknowledged x10' },
      { at: 22, event: 'repeated', count: 5, expect: 'repeated acknowledged x15' },
      { at: 30, event: 'cleared', count: 2, expect: 'cleared resolved x17' },
    ]);
    assert.deepEqual(
      [
        alert?.raised_at,
        alert?.known_at,
        alert?.value,
        alert?.last_value,
        alert?.last_at,
        alert?.acknowledged_by,
        alert?.resolved_by,
        alert?.resolved_at,
      ],
      [iso(1), iso(2), 1, 30, iso(30), 'ana', 'condition cleared', iso(30)],
    );
  });

  it('grows worse in place, and never milder by itself', () => {
    const alert = run([
      { at: 1, event: 'raised', expect: 'raised active x1' },
      { at: 2, event: 'repeated', severity: 'info', expect: 'repeated active x2' },
      { at: 3, event: 'repeated', severity: 'critical', expect: 'repeated active x3 from warning' },
      { at: 4, event: 'repeated', severity: 'critical', expect: 'repeated active x4' },
      { at: 5, event: 'acknowledge', expect: 'acknowledged x4' },
      { at: 6, event: 'raised', severity: 'warning', expect: 'repeated acknowledged x5' },
      { at: 7, event: 'cleared', severity: 'info', expect: 'cleared resolved x6' },
    ]);
    assert.equal(alert?.severity, 'critical');
  });

  it('is not made worse by its end', () => {
    const alert = run([
      { at: 1, event: 'raised', expect: 'raised active x1' },
      { at: 2, event: 'cleared', severity: 'critical', expect: 'cleared resolved x2' },
    ]);
    assert.equal(alert?.severity, 'warning');
  });

  it('counts a second raise as a repeat', () => {
    run([
      { at: 1, event: 'raised', expect: 'raised active x1' },
      { at: 2, event: 'raised', expect: 'repeated active x2' },
    ]);
  });

  it('stays resolved when a person resolved it, until the rule raises anew', () => {
    run([
      { at: 1, event: 'raised', expect: 'raised active x1' },
      { at: 2, event: 'resolve', expect: 'resolved x1' },
      { at: 12, event: 'repeated', expect: 'none' },
      { at: 20, event: 'cleared', expect: 'none' },
      { at: 30, event: 'raised', expect: 'raised active x1' },
    ]);
  });

  it('may be resolved without being acknowledged, but neither twice', () => {
    run([
      { at: 1, event: 'raised', expect: 'raised active x1' },
      { at: 2, event: 'acknowledge', expect: 'acknowledged x1' },
      { at: 3, event: 'acknowledge', expect: 'acknowledged x1' },
      { at: 3, event: 'acknowledge', by: 'ben', expect: 'CONFLICT' },
      { at: 4, event: 'resolve', expect: 'resolved x1' },
      { at: 5, event: 'resolve', expect: 'CONFLICT' },
      { at: 6, event: 'acknowledge', expect: 'CONFLICT' },
    ]);
  });

  it('says in a conflict what the status is and whose doing', () => {
    const alert = resolve(
      applyTransition(undefined, transition({ at: 1, event: 'raised', expect: '' }), 'a-1').alert ?? assert.fail(),
      'ana',
      iso(2),
    );
    assert.throws(
      () => acknowledge(alert, 'ben', iso(3)),
      (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.match(error.message, /a-1.*"resolved".*ana/);
        assert.deepEqual(error.details, { id: 'a-1', alert_status: 'resolved', by: 'ana' });
        return true;
      },
    );
  });

  it('never ends before it began', () => {
    const alert = run([
      { at: 60, event: 'raised', expect: 'raised active x1' },
      { at: 59, event: 'cleared', count: 0, expect: 'cleared resolved x1' },
    ]);
    assert.deepEqual([alert?.resolved_at, alert?.last_at], [iso(60), iso(59)]);
  });
});
