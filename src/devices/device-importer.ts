import { setImmediate } from 'node:timers/promises';
import { newKey } from '../auth/new-key.ts';
import type { NewKey } from '../auth/new-key.ts';
import type { Device, ExistingDevices, ImportedDevice, PatchDevice } from '../contracts/devices.ts';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import { DEVICE_PERMISSIONS } from '../core/permissions.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { insertDeviceKeys, insertDevices, updateDevices } from '../storage/repositories/device-imports.ts';
import type { DeviceLookup } from './device-directory.ts';
import { filled } from './device-service.ts';
import type { DeviceService } from './device-service.ts';

/** Rows between two pauses, in which other requests and messages get their turn. */
const ROWS_AT_ONCE = 250;

/** One checked row of a file: the fields of its columns. */
export interface ImportRow {
  /** Of the file, from 1. */
  line: number;
  deviceId: string;
  fields: PatchDevice;
}

/** What the import uses. */
export interface DeviceImporterDeps {
  database: Database;
  directory: DeviceLookup;
  devices: Pick<DeviceService, 'changed'>;
  newId: NewId;
}

interface PlannedRow extends ImportRow {
  result: ImportedDevice['result'];
}

/** Many devices at once, with their keys. */
export class DeviceImporter {
  private readonly deps: DeviceImporterDeps;

  constructor(deps: DeviceImporterDeps) {
    this.deps = deps;
  }

  /**
   * What an import would do, without doing it; keys are null. Fails with CONFLICT that names each line whose device exists and may not (by
   * `existing`, or because it belongs to somebody else).
   */
  plan(tenantId: string, rows: readonly ImportRow[], existing: ExistingDevices): ImportedDevice[] {
    return this.planned(tenantId, rows, existing).map((row) => ({
      line: row.line,
      device_id: row.deviceId,
      name: row.fields.name ?? this.deps.directory.lookup(row.deviceId)?.name ?? row.deviceId,
      result: row.result,
      credential_id: null,
      key: null,
    }));
  }

  /** Creates (and by `existing` updates) all devices with their keys in one transaction, or nothing. Fails as `plan` does. */
  async import(tenantId: string, rows: readonly ImportRow[], existing: ExistingDevices): Promise<ImportedDevice[]> {
    const planned = this.planned(tenantId, rows, existing);
    const written = new Map<string, Device>();
    const keys = new Map<string, NewKey & { credentialId: string }>();
    try {
      await this.deps.database.asTenant(tenantId, async (tx) => {
        for (let start = 0; start < planned.length; start += ROWS_AT_ONCE) {
          const part = planned.slice(start, start + ROWS_AT_ONCE);
          for (const device of await this.write(tx, tenantId, part, keys)) written.set(device.device_id, device);
          await setImmediate();
        }
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === '23505')) throw error;
      throw new AppError('CONFLICT', 'A device of the file was created by somebody else meanwhile; nothing was imported. Send it again.', {
        cause: error,
      });
    }
    await this.announce(tenantId, planned, written);
    return planned.map(({ line, deviceId, result }) => ({
      line,
      device_id: deviceId,
      name: written.get(deviceId)?.name ?? this.deps.directory.lookup(deviceId)?.name ?? deviceId,
      result,
      credential_id: keys.get(deviceId)?.credentialId ?? null,
      key: keys.get(deviceId)?.key ?? null,
    }));
  }

  private planned(tenantId: string, rows: readonly ImportRow[], existing: ExistingDevices): PlannedRow[] {
    const errors: FieldError[] = [];
    const planned = rows.map((row): PlannedRow => {
      const known = this.deps.directory.lookup(row.deviceId);
      if (known === undefined) return { ...row, result: 'created' };
      if (known.tenantId !== tenantId || existing === 'refuse') errors.push(taken(row));
      return { ...row, result: existing === 'update' ? 'updated' : 'skipped' };
    });
    if (errors.length === 0) return planned;
    const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
    throw new AppError('CONFLICT', `${errors[0]?.message ?? ''}${more} Nothing was imported.`, { errors });
  }

  private async write(
    tx: Queryable,
    tenantId: string,
    rows: readonly PlannedRow[],
    keys: Map<string, NewKey & { credentialId: string }>,
  ): Promise<Device[]> {
    const created = rows.filter(({ result }) => result === 'created');
    const updated = rows.filter(({ result }) => result === 'updated');
    const devices: Device[] = [];
    if (created.length > 0) {
      devices.push(
        ...(await insertDevices(
          tx,
          tenantId,
          created.map(({ deviceId, fields }) => ({ device_id: deviceId, ...filled(deviceId, fields) })),
        )),
      );
      for (const { deviceId } of created) keys.set(deviceId, { ...newKey('device'), credentialId: this.deps.newId() });
      const issued = created.flatMap(({ deviceId }) => {
        const key = keys.get(deviceId);
        return key === undefined ? [] : [{ deviceId, ...key }];
      });
      await insertDeviceKeys(tx, tenantId, DEVICE_PERMISSIONS, issued);
    }
    if (updated.length > 0) {
      devices.push(
        ...(await updateDevices(
          tx,
          tenantId,
          updated.map(({ deviceId, fields }) => ({ device_id: deviceId, ...fields })),
        )),
      );
    }
    return devices;
  }

  private async announce(tenantId: string, planned: readonly PlannedRow[], written: ReadonlyMap<string, Device>): Promise<void> {
    let told = 0;
    for (const { deviceId, result } of planned) {
      const device = written.get(deviceId);
      if (device === undefined || result === 'skipped') continue;
      this.deps.devices.changed(tenantId, device, result);
      told += 1;
      if (told % ROWS_AT_ONCE === 0) await setImmediate();
    }
  }
}

function taken({ line, deviceId }: ImportRow): FieldError {
  return {
    field: `line ${String(line)}: device_id`,
    message: `Line ${String(line)}: "device_id" is "${deviceId}", which is taken; choose another, or send existing=skip or existing=update for devices of your own.`,
  };
}
