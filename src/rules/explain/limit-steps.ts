import type { ExplanationStep } from '../../contracts/backtest.ts';
import { DEFAULT_LATENESS_SECONDS } from '../../contracts/rule-terms.ts';
import { comparable, holds, staysActive } from '../limit/compare.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import type { RuleDecision } from '../types.ts';
import { comparedWith } from './compared.ts';
import { gateSteps } from './gate-steps.ts';
import type { LimitCase, LookedAt } from './limit-rehearsal.ts';
import type { Reading } from './rehearsal.ts';
import { step } from './words/words.ts';
import type { Words } from './words/words.ts';

/** The steps of a rule with a limit, up to the one that ends it and the decision; whether there was something to judge at all. */
export function limitSteps(found: LimitCase): { steps: ExplanationStep[]; isJudged: boolean } {
  const earlier = decidedBefore(found);
  const steps = [runningStep(found), ...(earlier?.kind === 'raised' ? [earlierStep(found, earlier)] : [])];
  const wasActive = earlier === undefined ? found.before.phase === 'active' : earlier.kind === 'raised';
  const isJudged = found.lookedAt.every((input) => add(steps, readingSteps(found, input))) && addJudgement(steps, found, wasActive);
  steps.push(decisionStep(found, isJudged));
  return { steps, isJudged };
}

/** What readings before the one that is judged decided, or the timer before it came; undefined when nothing was. */
function decidedBefore({ decisions, judgedUs }: LimitCase): RuleDecision | undefined {
  return decisions.findLast(
    ({ kind, inputs }) => (kind === 'raised' || kind === 'cleared') && inputs !== undefined && inputs.every(({ atUs }) => atUs < judgedUs),
  );
}

function earlierStep({ rehearsal, words }: LimitCase, { atUs, sinceUs }: RuleDecision): ExplanationStep {
  return step('earlier', 'passed', words.say.state.dueBefore(rehearsal.device.id, atUs, sinceUs < atUs ? sinceUs : null));
}

/** False when one of them ends it. */
function add(steps: ExplanationStep[], more: readonly ExplanationStep[]): boolean {
  steps.push(...more);
  return more.every(({ outcome }) => outcome !== 'stopped');
}

/** False when nothing could be compared. */
function addJudgement(steps: ExplanationStep[], found: LimitCase, wasActive: boolean): boolean {
  const compared = comparedWith(found);
  if (!add(steps, compared.steps) || compared.figure === undefined) return false;
  const { limit, figure } = compared;
  const isViolated = holds(limit.operator, figure, limit.value);
  const verdict = found.words.say.compared.verdict(compared.sentence, isViolated);
  steps.push(step('comparison', isViolated ? 'passed' : 'stopped', verdict));
  if (wasActive) steps.push(step('hysteresis', 'info', hysteresisText(limit, figure, isViolated, found.words)));
  else if (isViolated) add(steps, waitingSteps(found, limit));
  else if (found.before.phase === 'pending') steps.push(step('duration', 'info', found.words.say.clearing.ended(found.before.since_us)));
  return true;
}

function runningStep({ rehearsal, before, words: { say } }: LimitCase): ExplanationStep {
  const { id } = rehearsal.device;
  if (rehearsal.startState === undefined) return step('state', 'info', say.state.notRunning(id));
  const { phase, since_us: sinceUs } = before;
  if (phase === 'active') return step('state', 'info', say.state.active(id, sinceUs));
  return step('state', 'info', phase === 'pending' ? say.state.pending(id, sinceUs) : say.state.idle(id));
}

