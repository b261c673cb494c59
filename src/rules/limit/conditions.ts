import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { RaiseGate } from '../raise-gate.ts';

/** A limit that a number must not violate: for how long, until where, and when that may be said. */
export interface LimitConditions extends Pick<ThresholdConditions, 'operator' | 'value' | 'duration_seconds' | 'clear_value'> {
  /** Absent: at any time. */
  gate?: RaiseGate | undefined;
  /** A timer raises nothing when the last comparison is older than this then, milliseconds. Absent: a duration asks for its own length, a gate for none. */
  longestGapMs?: number;
  /** How far a reading may be behind the clock of the platform and still be of the present, milliseconds; 0 when absent. */
  presentMs?: number;
}
