import type { ExplanationStep } from '../../contracts/backtest.ts';
import { DEFAULT_LATENESS_SECONDS } from '../../contracts/rule-terms.ts';
import { comparable, holds, staysActive } from '../limit/compare.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import type { RuleDecision } from '../types.ts';
import { comparedWith } from './compared.ts';
import { gateSteps } from './gate-steps.ts';
import type { LimitCase, LookedAt } from './limit-rehearsal.ts';
import type { Reading } from './rehearsal.ts';
import { instantText, secondsText, step, usText, valueText } from './words.ts';

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

function earlierStep({ rehearsal }: LimitCase, { atUs, sinceUs }: RuleDecision): ExplanationStep {
  const since = sinceUs < atUs ? `, when the condition had held since ${instantText(sinceUs)}` : '';
  return step(
    'earlier',
    'passed',
    `An alert for "${rehearsal.device.id}" is due already before this reading: for ${instantText(atUs)}${since}.`,
  );
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
  steps.push(
    step('comparison', isViolated ? 'passed' : 'stopped', `${compared.sentence} ${isViolated ? 'This holds.' : 'This does not hold.'}`),
  );
  if (wasActive) steps.push(hysteresisStep(limit, figure, isViolated));
  else if (isViolated) add(steps, waitingSteps(found, limit));
  else if (found.before.phase === 'pending') steps.push(endedStep(found));
  return true;
}

function runningStep({ rehearsal, before }: LimitCase): ExplanationStep {
  const name = `"${rehearsal.device.id}"`;
  if (rehearsal.startState === undefined) {
    return step('state', 'info', `The rule is not running for ${name}; it is tried as if it had begun before the readings that follow.`);
  }
  const { phase, since_us: sinceUs } = before;
  const since = sinceUs === null ? '' : ` since ${instantText(sinceUs)}`;
  if (phase === 'active') return step('state', 'info', `The rule has been active for ${name}${since}.`);
  if (phase === 'pending') return step('state', 'info', `Its condition has held for ${name}${since}; nothing is raised yet.`);
  return step('state', 'info', `Nothing is active for ${name}.`);
}

function readingSteps({ rehearsal, rule, seenUs }: LimitCase, { deviceId, key, unit, reading, isGiven }: LookedAt): ExplanationStep[] {
  const name = `"${key}" of "${deviceId}"`;
  const nowUs = rehearsal.atMs * 1_000;
  if (reading === undefined) {
    return [step('reading', 'stopped', `There is no reading of ${name} until ${instantText(nowUs)}, so there is nothing to judge.`)];
  }
  const { value, timeUs, quality } = reading;
  const ageUs = nowUs - timeUs;
  const age = ageUs > 0 ? `, ${usText(ageUs)} before` : '';
  const steps = [
    step('reading', 'info', `${name} is ${valueText(value, unit)}, read at ${instantText(timeUs)}${age}${isGiven ? ' (as given)' : ''}.`),
  ];
  const least = rule.min_quality ?? 0;
  if (quality < least) {
    return [
      ...steps,
      step('quality', 'stopped', `Its quality is ${String(quality)}, and the rule passes over what is below ${String(least)}.`),
    ];
  }
  if (least > 0) steps.push(step('quality', 'passed', `Its quality is ${String(quality)}; the rule asks for ${String(least)}.`));
  const canBeCompared =
    rule.rule_type === 'statistical' ? typeof value !== 'string' : comparable(rule.conditions.operator, value) !== undefined;
  if (!canBeCompared) {
    const why =
      typeof value === 'string' ? 'text has no place in a comparison of numbers' : 'true and false can be compared with "==" and "!=" only';
    return [...steps, step('kind', 'stopped', `${valueText(value)} is passed over: ${why}.`)];
  }
  const isTwice =
    isGiven && rehearsal.inputs.some((input) => input.deviceId === deviceId && input.key === key && isStored(input.past, timeUs));
  if (isTwice) return [...steps, step('lateness', 'stopped', 'A reading of that instant is stored already, so this one is not judged.')];
  return [...steps, ...latenessSteps(seenUs, { timeUs, isGiven }, rule.lateness_seconds ?? DEFAULT_LATENESS_SECONDS)];
}

function isStored(past: readonly Reading[], timeUs: number): boolean {
  return past.some((reading) => reading.timeUs === timeUs);
}

