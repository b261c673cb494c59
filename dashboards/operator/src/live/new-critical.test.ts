import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import { NewCritical } from './new-critical.ts';
import type { Alerts } from './open-alerts.ts';

function of(...alerts: [id: string, severity: Alert['severity'], status?: Alert['status']][]): Alerts {
  return new Map(alerts.map(([id, severity, status = 'active']) => [id, { id, severity, status } as Alert]));
}

const idsOf = (alerts: readonly Alert[]) => alerts.map(({ id }) => id);

describe('critical alerts a person is woken for', () => {
  it('are those that were not there at the start, each once', () => {
    const critical = new NewCritical();
    critical.adopt(of(['old', 'critical']));
    assert.deepEqual(idsOf(critical.take(of(['old', 'critical'], ['new', 'critical'], ['mild', 'warning']))), ['new']);
    assert.deepEqual(critical.take(of(['old', 'critical'], ['new', 'critical'])), []);
    assert.deepEqual(critical.take(of(['old', 'critical'])), []);
    assert.deepEqual(critical.take(of(['new', 'critical'])), [], 'not again when it was gone from a list for a moment');
  });

  it('include one that grew critical, and none that somebody has seen', () => {
    const critical = new NewCritical();
    critical.adopt(of(['a', 'warning'], ['b', 'info']));
    assert.deepEqual(idsOf(critical.take(of(['a', 'critical'], ['b', 'info'], ['c', 'critical', 'acknowledged']))), ['a']);
  });

  it('begin anew for the next person', () => {
    const critical = new NewCritical();
    critical.take(of(['a', 'critical']));
    critical.clear();
    assert.deepEqual(idsOf(critical.take(of(['a', 'critical']))), ['a']);
  });
});
