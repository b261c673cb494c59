import { ALERT_STATUSES } from '../contracts/alerts.ts';

/**
 * By what a receiver puts messages of one alert in order: tries of one message may come after another message. `sequence` grows with each change that is told of
 * an alert (from 1 on, with gaps), and is compared within one alert alone; `event_at` is when it happened, not when it was sent.
 */
export interface EventOrder {
  event_at: string;
  sequence: number;
}

/** What of an alert says where it stands; anything else in it does not matter. */
interface Ordered {
  readonly [field: string]: unknown;
  status?: unknown;
  occurrences?: unknown;
  last_at?: unknown;
  resolved_at?: unknown;
}

/** The count of occurrences never shrinks, and within one count an alert goes from active by acknowledged to resolved. `queuedAt` stands in for a missing time. */
export function orderOf({ status, occurrences, last_at: lastAt, resolved_at: resolvedAt }: Ordered, queuedAt: string): EventOrder {
  const count = typeof occurrences === 'number' && occurrences >= 1 ? occurrences : 1;
  const stage = Math.max(
    0,
    ALERT_STATUSES.findIndex((each) => each === status),
  );
  const at = status === 'resolved' ? resolvedAt : lastAt;
  return { event_at: typeof at === 'string' ? at : queuedAt, sequence: (count - 1) * ALERT_STATUSES.length + stage + 1 };
}
