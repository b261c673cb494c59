import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { RuleEvaluator } from '../types.ts';
import { absorbThreshold, reduceThreshold } from './reduce.ts';
import { initialThresholdState, thresholdStateSchema } from './state.ts';
import type { ThresholdState } from './state.ts';

/** The rule type `threshold` (REQUIREMENTS, section 7). */
export const thresholdEvaluator: RuleEvaluator<ThresholdConditions, ThresholdState> = {
  keys: (conditions) => [conditions.key],
  initial: initialThresholdState,
  parse: (json) => thresholdStateSchema.safeParse(json).data ?? initialThresholdState(),
  reduce: reduceThreshold,
  absorb: absorbThreshold,
  view: (state) => ({ active: state.phase === 'active', lastValue: state.last_value, dueAtMs: state.due_ms }),
  carryOver: (state) => (state.phase === 'pending' ? { ...state, phase: 'normal', since_us: null, due_ms: null } : state),
};
