import type { SeriesKind } from '../contracts/telemetry.ts';

/** One series as the hot path knows it: identity and what its points must agree with. */
export interface Series {
  readonly id: number;
  readonly tenantId: string;
  readonly deviceId: string;
  readonly key: string;
  readonly kind: SeriesKind;
  unit: string | null;
  /** The newest time given to a point of this series that is stored or on its way, epoch microseconds; -Infinity when none is. */
  newestUs: number;
  /** The newest arrival time given to a point that came without one, epoch microseconds; the next one is later. */
  lastArrivalUs: number;
  /** The newest stored point, for `telemetry_latest` and status displays. */
  latestUs: number;
  latestValue: number | boolean | string | undefined;
  latestQuality: number;
  /** Queued for the next write of `telemetry_latest`. */
  latestDirty: boolean;
}

/** A series that a message needs and that does not exist yet. */
export interface NewSeries {
  tenantId: string;
  deviceId: string;
  key: string;
  kind: SeriesKind;
  unit: string | null;
}

/** A series that exists, with its newest stored point; the last three are null until there is one. Times are epoch microseconds. */
export interface SeriesRow extends NewSeries {
  id: number;
  newestUs: number | null;
  latestValue: number | string | null;
  latestQuality: number | null;
}

/** Where series live; implemented over PostgreSQL. */
export interface SeriesStore {
  /** Every series with its newest stored point. */
  loadAll(): Promise<SeriesRow[]>;
  /** Creates those that do not exist and answers all of them, in any order. */
  create(wanted: readonly NewSeries[]): Promise<SeriesRow[]>;
  setUnit(seriesId: number, unit: string): Promise<void>;
}

/**
 * All series in memory, by device and key: a look-up costs two hash accesses and no query. This process is the only writer
 * (one instance per database), so what is not here does not exist.
 */
export class SeriesRegistry {
  private readonly store: SeriesStore;
  private readonly byDevice = new Map<string, Map<string, Series>>();
  private readonly ids = new Map<number, Series>();
  /** The series of each tenant in the order of their ids; made when asked for, forgotten when it changes. */
  private readonly inOrder = new Map<string, readonly Series[]>();

  constructor(store: SeriesStore) {
    this.store = store;
  }

  /** Loads everything; called once before the first message. */
  async load(): Promise<void> {
    this.byDevice.clear();
    this.ids.clear();
    this.inOrder.clear();
    for (const row of await this.store.loadAll()) this.add(row);
  }

  /** The series of a device by key, or undefined when the device has none yet. */
  ofDevice(deviceId: string): Map<string, Series> | undefined {
    return this.byDevice.get(deviceId);
  }

  byId(seriesId: number): Series | undefined {
    return this.ids.get(seriesId);
  }

  /** Every series of a tenant, in the order of their ids. */
  ofTenant(tenantId: string): readonly Series[] {
    let series = this.inOrder.get(tenantId);
    if (series === undefined) {
      series = [...this.ids.values()].filter((each) => each.tenantId === tenantId).sort((a, b) => a.id - b.id);
      this.inOrder.set(tenantId, series);
    }
    return series;
  }

  /** Creates what is missing, in one statement for all. */
  async create(wanted: readonly NewSeries[]): Promise<void> {
    if (wanted.length === 0) return;
    for (const row of await this.store.create(wanted)) {
      if (this.byDevice.get(row.deviceId)?.has(row.key) !== true) this.add(row);
    }
  }

  /** A series created without a unit takes the first one that a point brings. */
  async adoptUnit(series: Series, unit: string): Promise<void> {
    series.unit = unit;
    await this.store.setUnit(series.id, unit);
  }

  /**
   * A person says which unit a series has that no point has named one for; readings must agree with it from this instant on. Answers the unit
   * that the series has now: another one when it had one already, undefined when there is no such series.
   */
  claimUnit(deviceId: string, key: string, unit: string): string | undefined {
    const series = this.byDevice.get(deviceId)?.get(key);
    if (series === undefined) return undefined;
    series.unit ??= unit;
    return series.unit;
  }

  /** The claim could not be written down: the series has no unit again. */
  releaseUnit(deviceId: string, key: string, unit: string): void {
    const series = this.byDevice.get(deviceId)?.get(key);
    if (series?.unit === unit) series.unit = null;
  }

  /** Forgets a removed device. */
  forget(deviceId: string): void {
    for (const series of this.byDevice.get(deviceId)?.values() ?? []) {
      this.ids.delete(series.id);
      this.inOrder.delete(series.tenantId);
    }
    this.byDevice.delete(deviceId);
  }

  private add(row: SeriesRow): void {
    let series = this.byDevice.get(row.deviceId);
    if (series === undefined) {
      series = new Map();
      this.byDevice.set(row.deviceId, series);
    }
    const newestUs = row.newestUs ?? Number.NEGATIVE_INFINITY;
    const added: Series = {
      id: row.id,
      tenantId: row.tenantId,
      deviceId: row.deviceId,
      key: row.key,
      kind: row.kind,
      unit: row.unit,
      newestUs,
      lastArrivalUs: Number.NEGATIVE_INFINITY,
      latestUs: newestUs,
      latestValue: storedValue(row.kind, row.latestValue),
      latestQuality: row.latestQuality ?? 100,
      latestDirty: false,
    };
    series.set(row.key, added);
    this.ids.set(row.id, added);
    this.inOrder.delete(row.tenantId);
  }
}

/** A stored value in the kind of its series: booleans are kept as 0 and 1. */
export function storedValue(kind: SeriesKind, value: number | string | null): number | boolean | string | undefined {
  if (value === null) return undefined;
  return kind === 'boolean' ? value === 1 : value;
}
