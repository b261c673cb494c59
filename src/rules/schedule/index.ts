import { cronOf, nextDueMs } from '../../contracts/cron.ts';
import type { ScheduleConditions } from '../../contracts/rules.ts';
import { NO_DECISIONS } from '../judge.ts';
import type { Judge, JudgeFactory } from '../judge.ts';
import type { RuleFrame } from '../limit/factory.ts';
import { firstAllowedUs } from '../raise-gate.ts';
import type { Readings } from '../readings.ts';
import type { PointEvent, RuleDecision, RuleStateView, TimerEvent } from '../types.ts';
import { initialScheduleState, parseScheduleState } from './state.ts';
import type { ScheduleState } from './state.ts';

/** For how long a judge sees the past: only the newest reading matters. */
const NEWEST_MS = 1;

/** The rule type `schedule` (REQUIREMENTS, section 7): looks at each device of its scope when cron says so. */
export function scheduleFactory(conditions: ScheduleConditions, frame: RuleFrame): JudgeFactory {
  const { check, key } = conditions;
  const rule: ScheduleRule = { ...conditions, frame, nextDueMs: timesOf(conditions) };
  const fresh = (nowMs: number): ScheduleState => initialScheduleState(nowMs, rule.nextDueMs(nowMs));
  const carriedOver = (stored: unknown, nowMs: number): ScheduleState => ({
    ...(parseScheduleState(stored) ?? fresh(nowMs)),
    next_ms: rule.nextDueMs(nowMs),
  });
  return {
    inputs: check === 'no_data' && key !== undefined ? [{ key, deviceId: undefined }] : [],
    keepMs: NEWEST_MS,
    minQuality: frame.minQuality,
    onlyDevice: undefined,
    notDevice: undefined,
    byTime: true,
    threshold: thresholdOf(conditions),
    subject: check === 'no_data' ? (key ?? '') : check === 'device_offline' ? 'status' : 'schedule',
    defaultMessage: MESSAGES[check],
    unitOf: () => (check === 'always' ? null : 's'),
    create: (stored, readings, nowMs) => new ScheduleJudge(rule, parseScheduleState(stored) ?? fresh(nowMs), readings[0]),
    carryOver: (stored, readings, nowMs) => new ScheduleJudge(rule, carriedOver(stored, nowMs), readings[0]),
  };
}

const MESSAGES = {
  device_offline: '{{device.name}} has been offline for {{value}} {{unit}}',
  no_data: '{{device.name}}: no {{key}} for {{value}} {{unit}}',
  always: '{{rule.name}}: {{device.name}}',
} as const;

interface ScheduleRule extends ScheduleConditions {
  frame: RuleFrame;
  /** The first time of the schedule after an instant, epoch milliseconds; null when there is none. */
  nextDueMs: (afterMs: number) => number | null;
}

/** All devices of a rule are looked at together and ask for the same time, so the last answer is kept: croner takes a tenth of a millisecond. */
function timesOf(conditions: ScheduleConditions): ScheduleRule['nextDueMs'] {
  const cron = cronOf(conditions);
  let askedMs = Infinity;
  let nextMs: number | null = null;
  return (afterMs) => {
    if (afterMs < askedMs || (nextMs !== null && afterMs >= nextMs)) {
      askedMs = afterMs;
      nextMs = nextDueMs(cron, afterMs);
    }
    return nextMs;
  };
}

function thresholdOf({ check, seconds, offline_seconds: offlineSeconds }: ScheduleConditions): number | null {
  if (check === 'always') return null;
  return (check === 'no_data' ? seconds : offlineSeconds) ?? null;
}

/**
 * At each time of the schedule the device is looked at once. `no_data` and `device_offline` raise when it has been silent or offline for long
 * enough, count at each further time, and clear as soon as it is heard or back. `always` raises each time anew and ends what it raised
 * before. Cooldown and hours pass a time over; the next one is looked at again. Times that went by while the platform was down are made
 * up for by one look when it is back, which tells what has lasted since as of the first of them that would have found it.
 */
class ScheduleJudge implements Judge {
  private readonly rule: ScheduleRule;
  /** Times are looked at once, and silence is measured by arrival: nothing is ever too late. */
  readonly lateCount = 0;
  private readonly readings: Readings | undefined;
  private current: ScheduleState;

  constructor(rule: ScheduleRule, state: ScheduleState, readings: Readings | undefined) {
    this.rule = rule;
    this.readings = readings;
    this.current = state;
  }

  point(_input: number, event: PointEvent): readonly RuleDecision[] {
    this.current.heard_ms = Math.max(this.current.heard_ms ?? 0, event.arrivedAtMs);
    // Silence is measured by the platform's clock, whatever time the device gives.
    return this.current.active ? [this.clear(event.arrivedAtMs * 1_000, event.value)] : NO_DECISIONS;
  }

