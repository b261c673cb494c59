import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { RuleOptions } from '../../contracts/rules.ts';
import { OpenHours } from '../active-hours.ts';
import { hoursText, instantText, secondsText, step, usText } from './words.ts';

/** Whether cooldown and hours let a rule raise at an instant (epoch microseconds); the first that does not is the last step. */
export function gateSteps(
  { cooldown_seconds: seconds = 0, active }: RuleOptions,
  clearedUs: number | null,
  timeUs: number,
): ExplanationStep[] {
  const steps: ExplanationStep[] = [];
  let fromUs = timeUs;
  if (seconds > 0 && clearedUs !== null) {
    const cooledUs = clearedUs + Math.round(seconds * 1_000_000);
    const ended = `The last alert ended at ${instantText(clearedUs)}`;
    if (cooledUs > timeUs) {
      const text = `${ended}; the cooldown of ${secondsText(seconds)} holds the next one back until ${instantText(cooledUs)} (${usText(cooledUs - timeUs)} more).`;
      return [step('cooldown', 'stopped', text)];
    }
    steps.push(step('cooldown', 'passed', `${ended}; the cooldown of ${secondsText(seconds)} is over.`));
    fromUs = Math.max(timeUs, cooledUs);
  } else if (seconds > 0) steps.push(step('cooldown', 'passed', 'No alert has ended before, so there is nothing to cool down from.'));
  if (active !== undefined) {
    const opensUs = new OpenHours(active).opensAtUs(fromUs);
    const hours = `the hours of the rule: ${hoursText(active)}`;
    steps.push(
      opensUs > fromUs
        ? step('hours', 'stopped', `${instantText(fromUs)} is outside ${hours}. They begin again at ${instantText(opensUs)}.`)
        : step('hours', 'passed', `${instantText(fromUs)} is within ${hours}.`),
    );
  }
  return steps;
}
