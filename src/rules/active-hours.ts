import { WEEKDAYS } from '../contracts/rule-terms.ts';
import type { ActiveHours, Weekday } from '../contracts/rules.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** More changes between open and closed than a week and two changes of the clocks can have. */
const MOST_SEGMENTS = 64;

/** A stretch of time that is wholly inside or wholly outside the hours, epoch milliseconds. */
interface Segment {
  fromMs: number;
  untilMs: number;
  open: boolean;
}

/**
 * The hours of a rule, by the clock on the wall of its time zone: an instant is inside when the wall there shows a time from `from` on
 * and before `to`, on one of the days. Hours that end at or before their start go over midnight and belong to the day on which they
 * start. So an hour that the clocks skip is skipped, and one that they repeat counts both times.
 */
export class OpenHours {
  private readonly days: ReadonlySet<Weekday>;
  private readonly fromMs: number;
  private readonly toMs: number;
  private readonly wallClock: Intl.DateTimeFormat;
  /** Readings come close together: most are in the same stretch as the one before. */
  private last: Segment = { fromMs: 0, untilMs: 0, open: false };
  /** The stretch outside, of one segment or more, that was found last. */
  private closed = { fromMs: 0, untilMs: 0 };

  constructor({ timezone, days = [...WEEKDAYS], from = '00:00', to = '24:00' }: ActiveHours) {
    this.days = new Set(days);
    this.fromMs = msOfDay(from);
    this.toMs = msOfDay(to);
    const number = 'numeric' as const;
    const parts = { year: number, month: number, day: number, hour: number, minute: number, second: number };
    this.wallClock = new Intl.DateTimeFormat('en-US', { timeZone: timezone, calendar: 'gregory', hourCycle: 'h23', ...parts });
  }

  /** The first instant from `timeUs` on that is inside, epoch microseconds; `timeUs` itself when it is. */
  opensAtUs(timeUs: number): number {
    const ms = Math.floor(timeUs / 1_000);
    if (ms >= this.closed.fromMs && ms < this.closed.untilMs) return this.closed.untilMs * 1_000;
    let segment = this.segmentAt(ms);
    if (segment.open) return timeUs;
    for (let i = 0; i < MOST_SEGMENTS && !segment.open; i += 1) segment = this.segmentAt(segment.untilMs);
    this.closed = { fromMs: ms, untilMs: segment.fromMs };
    return segment.fromMs * 1_000;
  }

  private segmentAt(ms: number): Segment {
    const { last } = this;
    if (ms >= last.fromMs && ms < last.untilMs) return last;
    const offsetMs = this.offsetMsAt(ms);
    const wallMs = ms + offsetMs;
    const sinceMidnightMs = modulo(wallMs, DAY_MS);
    const boundaries = [this.fromMs, this.toMs, DAY_MS].filter((boundary) => boundary > sinceMidnightMs);
    const untilMs = ms + Math.min(...boundaries) - sinceMidnightMs;
    this.last = { fromMs: ms, untilMs: this.withOneOffset(ms, untilMs, offsetMs), open: this.isOpen(wallMs, sinceMidnightMs) };
    return this.last;
  }

  private isOpen(wallMs: number, sinceMidnightMs: number): boolean {
    const today = Math.floor(wallMs / DAY_MS);
    if (this.toMs > this.fromMs) return this.isDay(today) && sinceMidnightMs >= this.fromMs && sinceMidnightMs < this.toMs;
    return (sinceMidnightMs >= this.fromMs && this.isDay(today)) || (sinceMidnightMs < this.toMs && this.isDay(today - 1));
  }

  /** Day 0 of the epoch was a Thursday. */
  private isDay(day: number): boolean {
    const name = WEEKDAYS[modulo(day + 3, 7)];
    return name !== undefined && this.days.has(name);
  }

  /** `untilMs`, or the instant before it at which the clocks are changed; to the minute, as all zones do. */
  private withOneOffset(fromMs: number, untilMs: number, offsetMs: number): number {
    if (this.offsetMsAt(untilMs - 1) === offsetMs) return untilMs;
    let before = Math.floor(fromMs / MINUTE_MS);
    let after = Math.ceil(untilMs / MINUTE_MS);
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.offsetMsAt(middle * MINUTE_MS) === offsetMs) before = middle;
      else after = middle;
    }
    return after * MINUTE_MS;
  }

  /** How far the wall clock is ahead of UTC. */
  private offsetMsAt(ms: number): number {
    const field: Record<string, number> = {};
    for (const { type, value } of this.wallClock.formatToParts(ms)) field[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
  }
}

function msOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE_MS;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
