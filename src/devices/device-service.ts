import type { CreateDevice, Device, PatchDevice } from '../contracts/devices.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import { AppError } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import type { Database } from '../storage/database.ts';
import {
  deleteDevice,
  deviceIdsOfOrigin,
  findDevice,
  insertDevice,
  listDevices,
  lockDevice,
  updateDevice,
} from '../storage/repositories/devices.ts';
import type { DeviceEntry, DeviceOrigin, DeviceQuery } from '../storage/repositories/devices.ts';
import type { DeviceDirectory } from './device-directory.ts';

/** What the registry of devices uses. */
export interface DeviceServiceDeps {
  database: Database;
  events: EventBus<PlatformEvents>;
  directory: DeviceDirectory;
  newId: NewId;
  /** Told when a removed device left telemetry to purge. */
  purger: { kick(): void };
}

/** A record before and after a change. */
export interface DeviceChange {
  before: Device;
  after: Device;
}

/** The registry of devices. Every change is in the directory and on the event bus as soon as it is committed. */
export class DeviceService {
  private readonly deps: DeviceServiceDeps;
  private readonly registering = new Map<string, Promise<DeviceEntry | undefined>>();

  constructor(deps: DeviceServiceDeps) {
    this.deps = deps;
  }

  /** Creates a device; its id is generated when none is given. Fails with CONFLICT when the id is taken. */
  async create(tenantId: string, fields: CreateDevice, origin: DeviceOrigin = 'user'): Promise<Device> {
    const deviceId = fields.device_id ?? this.deps.newId();
    const record = { ...filled(deviceId, fields), tenantId, deviceId, origin };
    try {
      const device = await this.deps.database.asTenant(tenantId, (tx) => insertDevice(tx, record));
      if (device === undefined) throw new AppError('INTERNAL', `The device "${deviceId}" was not written.`);
      this.changed(tenantId, device, 'created');
      return device;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const message = `The device id "${deviceId}" is taken; ids are unique in the installation. Choose another.`;
      throw new AppError('CONFLICT', message, { errors: [{ field: 'device_id', message }], cause: error });
    }
  }

  /**
   * Replaces the record of a device: what is not given becomes empty (the name becomes the id), but for the fields in `kept`, which stay as they
   * are when they are not given. Answers the record before and after. Fails with NOT_FOUND.
   */
  async replace(tenantId: string, deviceId: string, fields: PatchDevice, kept: readonly (keyof PatchDevice)[] = []): Promise<DeviceChange> {
    const whole: PatchDevice = filled(deviceId, fields);
    for (const field of kept) if (fields[field] === undefined) Reflect.deleteProperty(whole, field);
    return this.update(tenantId, deviceId, whole);
  }

  /** Changes the fields that are given; answers the record before and after. Fails with NOT_FOUND. */
  async patch(tenantId: string, deviceId: string, fields: PatchDevice): Promise<DeviceChange> {
    return this.update(tenantId, deviceId, fields);
  }

  /** Removes a device with its keys, series and (in the background) telemetry, and ends its connections. Answers the record it had. */
  async remove(tenantId: string, deviceId: string): Promise<Device> {
    const { database, directory, events, purger } = this.deps;
    const { before, removed } = await database.asTenant(tenantId, async (tx) => {
      const device = await lockDevice(tx, tenantId, deviceId);
      return { before: device, removed: await deleteDevice(tx, tenantId, deviceId) };
    });
    if (before === undefined || removed === undefined) throw noDevice(deviceId);
    directory.remove(deviceId);
    events.emit('device.changed', { tenantId, deviceId, change: 'removed' });
    for (const credentialId of removed.credentialIds) events.emit('credential.revoked', { tenantId, credentialId });
    purger.kick();
    return before;
  }

  /** One device. Fails with NOT_FOUND. */
  async get(tenantId: string, deviceId: string): Promise<Device> {
    const device = await this.deps.database.asTenant(tenantId, (tx) => findDevice(tx, tenantId, deviceId));
    if (device === undefined) throw noDevice(deviceId);
    return device;
  }

