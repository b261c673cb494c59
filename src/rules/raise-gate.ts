import type { RuleOptions } from '../contracts/rules.ts';
import { OpenHours } from './active-hours.ts';

/** When a rule whose condition holds may raise: after its cooldown, and in its hours. The same for every type of rule. */
export interface RaiseGate {
  /** How long after a clear nothing is raised, microseconds of event time. */
  cooldownUs: number;
  /** Undefined: at all hours. */
  hours: OpenHours | undefined;
}

/** The gate of a rule, or undefined when it may raise at any time. */
export function raiseGateOf({ cooldown_seconds: seconds = 0, active }: RuleOptions): RaiseGate | undefined {
  if (seconds === 0 && active === undefined) return undefined;
  return { cooldownUs: Math.round(seconds * 1_000_000), hours: active === undefined ? undefined : new OpenHours(active) };
}

/** The first instant from `timeUs` on at which a raise is allowed, epoch microseconds of event time. */
export function firstAllowedUs(gate: RaiseGate | undefined, clearedUs: number | null, timeUs: number): number {
  if (gate === undefined) return timeUs;
  const cooledUs = clearedUs === null ? timeUs : Math.max(timeUs, clearedUs + gate.cooldownUs);
  return gate.hours === undefined ? cooledUs : gate.hours.opensAtUs(cooledUs);
}
