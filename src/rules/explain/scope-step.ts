import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { AuthoredRule, RuleScope } from '../../contracts/rules.ts';
import { judgeFactoryOf } from '../registry.ts';
import type { ScopeFacts } from './words/facts.ts';
import { step } from './words/words.ts';
import type { Words } from './words/words.ts';

/** The device that is judged, as far as its scope goes. */
export interface ScopedDevice {
  id: string;
  type: string;
  location: string;
}

/** Whom a rule is for; a form leaves an empty text where nothing was chosen. */
export function scopeFacts(scope: RuleScope): ScopeFacts {
  return { deviceId: setText(scope.device_id), deviceType: setText(scope.device_type), location: setText(scope.location) };
}

/** A text, or undefined when it is empty. */
export function setText(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** Whether a rule is for a device, and why. */
export function scopeStep(rule: AuthoredRule, device: ScopedDevice, { say }: Words): ExplanationStep {
  const only = rule.rule_type === 'comparison' ? setText(rule.conditions.left.device_id) : undefined;
  if (only !== undefined && only !== device.id) return step('scope', 'stopped', say.scope.otherDevice(only, device.id));
  if (judgeFactoryOf(rule).notDevice === device.id) return step('scope', 'stopped', say.scope.itself(device.id));
  const wanted = scopeFacts(rule.scope);
  const misses: ScopeFacts = {
    deviceId: wanted.deviceId === undefined || wanted.deviceId === device.id ? undefined : device.id,
    deviceType: wanted.deviceType === undefined || wanted.deviceType === device.type ? undefined : device.type,
    location: wanted.location === undefined || wanted.location === device.location ? undefined : device.location,
  };
  return Object.values(misses).every((miss) => miss === undefined)
    ? step('scope', 'passed', say.scope.inside(device.id, wanted))
    : step('scope', 'stopped', say.scope.outside(device.id, wanted, misses));
}
