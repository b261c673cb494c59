import type { BacktestRun } from '../contracts/backtest.ts';
import type { AuthoredRule } from '../contracts/rules.ts';
import type { PointValue } from '../contracts/telemetry.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import { RuleReplay } from '../rules/replay.ts';
import type { ReplayInput } from '../rules/replay.ts';
import type { PastReading } from '../rules/types.ts';
import type { Stretch } from './difference.ts';
import { RunFigures } from './figures.ts';
import type { Curve } from './thin.ts';
import { ThinnedCurve } from './thin.ts';

/** The period of a backtest, epoch microseconds; the end is not part of it. */
export interface Period {
  startUs: number;
  endUs: number;
}

/** One rule in a backtest: replayed on one device after another, counted over all of them. */
export class RuleRun {
  readonly rule: AuthoredRule;
  readonly deviceIds: ReadonlySet<string>;
  /** True when it decides by time alone too: then its devices are replayed whether or not they have readings. */
  readonly byTime: boolean;
  private readonly figures: RunFigures;
  private readonly period: Period;

  constructor(rule: AuthoredRule, deviceIds: readonly string[], period: Period, stretches: 'kept' | 'not kept') {
    this.rule = rule;
    this.deviceIds = new Set(deviceIds);
    this.byTime = judgeFactoryOf(rule).byTime;
    this.period = period;
    this.figures = new RunFigures(period, stretches);
  }

  /** Begins with a device; undefined when the rule is not for it. `curve`: what is compared is wanted as a curve. */
  begin(deviceId: string, curve: 'wanted' | 'not wanted'): DeviceRun | undefined {
    if (!this.deviceIds.has(deviceId)) return undefined;
    const replay = new RuleReplay(this.rule, deviceId, { startMs: this.period.startUs / 1_000 });
    this.figures.beginDevice(deviceId);
    const thinned = curve === 'wanted' && hasFigure(this.rule) ? new ThinnedCurve(this.period.startUs, this.period.endUs) : undefined;
    return new DeviceRun(replay, { figures: this.figures, period: this.period, thinned, byTime: this.byTime });
  }

  /** What came of all devices. */
  result(): BacktestRun {
    return this.figures.result();
  }
}

/** What a rule on a device works with. */
interface DeviceRunParts {
  figures: RunFigures;
  period: Period;
  thinned: ThinnedCurve | undefined;
  byTime: boolean;
}

/** One rule on one device. */
export class DeviceRun {
  readonly byTime: boolean;
  private readonly replay: RuleReplay;
  private readonly figures: RunFigures;
  private readonly period: Period;
  private readonly thinned: ThinnedCurve | undefined;

  constructor(replay: RuleReplay, parts: DeviceRunParts) {
    this.replay = replay;
    this.byTime = parts.byTime;
    this.figures = parts.figures;
    this.period = parts.period;
    this.thinned = parts.thinned;
  }

  /** What it reads. */
  get inputs(): readonly ReplayInput[] {
    return this.replay.inputs;
  }

  /** How much of the past before the period it has to see, microseconds. */
  get windowUs(): number {
    return Math.ceil(this.replay.windowMs * 1_000);
  }

  prime(input: number, past: readonly PastReading[], kind: 'number' | 'boolean'): void {
    this.replay.prime(input, past, kind);
  }

  /** Takes a reading; those of all inputs come in the order of time. */
  point(input: number, timeUs: number, value: PointValue, quality: number): void {
    const decisions = this.replay.point(input, timeUs, value, quality);
    if (decisions.length > 0) this.figures.take(decisions);
    if (this.thinned !== undefined) {
      const figure = this.replay.figure();
      if (figure !== null) this.thinned.add(timeUs, figure);
    }
  }

  /** The period is over. `hasReadings`: the time of the device counts. Answers its alerts if they are kept. */
  finish(hasReadings: boolean): readonly Stretch[] {
    this.figures.take(this.replay.finish(this.period.endUs / 1_000));
    return this.figures.endDevice(hasReadings);
  }

  /** The curve of what was compared; undefined when that is the reading itself, or not wanted. */
  curve(): Curve | undefined {
    return this.thinned?.curve();
  }
}

/** Whether what a rule compares is another thing than its readings. */
function hasFigure({ rule_type: type }: AuthoredRule): boolean {
  return type === 'statistical' || type === 'comparison';
}
