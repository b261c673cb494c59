import type { PastReading, PointEvent, RuleDecision, RuleEvaluator, RuleEvent, RuleStateView } from './types.ts';

/** One rule at work on one device: the evaluator, its conditions and the state between two events, whatever its shape. */
export interface Judge {
  /** See `RuleEvaluator.absorb`. */
  absorb(event: PointEvent): boolean;
  /** Takes the next event and answers what was decided, in order. */
  step(event: RuleEvent, nowMs: number): readonly RuleDecision[];
  view(): RuleStateView;
  /** The state to store; given to `JudgeFactory` it continues where this one is. */
  state(): unknown;
  /**
   * Fills the window from stored readings, oldest first, before the first event. Readings newer than the last one judged wait until
   * judging comes to them.
   */
  prime(past: readonly PastReading[]): void;
}

/** Makes the judge of one device from a stored state, or (undefined) from the start. */
export interface JudgeFactory {
  readonly keys: readonly string[];
  /** How much of the past a judge is to be primed with before it goes on; 0: nothing. */
  readonly windowMs: number;
  /** The unit of what is compared, given that of the readings. */
  unitOf(unit: string | null): string | null;
  create(storedState: unknown): Judge;
  /** As `create`, for a state that was left by other conditions of the same rule. */
  carryOver(storedState: unknown): Judge;
}

/** Binds an evaluator to the conditions of one rule. */
export function judgeFactory<Conditions, State>(evaluator: RuleEvaluator<Conditions, State>, conditions: Conditions): JudgeFactory {
  return {
    keys: evaluator.keys(conditions),
    windowMs: 0,
    unitOf: (unit) => unit,
    create: (stored) => new DeviceJudge(evaluator, conditions, stored === undefined ? evaluator.initial() : evaluator.parse(stored)),
    carryOver: (stored) => new DeviceJudge(evaluator, conditions, evaluator.carryOver(evaluator.parse(stored))),
  };
}

class DeviceJudge<Conditions, State> implements Judge {
  private readonly evaluator: RuleEvaluator<Conditions, State>;
  private readonly conditions: Conditions;
  private current: State;

  constructor(evaluator: RuleEvaluator<Conditions, State>, conditions: Conditions, state: State) {
    this.evaluator = evaluator;
    this.conditions = conditions;
    this.current = state;
  }

  absorb(event: PointEvent): boolean {
    return this.evaluator.absorb(this.conditions, this.current, event);
  }

  step(event: RuleEvent, nowMs: number): readonly RuleDecision[] {
    const step = this.evaluator.reduce(this.conditions, this.current, event, nowMs);
    this.current = step.state;
    return step.transitions;
  }

  view(): RuleStateView {
    return this.evaluator.view(this.current);
  }

  state(): unknown {
    return this.current;
  }

  prime(): void {
    // What these rules remember is in their state.
  }
}
