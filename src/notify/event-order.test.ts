import assert from 'node:assert/strict';
import { ALERT } from '../../test/notify/deliveries.ts';
import { orderOf } from './event-order.ts';

describe('the order of what is told of an alert', () => {
  it('grows with each change of it, and says when that happened', () => {
    const at = (minute: number): string => `2026-11-21T12:0${String(minute)}:00.000000Z`;
    const life = [
      ALERT,
      { ...ALERT, status: 'acknowledged' as const },
      { ...ALERT, status: 'acknowledged' as const, occurrences: 2, last_at: at(2) },
      { ...ALERT, status: 'acknowledged' as const, occurrences: 9, last_at: at(5) },
      { ...ALERT, status: 'resolved' as const, occurrences: 9, last_at: at(5), resolved_at: at(7) },
    ];
    const told = life.map((alert) => orderOf(alert, 'queued'));
    assert.deepEqual(
      told.map(({ sequence }) => sequence),
      [1, 2, 5, 26, 27],
    );
    assert.deepEqual(
      told.map(({ event_at }) => event_at),
      [ALERT.last_at, ALERT.last_at, at(2), at(5), at(7)],
    );
  });

  it('is there for an alert of which little is known', () => {
    assert.deepEqual(orderOf({}, '2026-11-21T12:00:01.000Z'), { event_at: '2026-11-21T12:00:01.000Z', sequence: 1 });
  });
});
