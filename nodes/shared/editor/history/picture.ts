import type { BacktestResult, BacktestSeries } from '../../../../src/contracts/backtest.ts';
import type { AuthoredRule } from '../../../../src/contracts/rules.ts';
import { valueAt } from '../../history/curves.ts';
import { limitOf, roleOf } from '../../history/limits.ts';
import type { CurveRole, Limit } from '../../history/limits.ts';
import { spansOf } from '../../history/spans.ts';
import type { AlertSpan } from '../../history/spans.ts';

/** A curve with its part in the picture. */
export interface PictureCurve {
  role: CurveRole;
  label: string;
  unit: string;
  series: BacktestSeries;
}

/** The limit of a rule over a quantity that is not constant. */
export interface LimitOverCurve {
  kind: 'above';
  limit: Limit;
  label: string;
  series: BacktestSeries;
}

/** Everything that the chart shows. */
export interface Picture {
  startMs: number;
  endMs: number;
  deviceId: string | undefined;
  curves: PictureCurve[];
  /** Undefined for rules without one. */
  limit: { kind: 'level'; limit: Limit } | LimitOverCurve | undefined;
  /** The limit as deployed, when that is another one. */
  deployedLimit: number | undefined;
  spans: AlertSpan[];
  /** Undefined when nothing was compared. */
  deployedSpans: AlertSpan[] | undefined;
}

/** What was asked: the rule, the version it was compared with, and the device whose curves are wanted. */
export interface Asked {
  rule: AuthoredRule;
  deployed: AuthoredRule | undefined;
  deviceId: string | undefined;
  unit: string;
}

/** What the chart shows of a result. */
export function pictureOf(result: BacktestResult, asked: Asked): Picture {
  const { rule, deployed } = asked;
  const main = result.series.find((series) => roleOf(rule, series) === 'main');
  // Of several devices the curves are those of one, and so are the alerts in the chart.
  const deviceId = asked.deviceId ?? main?.device_id ?? result.series[0]?.device_id ?? result.run.alerts[0]?.device_id;
  const endMs = Date.parse(result.end);
  return {
    startMs: Date.parse(result.start),
    endMs,
    deviceId,
    curves: curvesOf(result.series, asked),
    limit: limitIn(asked, result.series),
    deployedLimit: otherLevel(rule, deployed),
    spans: spansOf(result.run.alerts, deviceId, endMs),
    deployedSpans: result.compared === null ? undefined : spansOf(result.compared.alerts, deviceId, endMs),
  };
}

/** The same picture with the curves of a part of its period. */
export function withDetail(picture: Picture, asked: Asked, series: readonly BacktestSeries[]): Picture {
  return { ...picture, curves: curvesOf(series, asked), limit: limitIn(asked, series) };
}

/** A curve of another device than the one that was asked for, or of one of several, says of which. */
function curvesOf(all: readonly BacktestSeries[], { rule, unit, deviceId }: Asked): PictureCurve[] {
  return all.map((series) => ({
    role: roleOf(rule, series),
    label: series.device_id === deviceId ? labelOf(rule, series) : `${labelOf(rule, series)} (${series.device_id})`,
    unit: series.unit ?? unit,
    series,
  }));
}

/** The limit at an instant; undefined where there is none. */
export function limitAt({ limit }: Picture, timeMs: number, withinMs: number): number | undefined {
  if (limit === undefined) return undefined;
  if (limit.kind === 'level') return limit.limit.value;
  const base = valueAt(limit.series, timeMs, withinMs);
  return base === undefined ? undefined : (base.min + base.max) / 2 + limit.limit.value;
}

function labelOf(rule: AuthoredRule, { key, of }: BacktestSeries): string {
  if (of === 'reading') return key;
  return rule.rule_type === 'statistical' ? `${rule.conditions.function} ${key}` : key;
}

function limitIn(asked: Asked, series: readonly BacktestSeries[]): Picture['limit'] {
  const found = limitOf(asked.rule);
  if (found === undefined) return undefined;
  const { limit, base } = found;
  if (base === 'zero') return { kind: 'level', limit };
  const other = curvesOf(series, asked).find(({ role }) => role === 'other');
  return other === undefined ? undefined : { kind: 'above', limit, label: other.label, series: other.series };
}

function otherLevel(rule: AuthoredRule, deployed: AuthoredRule | undefined): number | undefined {
  const [mine, other] = [limitOf(rule), deployed === undefined ? undefined : limitOf(deployed)];
  if (mine?.base !== 'zero' || other?.base !== 'zero') return undefined;
  return mine.limit.value === other.limit.value ? undefined : other.limit.value;
}
