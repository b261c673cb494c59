import type { BacktestAlert, BacktestRun, BacktestSummary } from '../contracts/backtest.ts';
import type { PointValue } from '../contracts/telemetry.ts';
import type { EpisodeCorrection, RuleDecision } from '../rules/types.ts';
import type { Stretch } from './difference.ts';

/** How many alerts are listed. */
export const LISTED_ALERTS = 1_000;
/** An alert that is raised again so soon after it cleared is chatter, microseconds. */
const CHATTER_US = 60_000_000;
/** How many alerts of a device stay open to corrections; those reach back by the lateness of a rule, and in a replay by an instant. */
const OPEN_TO_CORRECTIONS = 1_000;

/** An alert while it is followed. */
interface Followed {
  raisedUs: number;
  sinceUs: number;
  clearedUs: number | null;
  value: PointValue | null;
  occurrences: number;
}

/** What is counted of one rule over all devices; alerts themselves are kept only as far as they are listed or compared. */
export class RunFigures {
  private readonly startUs: number;
  private readonly endUs: number;
  private readonly keepStretches: boolean;
  private deviceId = '';
  /** Of the device at hand: alerts that may still change, those that may not, and the end of the last of these. */
  private recent: Followed[] = [];
  private stretches: Stretch[] = [];
  private listed: BacktestAlert[] = [];
  private settledOfDevice = 0;
  private lastClearedUs = -Infinity;
  /** Of all devices. */
  private first: BacktestAlert[] = [];
  private alerts = 0;
  private devices = 0;
  private longestUs = 0;
  private alarmUs = 0;
  private chatter = 0;

  /** The period in epoch microseconds. `stretches`: what `endDevice` answers is wanted. */
  constructor(period: { startUs: number; endUs: number }, stretches: 'kept' | 'not kept') {
    this.startUs = period.startUs;
    this.endUs = period.endUs;
    this.keepStretches = stretches === 'kept';
  }

  /** The decisions that follow are about this device. */
  beginDevice(deviceId: string): void {
    this.deviceId = deviceId;
    this.recent = [];
    this.stretches = [];
    this.listed = [];
    this.settledOfDevice = 0;
    this.lastClearedUs = -Infinity;
  }

  /** Takes what was decided, in the order of time. */
  take(decisions: readonly RuleDecision[]): void {
    for (const decision of decisions) this.takeOne(decision);
    if (this.recent.length >= 2 * OPEN_TO_CORRECTIONS) this.settle(this.recent.splice(0, OPEN_TO_CORRECTIONS));
  }

  /** Counts the device; `hasReadings`: its time counts in the share. Answers its alerts when they are kept. */
  endDevice(hasReadings: boolean): readonly Stretch[] {
    this.settle(this.recent);
    if (hasReadings || this.settledOfDevice > 0) this.devices += 1;
    this.first = [...this.first, ...this.listed].sort(byTime).slice(0, LISTED_ALERTS);
    return this.stretches;
  }

  /** What came of all devices. */
  result(): BacktestRun {
    return { summary: this.summary(), alerts: this.first, alerts_left_off: this.alerts - this.first.length };
  }

  private summary(): BacktestSummary {
    const periodUs = this.endUs - this.startUs;
    return {
      alerts: this.alerts,
      alerts_per_day: Number((this.alerts / (periodUs / 86_400_000_000)).toPrecision(6)),
      longest_seconds: secondsOf(this.longestUs),
      alarm_seconds: secondsOf(this.alarmUs),
      alarm_share: this.devices === 0 ? 0 : Number((this.alarmUs / (periodUs * this.devices)).toPrecision(6)),
      chatter: this.chatter,
    };
  }

  private takeOne({ kind, atUs, sinceUs, value, occurrences, corrections }: RuleDecision): void {
    const last = this.recent.at(-1);
    switch (kind) {
      case 'raised':
        this.recent.push({ raisedUs: atUs, sinceUs, clearedUs: null, value, occurrences });
        break;
      case 'repeated':
        if (last !== undefined) last.occurrences += occurrences;
        break;
      case 'cleared':
        if (last === undefined) break;
        last.occurrences += occurrences;
        last.clearedUs = atUs;
        break;
      case 'corrected':
        for (const correction of corrections ?? []) this.correct(correction);
    }
  }

  /** Readings of the same instant (two sides of a comparison) may show that what was decided on the first of them was otherwise. */
  private correct({ op, wasRaisedUs, episode }: EpisodeCorrection): void {
    const place = this.recent.findLastIndex(({ raisedUs }) => raisedUs === wasRaisedUs);
    const known = this.recent[place];
    if (op === 'withdrawn') {
      if (known !== undefined) this.recent.splice(place, 1);
    } else if (op === 'changed' && known !== undefined) this.recent[place] = { ...known, ...episode };
    else if (op === 'added') this.recent.push({ ...episode, occurrences: 1 });
    this.recent.sort((a, b) => a.raisedUs - b.raisedUs);
  }

  private settle(alerts: readonly Followed[]): void {
    for (const alert of alerts) {
      const endedUs = Math.min(alert.clearedUs ?? this.endUs, this.endUs);
      this.alerts += 1;
      this.settledOfDevice += 1;
      this.longestUs = Math.max(this.longestUs, endedUs - alert.raisedUs);
      this.alarmUs += Math.max(0, endedUs - alert.raisedUs);
      // A schedule that raises each time anew ends the one before at the same instant: that is no chatter.
      const pauseUs = alert.raisedUs - this.lastClearedUs;
      if (pauseUs > 0 && pauseUs <= CHATTER_US) this.chatter += 1;
      this.lastClearedUs = alert.clearedUs ?? Infinity;
      if (this.keepStretches) this.stretches.push({ raisedUs: alert.raisedUs, clearedUs: alert.clearedUs ?? Infinity });
      if (this.listed.length < LISTED_ALERTS) this.listed.push(listedAlert(this.deviceId, alert));
    }
  }
}

function listedAlert(deviceId: string, { raisedUs, sinceUs, clearedUs, value, occurrences }: Followed): BacktestAlert {
  return {
    device_id: deviceId,
    raised_at: isoOf(raisedUs),
    since: isoOf(sinceUs),
    cleared_at: clearedUs === null ? null : isoOf(clearedUs),
    value,
    occurrences,
  };
}

/** ISO 8601 of the same length sorts by time. */
function byTime(a: BacktestAlert, b: BacktestAlert): number {
  if (a.raised_at !== b.raised_at) return a.raised_at < b.raised_at ? -1 : 1;
  return a.device_id < b.device_id ? -1 : a.device_id > b.device_id ? 1 : 0;
}

function isoOf(us: number): string {
  return new Date(us / 1_000).toISOString();
}

function secondsOf(us: number): number {
  return Math.round(us / 1_000) / 1_000;
}
