import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { RuleOptions } from '../../contracts/rules.ts';
import { OpenHours } from '../active-hours.ts';
import { step } from './words/words.ts';
import type { Words } from './words/words.ts';

/** Whether cooldown and hours let a rule raise at an instant (epoch microseconds); the first that does not is the last step. */
export function gateSteps(
  { cooldown_seconds: seconds = 0, active }: RuleOptions,
  { clearedUs, timeUs }: { clearedUs: number | null; timeUs: number },
  { say: { gates } }: Words,
): ExplanationStep[] {
  const steps: ExplanationStep[] = [];
  let fromUs = timeUs;
  if (seconds > 0 && clearedUs !== null) {
    const cooledUs = clearedUs + Math.round(seconds * 1_000_000);
    if (cooledUs > timeUs) {
      return [step('cooldown', 'stopped', gates.cooling(clearedUs, seconds, { us: cooledUs, leftUs: cooledUs - timeUs }))];
    }
    steps.push(step('cooldown', 'passed', gates.cooled(clearedUs, seconds)));
    fromUs = Math.max(timeUs, cooledUs);
  } else if (seconds > 0) steps.push(step('cooldown', 'passed', gates.nothingEnded()));
  if (active !== undefined) {
    const opensUs = new OpenHours(active).opensAtUs(fromUs);
    steps.push(
      opensUs > fromUs
        ? step('hours', 'stopped', gates.closed(fromUs, active, opensUs))
        : step('hours', 'passed', gates.open(fromUs, active)),
    );
  }
  return steps;
}
