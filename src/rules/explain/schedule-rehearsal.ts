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
import { step } from './words/words.ts';
import type { Words } from './words/words.ts';

type ScheduleRule = Extract<AuthoredRule, { rule_type: 'schedule' }>;

/** Tries a rule that looks at its devices by the clock, as if it were due at the instant of the test. */
export function rehearseSchedule(rehearsal: Rehearsal, rule: ScheduleRule, words: Words): Tried {
  const before = stateBefore(rehearsal);
  const { decisions, isActive, heardMs } = look(rehearsal, rule, before);
  const finding = findingOf(rehearsal, rule.conditions, heardMs ?? before.started_ms, words);
  // `always` ends its last alert itself; that begins no cooldown.
  const clearedUs = rule.conditions.check === 'always' ? null : before.cleared_us;
  const isAsked = finding.outcome === 'passed' && (!before.active || rule.conditions.check === 'always');
  const gate = isAsked ? gateSteps(rule, { clearedUs, timeUs: rehearsal.atMs * 1_000 }, words) : [];
  const isHeldBack = gate.some(({ outcome }) => outcome === 'stopped');
  const decision = isHeldBack && !before.active ? 'waits' : decisionOf(before.active, isActive, decisions);
  const steps = [
    step('state', 'info', words.say.schedule.state(rehearsal.device.id, before.active ? before.since_us : null)),
    scheduleStep(rehearsal, rule.conditions, words),
    finding,
    ...gate,
    step('decision', DECISION_OUTCOMES[decision] ?? 'stopped', decisionText(rehearsal, rule, decision, words)),
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

function scheduleStep({ atMs }: Rehearsal, conditions: ScheduleConditions, { say }: Words): ExplanationStep {
  const nextMs = nextDueMs(cronOf(conditions), atMs);
  return step('schedule', 'info', say.schedule.due(conditions, nextMs === null ? null : nextMs * 1_000, atMs * 1_000));
}

function findingOf(
  { device, presence, atMs, inputs }: Rehearsal,
  conditions: ScheduleConditions,
  heardMs: number,
  { say: { schedule } }: Words,
): ExplanationStep {
  switch (conditions.check) {
    case 'always':
      return step('check', 'passed', schedule.always());
    case 'device_offline': {
      const sinceMs = presence.awaySinceMs ?? (presence.online ? null : atMs);
      if (sinceMs === null) return step('check', 'stopped', schedule.notOffline(device.id));
      return enough(atMs - sinceMs, conditions.offline_seconds ?? 0, (seconds, asked) => schedule.offline(device.id, seconds, asked));
    }
    case 'no_data': {
      const of = { key: conditions.key ?? '', deviceId: device.id };
      const isHeard = inputs.some(({ past, given }) => past.length + given.length > 0);
      const sentence = isHeard ? schedule.old : schedule.neverHeard;
      return enough(atMs - heardMs, conditions.seconds ?? 0, (seconds, asked) => sentence(of, seconds, asked));
    }
  }
}

/** Whether it has lasted for as long as is asked for. */
function enough(
  lastedMs: number,
  wanted: number,
  sentence: (seconds: number, asked: { wanted: number; remain: number | null }) => string,
): ExplanationStep {
  const seconds = Math.max(0, Math.floor(lastedMs / 1_000));
  const isEnough = seconds >= wanted;
  return step('check', isEnough ? 'passed' : 'stopped', sentence(seconds, { wanted, remain: isEnough ? null : wanted - seconds }));
}

function decisionOf(wasActive: boolean, isActive: boolean, decisions: readonly RuleDecision[]): TestDecision {
  if (!isActive) return wasActive ? 'clears' : 'nothing';
  return decisions.some(({ kind }) => kind === 'raised') ? 'raises' : 'stays_active';
}

/** Other decisions end it. */
const DECISION_OUTCOMES: Partial<Record<TestDecision, ExplanationStep['outcome']>> = {
  raises: 'passed',
  stays_active: 'info',
  clears: 'info',
};

function decisionText({ device }: Rehearsal, rule: ScheduleRule, made: TestDecision, { say: { decision } }: Words): string {
  switch (made) {
    case 'raises':
      return decision.finds(device.id, rule.severity);
    case 'stays_active':
      return decision.staysCounted(device.id);
    case 'clears':
      return decision.clears(device.id);
    case 'waits':
      return decision.passedOver();
    default:
      return decision.nothingFound();
  }
}
