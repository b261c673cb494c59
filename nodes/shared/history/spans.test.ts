import assert from 'node:assert/strict';
import { spansOf, stateAt } from './spans.ts';

describe('alerts as stretches of time', () => {
  const alert = { device_id: 'a', since: '2026-05-12T10:00:00Z', raised_at: '2026-05-12T10:05:00Z', value: 81, occurrences: 3 };
  const ms = (time: string) => Date.parse(`2026-05-12T${time}Z`);
  const spans = spansOf(
    [
      { ...alert, cleared_at: '2026-05-12T10:20:00Z' },
      { ...alert, device_id: 'b', cleared_at: null },
      { ...alert, since: '2026-05-12T11:00:00Z', raised_at: '2026-05-12T11:00:00Z', cleared_at: null },
    ],
    'a',
    ms('12:00:00'),
  );

  it('are those of one device, the last one up to the end of the period', () => {
    assert.deepEqual(
      spans.map(({ clearedMs, isOver }) => ({ clearedMs, isOver })),
      [
        { clearedMs: ms('10:20:00'), isOver: true },
        { clearedMs: ms('12:00:00'), isOver: false },
      ],
    );
  });

  it('tell an alert from one in the making', () => {
    assert.deepEqual(
      ['09:59:00', '10:01:00', '10:05:00', '10:20:00', '10:30:00', '11:30:00'].map((time) => stateAt(spans, ms(time))?.state),
      [undefined, 'holding', 'alert', 'alert', undefined, 'alert'],
    );
  });
});
