import { isDeepStrictEqual } from 'node:util';
import type { BacktestResult, BacktestSeries } from '../contracts/backtest.ts';
import type { AuthoredRule } from '../contracts/rules.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import type { Queryable } from '../storage/database.ts';
import { devicesOf, seriesNamed } from '../storage/repositories/past-readings.ts';
import type { PastSeries } from '../storage/repositories/past-readings.ts';
import { replayDevice } from './device-replay.ts';
import type { Listener, ReplaySeries } from './device-replay.ts';
import { AlertDifference } from './difference.ts';
import { Notes } from './notes.ts';
import { RuleRun } from './rule-run.ts';
import type { DeviceRun, Period } from './rule-run.ts';
import type { Curve } from './thin.ts';
import { ThinnedCurve } from './thin.ts';
import type { BacktestJob, ReplayWatch } from './types.ts';

/** Thrown inside a replay that was cancelled. */
export class ReplayCancelled extends Error {}

/** The rules at work on one device. */
interface OneDevice {
  deviceId: string;
  run: DeviceRun | undefined;
  compared: DeviceRun | undefined;
  /** True when its curves are wanted. */
  drawn: boolean;
}

/**
 * Replays a period of stored readings through one rule, or two at the same time, device by device. Reads with `db` alone, one chunk after
 * another. Rejects with `ReplayCancelled`, or with the error of the database.
 */
export async function runBacktest(job: BacktestJob, db: Queryable, watch: ReplayWatch): Promise<BacktestResult> {
  return new BacktestRunner(job, db, watch).result();
}

class BacktestRunner {
  private readonly job: BacktestJob;
  private readonly db: Queryable;
  private readonly watch: ReplayWatch;
  private readonly period: Period;
  private readonly notes: Notes;
  private readonly difference = new AlertDifference();
  private series: BacktestSeries[] = [];
  private points = 0;

  constructor(job: BacktestJob, db: Queryable, watch: ReplayWatch) {
    this.job = job;
    this.db = db;
    this.watch = watch;
    this.period = { startUs: job.startMs * 1_000, endUs: job.endMs * 1_000 };
    this.notes = new Notes(job.notes);
  }

  async result(): Promise<BacktestResult> {
    const startedAt = performance.now();
    const { job, notes } = this;
    const run = await this.open(job.run);
    const compared = job.compared === undefined ? undefined : await this.open(job.compared);
    const deviceIds = [...new Set([...run.deviceIds, ...(compared?.deviceIds ?? [])])].sort();
    for (const [place, deviceId] of deviceIds.entries()) {
      await this.replay(deviceId, { run, compared }, (share) => (place + share) / deviceIds.length);
    }
    if (deviceIds.length === 0) notes.noDevices(job.run);
    else if (this.points === 0 && !run.byTime) notes.noReadings(job.run);
    return {
      start: new Date(job.startMs).toISOString(),
      end: new Date(job.endMs).toISOString(),
      devices: deviceIds.length,
      points: this.points,
      took_seconds: Math.round(performance.now() - startedAt) / 1_000,
      run: run.result(),
      compared: compared?.result() ?? null,
      difference: compared === undefined ? null : this.difference.result(),
      series: this.series,
      notes: notes.all(),
    };
  }

  /** Which devices a rule is for. */
  private async open(rule: AuthoredRule): Promise<RuleRun> {
    const { job } = this;
    const { onlyDevice, notDevice, byTime, inputs } = judgeFactoryOf(rule);
    const { scope } = rule;
    const deviceIds =
      job.deviceId !== undefined
        ? [job.deviceId].filter((deviceId) => onlyDevice === undefined || onlyDevice === deviceId)
        : await devicesOf(this.db, {
            tenantId: job.tenantId,
            ...(onlyDevice === undefined
              ? { deviceId: scope.device_id, type: scope.device_type, location: scope.location }
              : { deviceId: onlyDevice, type: undefined, location: undefined }),
            key: byTime ? undefined : inputs[0]?.key,
          });
    const judged = deviceIds.filter((deviceId) => deviceId !== notDevice);
    return new RuleRun(rule, judged, this.period, job.compared === undefined ? 'not kept' : 'kept');
  }