function latenessSteps(
  lastUs: number | null,
  { timeUs, isGiven }: { timeUs: number; isGiven: boolean },
  latenessSeconds: number,
): ExplanationStep[] {
  if (lastUs === null || timeUs > lastUs) return [];
  if (!isGiven) return [step('lateness', 'info', 'It was judged when it came.')];
  const behind = `It is ${timeUs === lastUs ? 'no newer' : `${usText(lastUs - timeUs)} older`} than the newest reading judged (${instantText(lastUs)})`;
  return lastUs - timeUs <= latenessSeconds * 1_000_000
    ? [step('lateness', 'info', `${behind}, within the lateness of ${secondsText(latenessSeconds)}: it takes its place in the past.`)]
    : [step('lateness', 'stopped', `${behind}, beyond the lateness of ${secondsText(latenessSeconds)}: it is stored and not judged.`)];
}

function hysteresisStep(limit: LimitConditions, figure: number, isViolated: boolean): ExplanationStep {
  if (isViolated) return step('hysteresis', 'info', 'The alert that is open goes on; the reading is counted on it.');
  const clear = limit.clear_value;
  if (clear === undefined)
    return step('hysteresis', 'info', 'There is no clear value: the alert ends with the first reading that does not violate the limit.');
  const condition = `${valueText(figure)} ${limit.operator} ${valueText(clear)}`;
  return staysActive(limit, figure)
    ? step('hysteresis', 'info', `The clear value is not crossed: ${condition} still holds, so the alert stays.`)
    : step('hysteresis', 'info', `The clear value is crossed: ${condition} no longer holds, so the alert ends.`);
}

function endedStep({ before }: LimitCase): ExplanationStep {
  const since = before.since_us === null ? '' : ` at ${instantText(before.since_us)}`;
  return step('duration', 'info', `What began${since} ends here; a duration starts anew with the next reading that violates the limit.`);
}

/** Duration, cooldown and hours, in the order in which they hold an alert back. */
function waitingSteps({ rule, before, after, judgedUs }: LimitCase, limit: LimitConditions): ExplanationStep[] {
  const seconds = limit.duration_seconds ?? 0;
  const sinceUs = after.since_us ?? judgedUs;
  const completeUs = sinceUs + Math.round(seconds * 1_000_000);
  const isRaised = after.phase === 'active';
  const steps: ExplanationStep[] = [];
  if (seconds > 0) {
    const held = `It has held since ${instantText(sinceUs)} (${usText(judgedUs - sinceUs)} up to the reading); ${secondsText(seconds)} are asked for`;
    const isComplete = isRaised || judgedUs >= completeUs;
    steps.push(
      isComplete
        ? step('duration', 'passed', `${held}, which is completed.`)
        : step('duration', 'stopped', `${held}, ${usText(completeUs - judgedUs)} remain.`),
    );
    if (!isComplete) return steps;
  }
  const ripeUs = isRaised ? (after.raised_us ?? judgedUs) : Math.max(completeUs, judgedUs);
  return [...steps, ...gateSteps(rule, before.cleared_us, ripeUs)];
}

function decisionStep({ rule, rehearsal, before, after, decision }: LimitCase, isJudged: boolean): ExplanationStep {
  const name = `"${rehearsal.device.id}"`;
  const since = after.since_us === null ? '' : ` since ${instantText(after.since_us)}`;
  switch (decision) {
    case 'raises':
      return step('decision', 'passed', `An alert of severity "${rule.severity}" is raised for ${name}; its condition has held${since}.`);
    case 'stays_active':
      return step('decision', 'info', `The alert for ${name} stays active; no further one is raised.`);
    case 'clears':
      return step('decision', 'info', `The alert for ${name} is cleared.`);
    case 'waits':
      return step(
        'decision',
        'stopped',
        `Nothing is raised yet; what has held${since} is raised if it goes on for as long as the steps above say.`,
      );
    default: {
      if (!isJudged) return step('decision', 'stopped', 'Nothing can be judged, so nothing is raised and nothing is cleared.');
      const ended = before.phase === 'pending' ? 'The condition no longer holds' : 'The condition does not hold';
      return step('decision', 'stopped', `${ended}; nothing is raised.`);
    }
  }
}
