import type { BacktestAlert } from '../../../src/contracts/backtest.ts';

/** An alert as a stretch of time, epoch milliseconds. */
export interface AlertSpan {
  /** Since when the condition held; before `raisedMs` when the rule has a duration. */
  sinceMs: number;
  raisedMs: number;
  /** The end of the period for an alert that had not ended by then. */
  clearedMs: number;
  isOver: boolean;
}

/** The alerts of one device as stretches of time. */
export function spansOf(alerts: readonly BacktestAlert[], deviceId: string | undefined, endMs: number): AlertSpan[] {
  return alerts
    .filter((alert) => alert.device_id === deviceId)
    .map((alert) => ({
      sinceMs: Date.parse(alert.since),
      raisedMs: Date.parse(alert.raised_at),
      clearedMs: alert.cleared_at === null ? endMs : Date.parse(alert.cleared_at),
      isOver: alert.cleared_at !== null,
    }));
}

/** What was at an instant: an alert, or a condition that held and was not an alert yet; undefined when neither. */
export function stateAt(spans: readonly AlertSpan[], timeMs: number): { state: 'alert' | 'holding'; span: AlertSpan } | undefined {
  const alert = spans.find(({ raisedMs, clearedMs }) => raisedMs <= timeMs && timeMs <= clearedMs);
  if (alert !== undefined) return { state: 'alert', span: alert };
  const holding = spans.find(({ sinceMs, raisedMs }) => sinceMs <= timeMs && timeMs < raisedMs);
  return holding === undefined ? undefined : { state: 'holding', span: holding };
}