function readingSteps(found: LimitCase, input: LookedAt): ExplanationStep[] {
  const { rehearsal, rule, words } = found;
  const { say } = words;
  const { deviceId, key, unit, reading, isGiven } = input;
  const nowUs = rehearsal.atMs * 1_000;
  if (reading === undefined) return [step('reading', 'stopped', say.reading.none(input, nowUs))];
  const { value, timeUs, quality } = reading;
  const steps = [step('reading', 'info', say.reading.is({ deviceId, key, unit, value, atUs: timeUs }, nowUs - timeUs, isGiven))];
  const least = rule.min_quality ?? 0;
  if (quality < least) return [...steps, step('quality', 'stopped', say.reading.poor(quality, least))];
  if (least > 0) steps.push(step('quality', 'passed', say.reading.good(quality, least)));
  const canBeCompared =
    rule.rule_type === 'statistical' ? typeof value !== 'string' : comparable(rule.conditions.operator, value) !== undefined;
  if (!canBeCompared) return [...steps, step('kind', 'stopped', say.reading.passedOver(value))];
  const isTwice =
    isGiven && rehearsal.inputs.some((other) => other.deviceId === deviceId && other.key === key && isStored(other.past, timeUs));
  if (isTwice) return [...steps, step('lateness', 'stopped', say.lateness.stored())];
  return [...steps, ...latenessSteps(found, { timeUs, isGiven })];
}

function isStored(past: readonly Reading[], timeUs: number): boolean {
  return past.some((reading) => reading.timeUs === timeUs);
}

function latenessSteps({ seenUs, rule, words }: LimitCase, { timeUs, isGiven }: { timeUs: number; isGiven: boolean }): ExplanationStep[] {
  const { lateness } = words.say;
  if (seenUs === null || timeUs > seenUs) return [];
  if (!isGiven) return [step('lateness', 'info', lateness.judged())];
  const seconds = rule.lateness_seconds ?? DEFAULT_LATENESS_SECONDS;
  const isKept = seenUs - timeUs <= seconds * 1_000_000;
  return [step('lateness', isKept ? 'info' : 'stopped', lateness.behind(seenUs - timeUs, seenUs, { seconds, isKept }))];
}

function hysteresisText(limit: LimitConditions, figure: number, isViolated: boolean, { say: { clearing } }: Words): string {
  if (isViolated) return clearing.goesOn();
  const clear = limit.clear_value;
  if (clear === undefined) return clearing.noClearValue();
  const facts = { figure, operator: limit.operator, limit: clear, unit: null };
  return staysActive(limit, figure) ? clearing.notCrossed(facts) : clearing.crossed(facts);
}

/** Duration, cooldown and hours, in the order in which they hold an alert back. */
function waitingSteps({ rule, before, after, judgedUs, words }: LimitCase, limit: LimitConditions): ExplanationStep[] {
  const seconds = limit.duration_seconds ?? 0;
  const sinceUs = after.since_us ?? judgedUs;
  const completeUs = sinceUs + Math.round(seconds * 1_000_000);
  const isRaised = after.phase === 'active';
  const steps: ExplanationStep[] = [];
  if (seconds > 0) {
    const isComplete = isRaised || judgedUs >= completeUs;
    const wanted = { seconds, remainUs: isComplete ? null : completeUs - judgedUs };
    const text = words.say.clearing.held(sinceUs, judgedUs - sinceUs, wanted);
    steps.push(step('duration', isComplete ? 'passed' : 'stopped', text));
    if (!isComplete) return steps;
  }
  const timeUs = isRaised ? (after.raised_us ?? judgedUs) : Math.max(completeUs, judgedUs);
  return [...steps, ...gateSteps(rule, { clearedUs: before.cleared_us, timeUs }, words)];
}

function decisionStep({ rule, rehearsal, before, after, decision, words }: LimitCase, isJudged: boolean): ExplanationStep {
  const { id } = rehearsal.device;
  const say = words.say.decision;
  switch (decision) {
    case 'raises':
      return step('decision', 'passed', say.raises(id, rule.severity, after.since_us));
    case 'stays_active':
      return step('decision', 'info', say.stays(id));
    case 'clears':
      return step('decision', 'info', say.clears(id));
    case 'waits':
      return step('decision', 'stopped', say.waits(after.since_us));
    default:
      if (!isJudged) return step('decision', 'stopped', say.notJudged());
      return step('decision', 'stopped', before.phase === 'pending' ? say.ended() : say.nothing());
  }
}
