import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import { absorbLimit, reduceLimit } from '../limit/reduce.ts';
import { carryOverLimit, initialLimitState, limitView, parseLimitState } from '../limit/state.ts';
import type { LimitState } from '../limit/state.ts';
import type { RuleEvaluator } from '../types.ts';

/** The rule type `threshold` (REQUIREMENTS, section 7): readings against a limit. */
export const thresholdEvaluator: RuleEvaluator<ThresholdConditions & LimitConditions, LimitState> = {
  keys: (conditions) => [conditions.key],
  initial: initialLimitState,
  parse: parseLimitState,
  reduce: reduceLimit,
  absorb: absorbLimit,
  view: limitView,
  carryOver: carryOverLimit,
};
