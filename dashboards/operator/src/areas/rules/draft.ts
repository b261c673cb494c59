import type { RuleInput, RuleView } from '../../../../../src/contracts/stored-rules.ts';
import { actionDraftOf } from './action-draft.ts';
import type { ActionDraft } from './action-draft.ts';
import { durationText } from './durations.ts';
import { USUAL_LATENESS_SECONDS, USUAL_PRIORITY } from './terms.ts';
import type { Operator, RuleType, ScheduleCheck, Severity, Statistic, Weekday } from './terms.ts';

/** Whom a rule is for. */
export type ScopeKind = 'all' | 'device' | 'group';

/** A rule as the form has it: numbers and times as text, and the fields of all types side by side, so that changing the type loses nothing. */
export interface Draft {
  name: string;
  ruleType: RuleType;
  severity: Severity;
  message: string;
  priority: string;
  enabled: boolean;
  scopeKind: ScopeKind;
  deviceId: string;
  deviceType: string;
  location: string;
  /** Of threshold, statistical and schedule. */
  key: string;
  operator: Operator;
  value: string;
  clearValue: string;
  /** Of threshold and comparison. */
  duration: string;
  statistic: Statistic;
  window: string;
  minSamples: string;
  leftKey: string;
  leftDevice: string;
  rightKey: string;
  rightDevice: string;
  offset: string;
  clearOffset: string;
  tolerance: string;
  schedule: string;
  timezone: string;
  check: ScheduleCheck;
  offlineFor: string;
  silentFor: string;
  cooldown: string;
  minQuality: string;
  lateness: string;
  hasHours: boolean;
  hoursTimezone: string;
  hoursDays: Weekday[];
  hoursFrom: string;
  hoursTo: string;
  actions: ActionDraft[];
}

/** What the form needs of a rule that is kept. */
export type KeptRule = Pick<
  RuleView,
  | 'name'
  | 'scope'
  | 'severity'
  | 'message'
  | 'actions'
  | 'active'
  | 'cooldown_seconds'
  | 'min_quality'
  | 'lateness_seconds'
  | 'priority'
  | 'enabled'
  | 'rule_type'
  | 'conditions'
>;

/** A new rule, with what most rules want. */
export function emptyDraft(timezone: string): Draft {
  return {
    name: '',
    ruleType: 'threshold',
    severity: 'warning',
    message: '',
    priority: String(USUAL_PRIORITY),
    enabled: true,
    scopeKind: 'all',
    deviceId: '',
    deviceType: '',
    location: '',
    key: '',
    operator: '>',
    value: '',
    clearValue: '',
    duration: '',
    statistic: 'avg',
    window: '5m',
    minSamples: '',
    leftKey: '',
    leftDevice: '',
    rightKey: '',
    rightDevice: '',
    offset: '',
    clearOffset: '',
    tolerance: '',
    schedule: '*/15 * * * *',
    timezone,
    check: 'no_data',
    offlineFor: '0',
    silentFor: '15m',
    cooldown: '',
    minQuality: '',
    lateness: '',
    hasHours: false,
    hoursTimezone: timezone,
    hoursDays: [],
    hoursFrom: '',
    hoursTo: '',
    actions: [],
  };
}

/** A kept rule as the form shows it. */
export function draftOf(rule: KeptRule, timezone: string): Draft {
  const { scope, active } = rule;
  return {
    ...emptyDraft(timezone),
    name: rule.name,
    ruleType: rule.rule_type,
    severity: rule.severity,
    message: rule.message,
    priority: String(rule.priority),
    enabled: rule.enabled,
    scopeKind: scope.device_id !== undefined ? 'device' : scope.device_type !== undefined || scope.location !== undefined ? 'group' : 'all',
    deviceId: scope.device_id ?? '',
    deviceType: scope.device_type ?? '',
    location: scope.location ?? '',
    cooldown: rule.cooldown_seconds === 0 ? '' : durationText(rule.cooldown_seconds),
    minQuality: rule.min_quality === 0 ? '' : String(rule.min_quality),
    lateness: rule.lateness_seconds === USUAL_LATENESS_SECONDS ? '' : durationText(rule.lateness_seconds),
    hasHours: active !== null,
    hoursTimezone: active?.timezone ?? timezone,
    hoursDays: [...(active?.days ?? [])],
    hoursFrom: active?.from ?? '',
    hoursTo: active?.to ?? '',
    actions: rule.actions.map(actionDraftOf),
    ...conditionsOf(rule),
  };
}

function conditionsOf({ conditions }: KeptRule): Partial<Draft> {
  if ('left' in conditions) {
    const { left, right, operator, offset, clear_offset: clear, duration_seconds: duration, tolerance_seconds: tolerance } = conditions;
    return {
      leftKey: left.key,
      leftDevice: left.device_id ?? '',
      operator,
      rightKey: right.key,
      rightDevice: right.device_id ?? '',
      offset: numberText(offset),
      clearOffset: numberText(clear),
      duration: timeText(duration),
      tolerance: timeText(tolerance),
    };
  }
  if ('schedule' in conditions) {
    const { schedule, timezone, check, offline_seconds: offline, key, seconds } = conditions;
    return { schedule, timezone, check, key: key ?? '', offlineFor: timeText(offline), silentFor: timeText(seconds) };
  }
  const { key, operator, value, clear_value: clear } = conditions;
  const common = { key, operator, value: String(value), clearValue: numberText(clear) };
  if (!('function' in conditions)) return { ...common, duration: timeText(conditions.duration_seconds) };
  const { function: statistic, window, min_samples: minSamples } = conditions;
  return { ...common, statistic, window: String(window), minSamples: numberText(minSamples) };
}

function numberText(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function timeText(seconds: number | undefined): string {
  return seconds === undefined ? '' : durationText(seconds);
}

export type { RuleInput };
