/** How much is kept, and how fast a lane may go. */
export interface LaneLimits {
  /** The least distance between two beginnings in one lane, milliseconds. */
  intervalMs: number;
  /** What may wait in one lane. */
  perLane: number;
  /** What may wait in all lanes together. */
  inAll: number;
}

interface Lane<Item> {
  waiting: Item[];
  busy: boolean;
  /** Rests until then, epoch milliseconds. */
  restsUntilMs: number;
  /** Until when what was put off fills it, epoch milliseconds. */
  reservedUntilMs: number;
  /** How long the last one took, milliseconds. */
  lastMs: number;
}

/** Nothing is put off for longer at once: the lane may be faster by then. */
const LONGEST_PUT_OFF_MS = 300_000;
const SHORTEST_PUT_OFF_MS = 500;

/**
 * Lanes in which one follows the other: what waits for a lane that is busy or resting takes no place from others. What a lane cannot keep is put
 * off until about the time at which it will be its turn. Knows no clock: instants are given, in epoch milliseconds.
 */
export class Lanes<Item> {
  private readonly limits: LaneLimits;
  private readonly lanes = new Map<string, Lane<Item>>();
  /** Lanes in whose turn something can begin, the longest waiting first. */
  private readonly ready = new Set<string>();
  /** Lanes that rest although something waits in them. */
  private readonly resting = new Set<string>();
  private held = 0;
  private alone = 0;

  constructor(limits: LaneLimits) {
    this.limits = limits;
  }

  /** How many could begin now, as of the last `next`. */
  get readyCount(): number {
    return this.ready.size;
  }

  /** Keeps an item for its lane (undefined: for none) and answers undefined, or for how long to put it off. */
  offer(item: Item, name: string | undefined, nowMs: number): number | undefined {
    const key = name ?? `\0${String((this.alone += 1))}`;
    const lane = this.lanes.get(key) ?? { waiting: [], busy: false, restsUntilMs: 0, reservedUntilMs: 0, lastMs: 0 };
    const isFree = !lane.busy && lane.restsUntilMs <= nowMs && lane.waiting.length === 0;
    if (!isFree && (lane.waiting.length >= this.limits.perLane || this.held >= this.limits.inAll)) return this.putOff(lane, nowMs);
    lane.waiting.push(item);
    this.held += 1;
    this.lanes.set(key, lane);
    this.admit(key, lane, nowMs);
    return undefined;
  }

  /** Takes what may begin now, with its lane, which is busy until `done`. */
  next(nowMs: number): { item: Item; lane: string } | undefined {
    for (const key of this.resting) {
      const lane = this.lanes.get(key);
      if (lane !== undefined) this.admit(key, lane, nowMs);
    }
    for (const key of this.ready) {
      this.ready.delete(key);
      const lane = this.lanes.get(key);
      const item = lane?.waiting.shift();
      if (lane === undefined || item === undefined) continue;
      this.held -= 1;
      lane.busy = true;
      lane.restsUntilMs = nowMs + this.limits.intervalMs;
      return { item, lane: key };
    }
    return undefined;
  }

  /** Frees a lane; `tookMs` is how long it was busy. */
  done(key: string, nowMs: number, tookMs: number): void {
    const lane = this.lanes.get(key);
    if (lane === undefined) return;
    lane.busy = false;
    lane.lastMs = tookMs;
    this.admit(key, lane, nowMs);
    this.forget(key, lane, nowMs);
  }

  /** When the next resting lane goes on that something waits for, epoch milliseconds; undefined: nothing rests. Forgets lanes that are done. */
  wakeAtMs(nowMs: number): number | undefined {
    for (const [key, lane] of this.lanes) this.forget(key, lane, nowMs);
    let earliest: number | undefined;
    for (const key of this.resting) earliest = Math.min(earliest ?? Infinity, this.lanes.get(key)?.restsUntilMs ?? Infinity);
    return earliest;
  }

  private admit(key: string, lane: Lane<Item>, nowMs: number): void {
    if (lane.busy || lane.waiting.length === 0) return;
    if (lane.restsUntilMs > nowMs) {
      this.resting.add(key);
      return;
    }
    this.resting.delete(key);
    this.ready.add(key);
  }

  private forget(key: string, lane: Lane<Item>, nowMs: number): void {
    if (!lane.busy && lane.waiting.length === 0 && lane.restsUntilMs <= nowMs && lane.reservedUntilMs <= nowMs) this.lanes.delete(key);
  }

  private putOff(lane: Lane<Item>, nowMs: number): number {
    const eachMs = Math.max(this.limits.intervalMs, lane.lastMs, 1);
    const from = Math.max(lane.reservedUntilMs, nowMs + lane.waiting.length * eachMs);
    lane.reservedUntilMs = Math.min(from + eachMs, nowMs + LONGEST_PUT_OFF_MS);
    return Math.max(SHORTEST_PUT_OFF_MS, lane.reservedUntilMs - nowMs);
  }
}
