import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { RaiseGate } from '../raise-gate.ts';

/** A limit that a number must not violate: for how long, until where, and when that may be said. */
export interface LimitConditions extends Pick<ThresholdConditions, 'operator' | 'value' | 'duration_seconds' | 'clear_value'> {
  /** Absent: at any time. */
  gate?: RaiseGate | undefined;
}
