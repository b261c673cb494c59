import type { BacktestDifference } from '../contracts/backtest.ts';

/** An alert of one device as a stretch of time, epoch microseconds; Infinity while it lasts. */
export interface Stretch {
  raisedUs: number;
  clearedUs: number;
}

/**
 * How the alerts of one rule differ from those of another, device by device. Two alerts are the same one when they overlap; each is
 * matched once, in the order of time.
 */
export class AlertDifference {
  private added = 0;
  private removed = 0;
  private endsDiffer = false;
  /** By how much the tried rule raised earlier, for each alert that both raised. */
  private readonly earlierUs: number[] = [];

  /** Takes the alerts of one device, in the order of time: of the rule that is tried, and of the one that it is compared with. */
  device(run: readonly Stretch[], compared: readonly Stretch[]): void {
    let mine = 0;
    let other = 0;
    for (;;) {
      const [a, b] = [run[mine], compared[other]];
      if (a === undefined || b === undefined) break;
      if (a.clearedUs < b.raisedUs) {
        this.added += 1;
        mine += 1;
      } else if (b.clearedUs < a.raisedUs) {
        this.removed += 1;
        other += 1;
      } else {
        this.match(a, b);
        mine += 1;
        other += 1;
      }
    }
    this.added += run.length - mine;
    this.removed += compared.length - other;
  }

  /** What came of all devices so far. */
  result(): BacktestDifference {
    const { added, removed } = this;
    const earlierSeconds = Math.round(median(this.earlierUs) / 1_000) / 1_000;
    return { added, removed, earlier_seconds: earlierSeconds, text: this.textOf(earlierSeconds) };
  }

  private match(a: Stretch, b: Stretch): void {
    this.earlierUs.push(b.raisedUs - a.raisedUs);
    if (a.clearedUs !== b.clearedUs) this.endsDiffer = true;
  }

  private textOf(earlierSeconds: number): string {
    const { added, removed } = this;
    const shift = earlierSeconds === 0 ? '' : `${timeText(Math.abs(earlierSeconds))} ${earlierSeconds > 0 ? 'earlier' : 'later'}`;
    const counts = [...(added === 0 ? [] : [`+${String(added)}`]), ...(removed === 0 ? [] : [`-${String(removed)}`])];
    if (counts.length > 0) {
      const [first = '', ...others] = counts;
      const noun = Math.abs(Number(first)) === 1 ? 'alert' : 'alerts';
      return [`${first} ${noun}`, ...others, ...(shift === '' ? [] : [shift])].join(', ');
    }
    if (this.earlierUs.length === 0) return 'no alerts with either';
    if (shift !== '') return `the same alerts, ${shift}`;
    if (this.earlierUs.some((us) => us !== 0)) return 'the same alerts, some raised at other times';
    return this.endsDiffer ? 'the same alerts, some cleared at other times' : 'no difference';
  }
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** A time as people say it, in its largest unit: "0.4 s", "12 s", "6 min", "3 h", "2 d". */
export function timeText(seconds: number): string {
  const units: [limit: number, by: number, name: string][] = [
    [60, 1, 's'],
    [3_600, 60, 'min'],
    [172_800, 3_600, 'h'],
    [Infinity, 86_400, 'd'],
  ];
  // The rounded number decides: 59.7 s are a minute.
  for (const [limit, by, name] of units) {
    const rounded = seconds < 9.95 ? Math.max(0.1, Math.round(seconds * 10) / 10) : Math.round(seconds / by);
    if (rounded * by < limit) return `${String(rounded)} ${name}`;
  }
  return `${String(seconds)} s`;
}
