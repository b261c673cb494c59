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
  const rule: ScheduleRule = { ...conditions, frame, cron: cronOf(conditions) };
  const fresh = (nowMs: number): ScheduleState => initialScheduleState(nowMs, nextDueMs(rule.cron, nowMs));
  const carriedOver = (stored: unknown, nowMs: number): ScheduleState => ({
    ...(parseScheduleState(stored) ?? fresh(nowMs)),
    next_ms: nextDueMs(rule.cron, nowMs),
  });
  return {
    inputs: check === 'no_data' && key !== undefined ? [{ key, deviceId: undefined }] : [],
    keepMs: NEWEST_MS,
    minQuality: frame.minQuality,
    onlyDevice: undefined,
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
  cron: ReturnType<typeof cronOf>;
}

function thresholdOf({ check, seconds, offline_seconds: offlineSeconds }: ScheduleConditions): number | null {
  if (check === 'always') return null;
  return (check === 'no_data' ? seconds : offlineSeconds) ?? null;
}

/**
 * At each time of the schedule the device is looked at once. `no_data` and `device_offline` raise when it has been silent or offline for long
 * enough, count at each further time, and clear as soon as it is heard or back. `always` raises each time anew and ends what it raised
 * before. Cooldown and hours pass a time over; the next one is looked at again. Times that went by while the platform was down are made
 * up for by one look, as of then.
 */
class ScheduleJudge implements Judge {
  private readonly rule: ScheduleRule;
  private readonly readings: Readings | undefined;
  private current: ScheduleState;

  constructor(rule: ScheduleRule, state: ScheduleState, readings: Readings | undefined) {
    this.rule = rule;
    this.readings = readings;
    this.current = state;
  }

  point(_input: number, event: PointEvent): readonly RuleDecision[] {
    this.current.heard_ms = Math.max(this.current.heard_ms ?? 0, event.arrivedAtMs);
    return this.current.active ? [this.clear(event.timeUs, event.value)] : NO_DECISIONS;
  }

  timer(event: TimerEvent, nowMs: number): readonly RuleDecision[] {
    const { current, rule } = this;
    const isBack = rule.check === 'device_offline' && event.awaySinceMs === null && current.active;
    const dueMs = current.next_ms;
    if (dueMs === null || nowMs < dueMs) return isBack ? [this.clear(nowMs * 1_000, null)] : NO_DECISIONS;
    current.next_ms = nextDueMs(rule.cron, nowMs);
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
    return this.current;
  }

  private look(event: TimerEvent, dueMs: number, nowMs: number): readonly RuleDecision[] {
    const { current, rule } = this;
    const atUs = dueMs * 1_000;
    if (rule.check === 'always') {
      const before = current.active ? [this.clear(atUs, null)] : [];
      return [...before, ...this.raise(atUs, atUs, null)];
    }
    const sinceMs = rule.check === 'no_data' ? this.silentSinceMs() : event.awaySinceMs;
    const seconds = sinceMs === null ? 0 : Math.floor((nowMs - sinceMs) / 1_000);
    if (sinceMs === null || seconds < (thresholdOf(rule) ?? 0)) return current.active ? [this.clear(atUs, null)] : NO_DECISIONS;
    if (!current.active) return this.raise(atUs, sinceMs * 1_000, seconds);
    return [{ kind: 'repeated', atUs, sinceUs: sinceMs * 1_000, value: seconds, occurrences: 1 }];
  }

  /** The arrival of the last reading; before the first one since the rule began, the newest stored one or the beginning. */
  private silentSinceMs(): number {
    const { current, readings } = this;
    if (current.heard_ms !== null) return current.heard_ms;
    const newestUs = readings === undefined || readings.size === 0 ? null : readings.timeAt(readings.size - 1);
    return newestUs === null ? current.started_ms : Math.min(newestUs / 1_000, current.started_ms);
  }

  private raise(atUs: number, sinceUs: number, value: number | null): readonly RuleDecision[] {
    const { current, rule } = this;
    if (firstAllowedUs(rule.frame.gate, rule.check === 'always' ? null : current.cleared_us, atUs) > atUs) return NO_DECISIONS;
    current.active = true;
    current.since_us = sinceUs;
    return [{ kind: 'raised', atUs, sinceUs, value, occurrences: 1 }];
  }

  private clear(atUs: number, value: RuleDecision['value']): RuleDecision {
    this.current.active = false;
    this.current.since_us = null;
    this.current.cleared_us = atUs;
    return { kind: 'cleared', atUs, sinceUs: atUs, value, occurrences: 0 };
  }
}
