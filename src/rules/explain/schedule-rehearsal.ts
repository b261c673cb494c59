import { cronOf, nextDueMs } from '../../contracts/cron.ts';
import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { TestDecision } from '../../contracts/explanations.ts';
import type { AuthoredRule, ScheduleConditions } from '../../contracts/rules.ts';
import { Readings } from '../readings.ts';
import { judgeFactoryOf } from '../registry.ts';
import { initialScheduleState, parseScheduleState } from '../schedule/state.ts';
import type { ScheduleState } from '../schedule/state.ts';
import type { RuleDecision } from '../types.ts';
import { gateSteps } from './gate-steps.ts';
import type { Rehearsal, Tried } from './rehearsal.ts';
import { instantText, secondsText, step } from './words.ts';

type ScheduleRule = Extract<AuthoredRule, { rule_type: 'schedule' }>;

/** Tries a rule that looks at its devices by the clock, as if it were due at the instant of the test. */
export function rehearseSchedule(rehearsal: Rehearsal, rule: ScheduleRule): Tried {
  const before = stateBefore(rehearsal);
  const { decisions, isActive, heardMs } = look(rehearsal, rule, before);
  const finding = findingOf(rehearsal, rule.conditions, heardMs ?? before.started_ms);
  // `always` ends its last alert itself; that begins no cooldown.
  const clearedUs = rule.conditions.check === 'always' ? null : before.cleared_us;
  const isAsked = finding.outcome === 'passed' && (!before.active || rule.conditions.check === 'always');
  const gate = isAsked ? gateSteps(rule, clearedUs, rehearsal.atMs * 1_000) : [];
  const isHeldBack = gate.some(({ outcome }) => outcome === 'stopped');
  const decision = isHeldBack && !before.active ? 'waits' : decisionOf(before.active, isActive, decisions);
  const state = before.active && before.since_us !== null ? `active since ${instantText(before.since_us)}` : 'not active';
  const steps = [
    step('state', 'info', `The rule is ${state} for "${rehearsal.device.id}".`),
    scheduleStep(rehearsal, rule.conditions),
    finding,
    ...gate,
    decisionStep(rehearsal, rule, decision),
  ];
  return { decision, steps, decisions };
}

/** As the running rule has it; a rule that does not run heard what is stored. */
function stateBefore({ startState, atMs, inputs }: Rehearsal): ScheduleState {
  const state = parseScheduleState(startState) ?? initialScheduleState(atMs, null);
  const newestUs = inputs[0]?.past.at(-1)?.timeUs;
  return { ...state, heard_ms: state.heard_ms ?? (newestUs === undefined ? null : newestUs / 1_000), next_ms: atMs };
}

/** One look by the judge that runs live. */
function look(
  { presence, atMs, inputs }: Rehearsal,
  rule: ScheduleRule,
  before: ScheduleState,
): { decisions: RuleDecision[]; isActive: boolean; heardMs: number | null } {
  const factory = judgeFactoryOf(rule);
  const readings = factory.inputs.map(() => new Readings(factory.keepMs));
  const judge = factory.create({ ...before }, readings, atMs);
  const given = (inputs[0]?.given ?? []).filter(({ quality }) => quality >= factory.minQuality);
  const decisions = given.flatMap(({ timeUs, value }) => [
    ...judge.point(0, { kind: 'point', value, timeUs, arrivedAtMs: timeUs / 1_000, known: false }),
  ]);
  decisions.push(...judge.timer({ kind: 'timer', ...presence }, atMs));
  const { active, lastUs } = judge.view();
  return { decisions, isActive: active, heardMs: lastUs === null ? null : lastUs / 1_000 };
}

function scheduleStep({ atMs }: Rehearsal, conditions: ScheduleConditions): ExplanationStep {
  const nextMs = nextDueMs(cronOf(conditions), atMs);
  const next = nextMs === null ? 'it is never due again' : `it is due next at ${instantText(nextMs * 1_000)}`;
  const text = `The schedule is "${conditions.schedule}" (${conditions.timezone}); ${next}. Here it is looked at as if it were due at ${instantText(atMs * 1_000)}.`;
  return step('schedule', 'info', text);
}

function findingOf({ device, presence, atMs, inputs }: Rehearsal, conditions: ScheduleConditions, heardMs: number): ExplanationStep {
  const name = `"${device.id}"`;
  switch (conditions.check) {
    case 'always':
      return step('check', 'passed', 'The check "always" looks at nothing: the rule raises each time it is due.');
    case 'device_offline': {
      const sinceMs = presence.awaySinceMs ?? (presence.online ? null : atMs);
      if (sinceMs === null) return step('check', 'stopped', `${name} is not known to be offline.`);
      const seconds = Math.max(0, Math.floor((atMs - sinceMs) / 1_000));
      return enough(`${name} has been offline for ${secondsText(seconds)}`, seconds, conditions.offline_seconds ?? 0);
    }
    case 'no_data': {
      const seconds = Math.max(0, Math.floor((atMs - heardMs) / 1_000));
      const isHeard = inputs.some(({ past, given }) => past.length + given.length > 0);
      const what = `"${conditions.key ?? ''}" of ${name}`;
      const text = isHeard
        ? `The last reading of ${what} is ${secondsText(seconds)} old`
        : `No reading of ${what} is known, and the rule has waited for ${secondsText(seconds)}`;
      return enough(text, seconds, conditions.seconds ?? 0);
    }
  }
}

function enough(text: string, seconds: number, wanted: number): ExplanationStep {
  return seconds >= wanted
    ? step('check', 'passed', `${text}; ${secondsText(wanted)} are asked for.`)
    : step('check', 'stopped', `${text}; ${secondsText(wanted)} are asked for, ${secondsText(wanted - seconds)} remain.`);
}

function decisionOf(wasActive: boolean, isActive: boolean, decisions: readonly RuleDecision[]): TestDecision {
  if (!isActive) return wasActive ? 'clears' : 'nothing';
  return decisions.some(({ kind }) => kind === 'raised') ? 'raises' : 'stays_active';
}

function decisionStep({ device }: Rehearsal, rule: ScheduleRule, decision: TestDecision): ExplanationStep {
  const name = `"${device.id}"`;
  switch (decision) {
    case 'raises':
      return step('decision', 'passed', `An alert of severity "${rule.severity}" is raised for ${name}.`);
    case 'stays_active':
      return step('decision', 'info', `The alert for ${name} stays active; this look is counted on it.`);
    case 'clears':
      return step('decision', 'info', `The alert for ${name} is cleared.`);
    case 'waits':
      return step('decision', 'stopped', 'This time is passed over; the device is looked at again when the schedule is due next.');
    default:
      return step('decision', 'stopped', 'Nothing is found; nothing is raised.');
  }
}
