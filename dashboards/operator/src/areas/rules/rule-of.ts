import type { RuleInput } from '../../../../../src/contracts/stored-rules.ts';
import { actionOf } from './action-draft.ts';
import type { Draft } from './draft.ts';
import { secondsOf } from './durations.ts';
import type { AuthoredRule } from './terms.ts';

/** What keeps a field from being sent at all; what the words mean is the server's to judge. */
export type LocalProblem = 'required' | 'number' | 'duration' | 'json';
/** By the path of the field in the request, as the server names fields too. */
export type LocalProblems = Readonly<Record<string, LocalProblem>>;

/** What a form says: the rule as it is sent, or which fields cannot be. */
export type Composed = { ok: true; rule: RuleInput } | { ok: false; problems: LocalProblems };

/** Reads numbers and times out of a form, and remembers which were none. */
class Reader {
  readonly problems: Record<string, LocalProblem> = {};

  text(path: string, text: string): string {
    if (text.trim() === '') this.problems[path] = 'required';
    return text.trim();
  }

  number(path: string, text: string): number {
    if (text.trim() === '') this.problems[path] = 'required';
    return this.optional(path, text) ?? 0;
  }

  optional(path: string, text: string): number | undefined {
    if (text.trim() === '') return undefined;
    // Where people write 4,5 for four and a half.
    const value = Number(
      text
        .trim()
        .replace(/^([+-]?\d+),(\d+)$/, '$1.$2')
        .replace('−', '-'),
    );
    if (!Number.isFinite(value)) this.problems[path] = 'number';
    return value;
  }

  seconds(path: string, text: string): number | undefined {
    if (text.trim() === '') return undefined;
    const seconds = secondsOf(text);
    if (seconds === undefined) this.problems[path] = 'duration';
    return seconds;
  }

  neededSeconds(path: string, text: string): number {
    if (text.trim() === '') this.problems[path] = 'required';
    return this.seconds(path, text) ?? 0;
  }
}

/** The rule that a form says. */
export function ruleOf(draft: Draft): Composed {
  const reader = new Reader();
  const rule: RuleInput = { ...commonOf(draft, reader), ...conditionsOf(draft, reader) };
  return Object.keys(reader.problems).length === 0 ? { ok: true, rule } : { ok: false, problems: reader.problems };
}

/** The same as what judges: without what only says how an alert is told and who is told. */
export function authoredOf(rule: RuleInput): AuthoredRule {
  const { device_id: _device, scope = {}, message = '', actions: _actions, priority: _priority, enabled: _enabled, ...rest } = rule;
  return { ...rest, scope, message };
}

type Common = Omit<Extract<RuleInput, { rule_type: 'threshold' }>, 'rule_type' | 'conditions'>;
type Conditions<Type = RuleInput['rule_type']> = Type extends RuleInput['rule_type']
  ? Pick<Extract<RuleInput, { rule_type: Type }>, 'rule_type' | 'conditions'>
  : never;

function commonOf(draft: Draft, reader: Reader): Common {
  const scope = scopeOf(draft, reader);
  const priority = reader.optional('priority', draft.priority);
  const cooldown = reader.seconds('cooldown_seconds', draft.cooldown);
  const quality = reader.optional('min_quality', draft.minQuality);
  const lateness = reader.seconds('lateness_seconds', draft.lateness);
  const actions = draft.actions.map((action, index) => {
    const made = actionOf(action);
    for (const [field, problem] of Object.entries(made.problems)) reader.problems[`actions.${String(index)}.${field}`] = problem;
    return made.action;
  });
  return {
    name: reader.text('name', draft.name),
    severity: draft.severity,
    enabled: draft.enabled,
    ...(scope === undefined ? {} : { scope }),
    ...(draft.message.trim() === '' ? {} : { message: draft.message }),
    ...(priority === undefined ? {} : { priority }),
    ...(cooldown === undefined ? {} : { cooldown_seconds: cooldown }),
    ...(quality === undefined ? {} : { min_quality: quality }),
    ...(lateness === undefined ? {} : { lateness_seconds: lateness }),
    ...(draft.hasHours ? { active: hoursOf(draft, reader) } : {}),
    // What is of a type that nobody knows goes back as it came, and the server says what to do about it.
    ...(actions.length === 0 ? {} : { actions: actions as NonNullable<RuleInput['actions']> }),
  };
}