  timer(event: TimerEvent, nowMs: number): readonly RuleDecision[] {
    const { current, rule } = this;
    const isBack = rule.check === 'device_offline' && event.online && event.awaySinceMs === null && current.active;
    const dueMs = current.next_ms;
    if (dueMs === null || nowMs < dueMs) return isBack ? [this.clear(nowMs * 1_000, null)] : NO_DECISIONS;
    current.next_ms = rule.nextDueMs(nowMs);
    return this.look(event, dueMs, nowMs);
  }

  get dueAtMs(): number | null {
    return this.current.next_ms;
  }

  view(): RuleStateView {
    const { active, since_us: activeSinceUs, heard_ms: heardMs, next_ms: dueAtMs } = this.current;
    const lastUs = heardMs === null ? null : heardMs * 1_000;
    return { active, activeSinceUs, lastValue: null, lastUs, dueAtMs, late: { count: 0, lastUs: null } };
  }

  state(): unknown {
    return { ...this.current };
  }

  private look(event: TimerEvent, dueMs: number, nowMs: number): readonly RuleDecision[] {
    const { current, rule } = this;
    if (rule.check === 'always') {
      const before = current.active ? [this.clear(dueMs * 1_000, null)] : NO_DECISIONS;
      const raisedMs = this.firstAllowedMs(dueMs, nowMs);
      return raisedMs === null ? before : [...before, this.raise(raisedMs * 1_000, raisedMs * 1_000, null)];
    }
    const sinceMs = rule.check === 'no_data' ? this.silentSinceMs(event) : (event.awaySinceMs ?? (event.online ? null : dueMs));
    const atMs = sinceMs === null ? null : this.firstFoundMs(dueMs, sinceMs);
    if (sinceMs === null || atMs === null || atMs > nowMs) return current.active ? [this.clear(nowMs * 1_000, null)] : NO_DECISIONS;
    const seconds = (untilMs: number): number => Math.floor((untilMs - sinceMs) / 1_000);
    if (current.active) return [{ kind: 'repeated', atUs: atMs * 1_000, sinceUs: sinceMs * 1_000, value: seconds(atMs), occurrences: 1 }];
    const raisedMs = this.firstAllowedMs(atMs, nowMs);
    return raisedMs === null ? NO_DECISIONS : [this.raise(raisedMs * 1_000, sinceMs * 1_000, seconds(raisedMs))];
  }

  /** The first time of the schedule, from one on, at which it has lasted for long enough. */
  private firstFoundMs(dueMs: number, sinceMs: number): number | null {
    const enoughMs = sinceMs + (thresholdOf(this.rule) ?? 0) * 1_000;
    return dueMs >= enoughMs ? dueMs : this.rule.nextDueMs(Math.ceil(enoughMs) - 1);
  }

  /**
   * The arrival of the last reading; before the first one that the judge sees, the newest stored one, or the beginning. While the platform was down
   * it could not hear: nobody is woken for that silence, so it is counted from the start on. What was told before stays told.
   */
  private silentSinceMs({ listeningSinceMs = -Infinity }: TimerEvent): number {
    const { current, readings } = this;
    const newestMs = readings === undefined || readings.size === 0 ? current.started_ms : readings.timeAt(readings.size - 1) / 1_000;
    const heardMs = current.heard_ms ?? newestMs;
    return current.active ? heardMs : Math.max(heardMs, listeningSinceMs);
  }

  /**
   * The first time of the schedule, from one on, at which cooldown and hours allow a raise; null when there is none up to now, or none is allowed
   * now. A time that went by while the platform was down is made up for only if it would have raised then.
   */
  private firstAllowedMs(fromMs: number, nowMs: number): number | null {
    if (this.allowedFromMs(nowMs) > nowMs) return null;
    for (let atMs: number | null = fromMs; atMs !== null && atMs <= nowMs;) {
      const allowedMs = this.allowedFromMs(atMs);
      if (allowedMs <= atMs) return atMs;
      atMs = this.rule.nextDueMs(allowedMs - 1);
    }
    return null;
  }

  /** The first instant, from one on, at which cooldown and hours allow a raise. What is raised anew each time has no cooldown. */
  private allowedFromMs(ms: number): number {
    const { current, rule } = this;
    const clearedUs = rule.check === 'always' ? null : current.cleared_us;
    return Math.ceil(firstAllowedUs(rule.frame.gate, clearedUs, ms * 1_000) / 1_000);
  }

  private raise(atUs: number, sinceUs: number, value: number | null): RuleDecision {
    this.current.active = true;
    this.current.since_us = sinceUs;
    return { kind: 'raised', atUs, sinceUs, value, occurrences: 1 };
  }

  private clear(atUs: number, value: RuleDecision['value']): RuleDecision {
    this.current.active = false;
    this.current.since_us = null;
    this.current.cleared_us = atUs;
    return { kind: 'cleared', atUs, sinceUs: atUs, value, occurrences: 0 };
  }
}
