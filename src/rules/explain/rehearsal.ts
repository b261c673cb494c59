import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { TestDecision } from '../../contracts/explanations.ts';
import type { AuthoredRule } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import type { JudgeFactory } from '../judge.ts';
import { renderMessage } from '../message-template.ts';
import { judgeFactoryOf } from '../registry.ts';
import type { RuleDecision } from '../types.ts';
import { rehearseLimit } from './limit-rehearsal.ts';
import { rehearseSchedule } from './schedule-rehearsal.ts';
import { scopeStep } from './scope-step.ts';
import type { Words } from './words/words.ts';

/** A reading that a rehearsal looks at. */
export interface Reading {
  timeUs: number;
  value: PointValue;
  quality: number;
}

/** One input of a rule and what is known of it. */
export interface RehearsedInput {
  deviceId: string;
  key: string;
  unit: string | null;
  /** What is stored, oldest first. */
  past: readonly Reading[];
  /** What is tried, oldest first. */
  given: readonly Reading[];
}

/** A rule to be tried on one device, and all that it may look at. Nothing of it is changed. */
export interface Rehearsal {
  rule: AuthoredRule;
  device: { id: string; name: string; type: string; location: string };
  /** Whether the device is known to be offline, and since when nothing says that it is there (`TimerEvent`). */
  presence: { online: boolean; awaySinceMs: number | null };
  /** As of when, epoch milliseconds. */
  atMs: number;
  /** Where the running rule is with this device; undefined when it runs not, or not for it. */
  startState: unknown;
  /** One for each input of the rule (`judgeFactoryOf`), in their order. */
  inputs: readonly RehearsedInput[];
}

/** What came of trying a rule of one type. */
export interface Tried {
  decision: TestDecision;
  steps: readonly ExplanationStep[];
  decisions: readonly RuleDecision[];
}

/** What came of it. */
export interface Rehearsed {
  decision: TestDecision;
  steps: readonly ExplanationStep[];
  /** Of the alert; null when none would be raised. */
  message: string | null;
}

/** How far back readings are needed to try a rule that is not running, milliseconds before the instant of the test. */
export function rehearsalSpanMs(rule: AuthoredRule, factory: JudgeFactory): number {
  const { conditions } = rule;
  const durationMs = ('duration_seconds' in conditions ? (conditions.duration_seconds ?? 0) : 0) * 1_000;
  return factory.keepMs + 2 * durationMs;
}

/**
 * What a rule would decide, step by step, in sentences for people. The decision is that of the judge that runs live; the steps look at the same
 * numbers in the same order.
 */
export function rehearse(rehearsal: Rehearsal, words: Words): Rehearsed {
  const { rule, device } = rehearsal;
  const scope = scopeStep(rule, device, words);
  if (scope.outcome === 'stopped') return { decision: 'out_of_scope', steps: [scope], message: null };
  const factory = judgeFactoryOf(rule);
  const tried = rule.rule_type === 'schedule' ? rehearseSchedule(rehearsal, rule, words) : rehearseLimit(rehearsal, rule, words);
  return {
    decision: tried.decision,
    steps: [scope, ...tried.steps],
    message: tried.decision === 'raises' ? messageOf(rehearsal, factory, tried.decisions) : null,
  };
}

function messageOf({ rule, device, inputs }: Rehearsal, factory: JudgeFactory, decisions: readonly RuleDecision[]): string | null {
  const raised = decisions.findLast(({ kind }) => kind === 'raised');
  if (raised === undefined) return null;
  return renderMessage(rule.message.trim() === '' ? factory.defaultMessage : rule.message, {
    device: { id: device.id, name: device.name },
    rule: { name: rule.name },
    key: factory.subject,
    value: raised.value,
    unit: factory.unitOf(inputs[0]?.unit ?? null),
    threshold: raised.threshold === undefined ? factory.threshold : raised.threshold,
    severity: rule.severity,
  });
}