function scopeOf({ scopeKind, deviceId, deviceType, location }: Draft, reader: Reader): RuleInput['scope'] {
  switch (scopeKind) {
    case 'all':
      return undefined;
    case 'device':
      return { device_id: reader.text('scope.device_id', deviceId) };
    case 'group':
      if (deviceType.trim() === '' && location.trim() === '') reader.problems['scope.device_type'] = 'required';
      return {
        ...(deviceType.trim() === '' ? {} : { device_type: deviceType.trim() }),
        ...(location.trim() === '' ? {} : { location: location.trim() }),
      };
  }
}

function hoursOf({ hoursTimezone, hoursDays, hoursFrom, hoursTo }: Draft, reader: Reader): NonNullable<RuleInput['active']> {
  return {
    timezone: reader.text('active.timezone', hoursTimezone),
    ...(hoursDays.length === 0 || hoursDays.length === 7 ? {} : { days: hoursDays }),
    ...(hoursFrom.trim() === '' ? {} : { from: hoursFrom.trim() }),
    ...(hoursTo.trim() === '' ? {} : { to: hoursTo.trim() }),
  };
}

function conditionsOf(draft: Draft, reader: Reader): Conditions {
  switch (draft.ruleType) {
    case 'threshold':
      return { rule_type: 'threshold', conditions: { ...limitOf(draft, reader), ...durationOf(draft, reader) } };
    case 'statistical': {
      const samples = reader.optional('conditions.min_samples', draft.minSamples);
      const conditions = {
        ...limitOf(draft, reader),
        function: draft.statistic,
        window: reader.text('conditions.window', draft.window),
        ...(samples === undefined ? {} : { min_samples: samples }),
      };
      return { rule_type: 'statistical', conditions };
    }
    case 'comparison':
      return { rule_type: 'comparison', conditions: comparisonOf(draft, reader) };
    case 'schedule':
      return { rule_type: 'schedule', conditions: scheduleOf(draft, reader) };
  }
}

function limitOf(draft: Draft, reader: Reader) {
  const clear = reader.optional('conditions.clear_value', draft.clearValue);
  return {
    key: reader.text('conditions.key', draft.key),
    operator: draft.operator,
    value: reader.number('conditions.value', draft.value),
    ...(clear === undefined ? {} : { clear_value: clear }),
  };
}

function durationOf({ duration }: Draft, reader: Reader): { duration_seconds?: number } {
  const seconds = reader.seconds('conditions.duration_seconds', duration);
  // A duration of zero is none.
  return seconds === undefined || seconds === 0 ? {} : { duration_seconds: seconds };
}

function comparisonOf(draft: Draft, reader: Reader): Conditions<'comparison'>['conditions'] {
  const side = (name: 'left' | 'right', key: string, deviceId: string) => ({
    key: reader.text(`conditions.${name}.key`, key),
    ...(deviceId.trim() === '' ? {} : { device_id: deviceId.trim() }),
  });
  const offset = reader.optional('conditions.offset', draft.offset);
  const clear = reader.optional('conditions.clear_offset', draft.clearOffset);
  const tolerance = reader.seconds('conditions.tolerance_seconds', draft.tolerance);
  return {
    left: side('left', draft.leftKey, draft.leftDevice),
    operator: draft.operator,
    right: side('right', draft.rightKey, draft.rightDevice),
    ...(offset === undefined ? {} : { offset }),
    ...(clear === undefined ? {} : { clear_offset: clear }),
    ...durationOf(draft, reader),
    ...(tolerance === undefined ? {} : { tolerance_seconds: tolerance }),
  };
}

function scheduleOf(draft: Draft, reader: Reader): Conditions<'schedule'>['conditions'] {
  const base = {
    schedule: reader.text('conditions.schedule', draft.schedule),
    timezone: reader.text('conditions.timezone', draft.timezone),
  };
  switch (draft.check) {
    case 'always':
      return { ...base, check: 'always' };
    case 'device_offline':
      return { ...base, check: 'device_offline', offline_seconds: reader.neededSeconds('conditions.offline_seconds', draft.offlineFor) };
    case 'no_data':
      return {
        ...base,
        check: 'no_data',
        key: reader.text('conditions.key', draft.key),
        seconds: reader.neededSeconds('conditions.seconds', draft.silentFor),
      };
  }
}
