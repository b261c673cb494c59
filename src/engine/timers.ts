import type { Clock } from '../core/clock.ts';
import type { DeviceRun } from './device-run.ts';
import type { RuleSet } from './rule-set.ts';
import { TimerHeap } from './timer-heap.ts';

interface Waiting {
  set: RuleSet;
  device: DeviceRun;
}

/** The longest sleep: the machine's clock may be set while it waits. */
const LONGEST_SLEEP_MS = 10_000;

/** The timers of all rules: one heap, one sleep. A rule whose node is closed does not hear of them until it is opened again. */
export class RuleTimers {
  private readonly heap = new TimerHeap<Waiting>();
  private readonly clock: Clock;
  private readonly isOpen: (set: RuleSet) => boolean;
  private sleep: NodeJS.Timeout | undefined;
  private wakeAtMs = Infinity;
  private held = false;

  constructor(clock: Clock, isOpen: (set: RuleSet) => boolean) {
    this.clock = clock;
    this.isOpen = isOpen;
  }

  /** Waits for `device.armedMs`. */
  arm(set: RuleSet, device: DeviceRun): void {
    if (device.armedMs === null) return;
    this.heap.push({ dueAtMs: device.armedMs, owner: { set, device } });
    this.schedule();
  }

  get isHeld(): boolean {
    return this.held;
  }

  /** Until `release`, timers wait, however due they are: points that may decide otherwise are still to be judged. */
  hold(): void {
    this.held = true;
    this.stop();
  }

  release(): void {
    this.held = false;
    this.schedule();
  }

  /** Runs what is due now. */
  run(): void {
    this.stop();
    if (this.held) return;
    const nowMs = this.clock.nowMs();
    for (let entry = this.heap.popDue(nowMs); entry !== undefined; entry = this.heap.popDue(nowMs)) {
      const { set, device } = entry.owner;
      if (device.gone || device.armedMs !== entry.dueAtMs || !this.isOpen(set)) continue;
      set.tick(device, nowMs);
    }
    this.schedule();
  }

  /**
   * Asks the rules again that could not decide because the device was offline, and those that look at presence itself.
   */
  presenceChanged(sets: Iterable<RuleSet>, deviceId: string): void {
    if (this.held) return;
    const nowMs = this.clock.nowMs();
    for (const set of sets) {
      for (const run of set.rules.values()) {
        const device = run.devices.get(deviceId);
        if (device !== undefined && (run.factory.byTime || (device.armedMs !== null && device.armedMs <= nowMs))) set.tick(device, nowMs);
      }
    }
  }

  stop(): void {
    clearTimeout(this.sleep);
    this.sleep = undefined;
    this.wakeAtMs = Infinity;
  }

  private schedule(): void {
    const dueAtMs = this.heap.nextDueMs();
    if (this.held || dueAtMs === undefined || dueAtMs >= this.wakeAtMs) return;
    this.stop();
    this.wakeAtMs = dueAtMs;
    const sleepMs = Math.min(Math.max(0, dueAtMs - this.clock.nowMs()), LONGEST_SLEEP_MS);
    this.sleep = setTimeout(() => this.run(), sleepMs);
    this.sleep.unref();
  }
}
