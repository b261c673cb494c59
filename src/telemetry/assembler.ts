import { LIMITS } from '../contracts/limits.ts';
import type { RejectedPoint } from '../contracts/telemetry.ts';
import type { MessageNumbers } from './accounts/entry.ts';
import type { Batch } from './batch.ts';
import type { PointSink, Reading } from './decode.ts';
import type { NewSeries, Series } from './series-registry.ts';
import { kindOf, shown } from './values.ts';
import type { Refusal } from './values.ts';

const DAY_US = 86_400_000_000;

/** What the assembler must know of storage. */
export interface KnownDays {
  /** True when the day (since 1970, UTC) has its partitions. */
  has(day: number): boolean;
}

/**
 * Puts the readings of one message into a batch: finds their series, checks that kind and unit agree, gives arrival times. One object
 * is used for all messages; `begin` starts the next.
 */
export class MessageAssembler implements PointSink {
  private readonly days: KnownDays;
  private batch!: Batch;
  private tenantId = '';
  private deviceId = '';
  private arrivalUs = 0;
  private series: Map<string, Series> | undefined;
  /** Points, and elements that are none, which the decoder found in this message. */
  received = 0;
  private numbers: number[] = [];
  private unreadableNumbers = 0;
  /** Points of this message that were refused. */
  refused: RejectedPoint[] = [];
  /** Series that must be created before this message can be taken. */
  wanted: NewSeries[] = [];
  /** Series that get their first unit from this message. */
  units: { series: Series; unit: string }[] = [];

  constructor(days: KnownDays) {
    this.days = days;
  }

  begin(
    batch: Batch,
    message: { tenantId: string; deviceId: string; receivedAtMs: number },
    series: Map<string, Series> | undefined,
  ): void {
    this.batch = batch;
    this.tenantId = message.tenantId;
    this.deviceId = message.deviceId;
    this.arrivalUs = message.receivedAtMs * 1_000;
    this.series = series;
    this.received = 0;
    if (this.numbers.length > 0) this.numbers = [];
    this.unreadableNumbers = 0;
    if (this.refused.length > 0) this.refused = [];
    if (this.wanted.length > 0) this.wanted = [];
    if (this.units.length > 0) this.units = [];
  }

  /** What the message was numbered with; undefined when it was not. */
  get numbering(): MessageNumbers | undefined {
    const { numbers, unreadableNumbers: unreadable } = this;
    return numbers.length === 0 && unreadable === 0 ? undefined : { numbers, unreadable };
  }

  refuse(index: number, field: string | null, refusal: Refusal): void {
    this.received += 1;
    this.refusePoint(index, field, refusal);
  }

  numbered(given: unknown): void {
    if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) this.numbers.push(given);
    else this.unreadableNumbers += 1;
  }

  point(key: string, value: number | boolean | string, reading: Reading): void {
    this.received += 1;
    const series = this.series?.get(key);
    if (series === undefined) {
      this.want(key, value, reading);
      return;
    }
    const kind = kindOf(value);
    if (series.kind !== kind) {
      const message = `"${key}" of ${this.deviceId} is a series of kind ${series.kind}; ${shown(value)} is ${kind}. Send it under another key.`;
      this.refusePoint(reading.index, key, { reason: 'kind_mismatch', message });
      return;
    }
    if (reading.unit !== undefined && reading.unit !== series.unit) {
      if (series.unit !== null) {
        const message = `"${key}" of ${this.deviceId} is kept in ${shown(series.unit)}, not ${shown(reading.unit)}. Convert it, or send it under another key.`;
        this.refusePoint(reading.index, key, { reason: 'unit_mismatch', message });
        return;
      }
      this.units.push({ series, unit: reading.unit });
    }
    this.append(series, value, reading);
  }

  private refusePoint(index: number, field: string | null, { reason, message }: Refusal): void {
    this.refused.push({ index, field, reason, message });
  }

  private append(series: Series, value: number | boolean | string, reading: Reading): void {
    const { batch } = this;
    let { timeUs } = reading;
    if (timeUs === undefined) {
      timeUs = this.arrivalUs > series.lastArrivalUs ? this.arrivalUs : series.lastArrivalUs + 1;
      series.lastArrivalUs = timeUs;
      batch.stamped.push(1);
    } else {
      batch.stamped.push(0);
    }
    if (timeUs > series.newestUs) series.newestUs = timeUs;
    else batch.suspect = true;
    const day = Math.floor(timeUs / DAY_US);
    if (!this.days.has(day)) batch.missingDays.add(day);
    batch.timesUs.push(timeUs);
    batch.values.push(typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : batch.texts.push(value) - 1);
    batch.qualities.push(reading.quality);
    batch.series.push(series);
    batch.indexes.push(reading.index);
  }

  private want(key: string, value: number | boolean | string, reading: Reading): void {
    if ((this.series?.size ?? 0) + this.wanted.length >= LIMITS.seriesPerDevice && !this.wanted.some((series) => series.key === key)) {
      const message = `${this.deviceId} has ${String(LIMITS.seriesPerDevice)} series already, the most a device may have; "${key}" would be one more.`;
      this.refusePoint(reading.index, key, { reason: 'too_many_series', message });
      return;
    }
    this.wanted.push({ tenantId: this.tenantId, deviceId: this.deviceId, key, kind: kindOf(value), unit: reading.unit ?? null });
  }
}