  /** `overall`: what a share of this device is of the whole. */
  private async replay(
    deviceId: string,
    rules: { run: RuleRun; compared: RuleRun | undefined },
    overall: (share: number) => number,
  ): Promise<void> {
    const drawn = this.series.length === 0;
    const { job, period, db } = this;
    const curve = drawn ? 'wanted' : 'not wanted';
    const isOther = !sameFigure(job.run, job.compared);
    const run = rules.run.begin(deviceId, curve);
    const compared = rules.compared?.begin(deviceId, isOther ? curve : 'not wanted');
    const one: OneDevice = { deviceId, run, compared, drawn };
    const all = await this.seriesOf(one);
    const reached = (timeUs: number): void => {
      if (this.watch.isCancelled()) throw new ReplayCancelled('The backtest was cancelled.');
      this.watch.progress(overall((timeUs - period.startUs) / (period.endUs - period.startUs)));
    };
    reached(period.startUs);
    const points = await replayDevice(all, { db, period, qualities: needsQualities(job), reached });
    this.points += points;
    const alerts = run?.finish(points > 0) ?? [];
    this.difference.device(alerts, compared?.finish(points > 0) ?? []);
    if (drawn && points > 0) this.series = curvesOf(one, all, job);
  }

  /** The series that the rules read on a device, each once. */
  private async seriesOf({ deviceId, run, compared, drawn }: OneDevice): Promise<ReplaySeries[]> {
    const wanted = new Map<string, { deviceId: string; key: string; listeners: Listener[] }>();
    for (const rule of [run, compared]) {
      for (const [input, of] of rule?.inputs.entries() ?? []) {
        const name = JSON.stringify([of.deviceId, of.key]);
        const found = wanted.get(name) ?? { ...of, listeners: [] };
        wanted.set(name, found);
        if (rule !== undefined) found.listeners.push({ run: rule, input });
      }
    }
    const found = wanted.size === 0 ? [] : await seriesNamed(this.db, this.job.tenantId, [...wanted.values()]);
    const all: ReplaySeries[] = [];
    for (const { listeners, ...of } of wanted.values()) {
      const series = found.find((each) => each.deviceId === of.deviceId && each.key === of.key);
      if (series === undefined) this.notes.noSeries(of, deviceId);
      else if (!isComparable(series)) this.notes.text(of);
      else all.push({ series, listeners, curve: drawn ? new ThinnedCurve(this.period.startUs, this.period.endUs) : undefined });
    }
    return all;
  }
}

function isComparable(series: PastSeries): series is ReplaySeries['series'] {
  return series.kind !== 'text';
}

function needsQualities({ run, compared }: BacktestJob): boolean {
  return (run.min_quality ?? 0) > 0 || (compared?.min_quality ?? 0) > 0;
}

/** Whether two rules compare the same with their limits, so that one curve is enough. */
function sameFigure(run: AuthoredRule, compared: AuthoredRule | undefined): boolean {
  return compared !== undefined && isDeepStrictEqual(figureOf(run), figureOf(compared));
}

/** What the curve of a rule depends on. */
function figureOf(rule: AuthoredRule): unknown {
  switch (rule.rule_type) {
    case 'statistical': {
      const { key, function: statistic, window, min_samples: minSamples } = rule.conditions;
      return { key, statistic, window, minSamples, minQuality: rule.min_quality };
    }
    case 'comparison': {
      const { left, right, tolerance_seconds: tolerance } = rule.conditions;
      return { left, right, tolerance, minQuality: rule.min_quality };
    }
    case 'threshold':
    case 'schedule':
      return undefined;
  }
}

function curvesOf({ deviceId, run, compared }: OneDevice, all: readonly ReplaySeries[], job: BacktestJob): BacktestSeries[] {
  const curves = all.flatMap(({ series, curve }) =>
    curve === undefined ? [] : [shown({ device_id: series.deviceId, key: series.key, of: 'reading', unit: series.unit }, curve.curve())],
  );
  const figures = [
    { of: 'figure' as const, rule: job.run, curve: run?.curve() },
    { of: 'compared_figure' as const, rule: job.compared, curve: compared?.curve() },
  ];
  for (const { of, rule, curve } of figures) {
    if (rule === undefined || curve === undefined || curve.atMs.length === 0) continue;
    const factory = judgeFactoryOf(rule);
    const key = factory.subject;
    const unit = all.find(({ series }) => series.deviceId === deviceId && series.key === key)?.series.unit ?? null;
    curves.push(shown({ device_id: deviceId, key, of, unit: factory.unitOf(unit) }, curve));
  }
  return curves;
}

function shown(of: Pick<BacktestSeries, 'device_id' | 'key' | 'of' | 'unit'>, { atMs, min, max }: Curve): BacktestSeries {
  return { ...of, at_ms: atMs, min, max };
}