  /** Fails with NOT_FOUND unless the tenant has the device: from memory. */
  assertExists(tenantId: string, deviceId: string): void {
    if (this.deps.directory.lookup(deviceId)?.tenantId !== tenantId) throw noDevice(deviceId);
  }

  /** Devices in the order of their ids. */
  list(query: DeviceQuery): Promise<Device[]> {
    return this.deps.database.readAsTenant(query.tenantId, (db) => listDevices(db, query));
  }

  /** The ids of the devices of one origin, such as the demo plant's. */
  idsOfOrigin(tenantId: string, origin: DeviceOrigin): Promise<string[]> {
    return this.deps.database.asTenant(tenantId, (tx) => deviceIdsOfOrigin(tx, tenantId, origin));
  }

  /**
   * Registers a device that was seen for the first time (through a gateway, or by its certificate). Answers the device, also when it
   * exists already; undefined when the id belongs to another tenant. Calls for one id at the same time do it once.
   */
  register(tenantId: string, deviceId: string, origin: 'gateway' | 'certificate'): Promise<DeviceEntry | undefined> {
    const known = this.deps.directory.lookup(deviceId);
    if (known !== undefined) return Promise.resolve(known.tenantId === tenantId ? known : undefined);
    const name = `${tenantId} ${deviceId}`;
    const running = this.registering.get(name);
    if (running !== undefined) return running;
    const registration = this.registerNew(tenantId, deviceId, origin).finally(() => this.registering.delete(name));
    this.registering.set(name, registration);
    return registration;
  }

  /** The same for what a gateway says, without an answer: whether the device is known afterwards is in the directory. */
  async registerFromGateway(tenantId: string, deviceId: string): Promise<void> {
    await this.register(tenantId, deviceId, 'gateway');
  }

  private async registerNew(tenantId: string, deviceId: string, origin: 'gateway' | 'certificate'): Promise<DeviceEntry | undefined> {
    try {
      await this.create(tenantId, { device_id: deviceId }, origin);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    }
    const entry = this.deps.directory.lookup(deviceId);
    return entry?.tenantId === tenantId ? entry : undefined;
  }

  private async update(tenantId: string, deviceId: string, fields: PatchDevice): Promise<DeviceChange> {
    const { before, after } = await this.deps.database.asTenant(tenantId, async (tx) => {
      const device = await lockDevice(tx, tenantId, deviceId);
      return { before: device, after: await updateDevice(tx, { tenantId, deviceId }, fields) };
    });
    if (before === undefined || after === undefined) throw noDevice(deviceId);
    this.changed(tenantId, after, 'updated');
    return { before, after };
  }

  /** Tells everybody of a device whose record is committed. */
  changed(tenantId: string, device: Device, change: 'created' | 'updated'): void {
    const { device_id: deviceId, name, type, location, offline_seconds: offlineSeconds } = device;
    this.deps.directory.set({ tenantId, deviceId, name, type, location, offlineSeconds });
    this.deps.events.emit('device.changed', { tenantId, deviceId, change });
  }
}

/** The whole record of a device: what is not given is empty, and the name is the id. */
export function filled(deviceId: string, fields: PatchDevice) {
  const { name, type, location, area, metadata, allowed_commands, offline_seconds } = fields;
  return {
    name: name ?? deviceId,
    type: type ?? '',
    location: location ?? '',
    area: area ?? '',
    metadata: metadata ?? {},
    allowed_commands: allowed_commands ?? [],
    offline_seconds: offline_seconds ?? null,
  };
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

/** NOT_FOUND for a device, in the words every route uses. */
export function noDevice(deviceId: string): AppError {
  return new AppError('NOT_FOUND', `There is no device "${deviceId}". GET /api/v1/devices lists those that exist.`);
}
