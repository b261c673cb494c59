import type { SeriesChange, SeriesItem } from '../contracts/devices.ts';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import { findDevice } from '../storage/repositories/devices.ts';
import { listSeries, lockSeries, writeSeries } from '../storage/repositories/series-settings.ts';
import { normalUnit } from '../telemetry/values.ts';
import { noDevice } from './device-service.ts';

/** What ingest knows of units: readings are checked against its memory, not against the database. */
export interface SeriesUnits {
  /** Gives a series a unit that has none; answers the unit it has then, undefined when there is no such series. */
  claimUnit(deviceId: string, key: string, unit: string): string | undefined;
  /** Takes a claim back. */
  releaseUnit(deviceId: string, key: string, unit: string): void;
}

/** What the service of series uses. */
export interface SeriesServiceDeps {
  database: Database;
  units: SeriesUnits;
}

/** Quantities before and after a change, by key. */
export interface SeriesChanges {
  before: SeriesItem[];
  after: SeriesItem[];
}

/** The quantities of devices: how they are shown, and between which values they are expected. */
export class SeriesService {
  private readonly deps: SeriesServiceDeps;

  constructor(deps: SeriesServiceDeps) {
    this.deps = deps;
  }

  /** The quantities of a device by key. Fails with NOT_FOUND when there is no such device. */
  list(query: { tenantId: string; deviceId: string; after: string | undefined; limit: number }): Promise<SeriesItem[]> {
    return this.deps.database.asTenant(query.tenantId, async (tx) => {
      if ((await findDevice(tx, query.tenantId, query.deviceId)) === undefined) throw noDevice(query.deviceId);
      return listSeries(tx, query);
    });
  }

  /**
   * Changes quantities of a device, all or none. Fails with NOT_FOUND for a device or key that does not exist, with INVALID_REQUEST when
   * limits contradict each other or do not fit the kind, and with CONFLICT when the series is kept in another unit.
   */
  async change(target: { tenantId: string; deviceId: string }, changes: readonly SeriesChange[]): Promise<SeriesChanges> {
    const { tenantId, deviceId } = target;
    const claimed: { key: string; unit: string }[] = [];
    try {
      return await this.deps.database.asTenant(tenantId, async (tx) => {
        if ((await findDevice(tx, tenantId, deviceId)) === undefined) throw noDevice(deviceId);
        const before = await lockSeries(tx, { ...target, keys: changes.map(({ key }) => key) });
        const known = new Map(before.map((item) => [item.key, item]));
        const after = changes.map((change, index) => changed(known.get(change.key), change, { deviceId, index }));
        after.forEach((item, index) => this.claim(deviceId, { item, index, before: known.get(item.key) }, claimed));
        await writeSeries(tx, target, after);
        return { before, after };
      });
    } catch (error) {
      for (const { key, unit } of claimed) this.deps.units.releaseUnit(deviceId, key, unit);
      throw error;
    }
  }

  /** Last of the checks, because ingest goes by the unit from here on. */
  private claim(
    deviceId: string,
    { item, index, before }: { item: SeriesItem; index: number; before: SeriesItem | undefined },
    claimed: { key: string; unit: string }[],
  ): void {
    const { key, unit } = item;
    if (unit === null || before?.unit === unit) return;
    const now = before?.unit ?? this.deps.units.claimUnit(deviceId, key, unit) ?? unit;
    if (now === unit) {
      claimed.push({ key, unit });
      return;
    }
    const message = `"items.${String(index)}.unit" is "${unit}", but "${key}" of "${deviceId}" is kept in "${now}", and so are its readings. Send readings in another unit under another key.`;
    throw new AppError('CONFLICT', message, { errors: [{ field: `items.${String(index)}.unit`, message }] });
  }
}

function changed(item: SeriesItem | undefined, change: SeriesChange, place: { deviceId: string; index: number }): SeriesItem {
  const at = `items.${String(place.index)}`;
  if (item === undefined) {
    const message = `"${at}.key" is "${change.key}", and the device "${place.deviceId}" has no such series; GET /api/v1/devices/{device_id}/series lists them.`;
    throw new AppError('NOT_FOUND', message, { errors: [{ field: `${at}.key`, message }] });
  }
  const after: SeriesItem = {
    ...item,
    unit: change.unit === undefined ? item.unit : unitOf(change.unit, `${at}.unit`),
    display_name: change.display_name === undefined ? item.display_name : change.display_name,
    decimals: change.decimals === undefined ? item.decimals : change.decimals,
    lower_limit: change.lower_limit === undefined ? item.lower_limit : change.lower_limit,
    upper_limit: change.upper_limit === undefined ? item.upper_limit : change.upper_limit,
  };
  checkNumbers(after, at);
  return after;
}

function unitOf(unit: string, field: string): string {
  const normal = normalUnit(unit);
  if (typeof normal === 'string' && normal !== '') return normal;
  const message = `"${field}" is ${JSON.stringify(unit)}, which is no unit; send 1-32 characters, such as "°C".`;
  throw invalid([{ field, message }]);
}

function checkNumbers({ key, kind, decimals, lower_limit: lower, upper_limit: upper }: SeriesItem, at: string): void {
  if (kind !== 'number' && (decimals !== null || lower !== null || upper !== null)) {
    const message = `"${at}" gives "${key}" decimals or limits, but its values are ${kind}; only numbers have them.`;
    throw invalid([{ field: at, message }]);
  }
  if (lower === null || upper === null || lower <= upper) return;
  const message = `"${at}.lower_limit" is ${String(lower)}, which is above the upper limit ${String(upper)}; exchange them.`;
  throw invalid([{ field: `${at}.lower_limit`, message }]);
}

function invalid(errors: readonly FieldError[]): AppError {
  return new AppError('INVALID_REQUEST', errors[0]?.message ?? 'The request is not valid.', { errors });
}
