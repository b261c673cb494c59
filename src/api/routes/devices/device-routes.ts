import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import { pageOf } from '../../../contracts/common.ts';
import { createDeviceSchema, DEVICE_STATUSES, deviceSchema, patchDeviceSchema, replaceDeviceSchema } from '../../../contracts/devices.ts';
import type { Device } from '../../../contracts/devices.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import { sayAge } from '../../answer.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, pageQuery, recordDone } from '../shared.ts';
import { deviceRecord, heardNow } from './device-record.ts';
import type { DeviceRecordDeps } from './device-record.ts';
import { assertMayAllowCommands } from './rights.ts';

/** What the routes of devices use. */
export interface DeviceRoutesDeps extends DeviceRecordDeps {
  devices: DeviceService;
  audit: AuditLog;
}

const TAG = 'devices';
const ONE = { 200: { description: 'The device', schema: deviceSchema } };

const listQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: 'Found in id, name, type, location or area' }),
  type: z.string().min(1).max(100).optional(),
  location: z.string().min(1).max(200).optional(),
  area: z.string().min(1).max(200).optional(),
  status: z.enum(DEVICE_STATUSES).optional(),
});

const statusSchema = z
  .object({ device_id: z.string(), status: z.enum(DEVICE_STATUSES), status_at: z.string().nullable(), last_seen_at: z.string().nullable() })
  .meta({ id: 'DeviceStatus' });

const keyCursor = z.string().max(300);

/** What people write of a device; the rest of the record is the platform's. */
function recordOf({ name, type, location, area, metadata, allowed_commands, offline_seconds }: Device): object {
  return { name, type, location, area, metadata, allowed_commands, offline_seconds };
}

/** CRUD of devices, and their status. */
export function deviceRoutes(deps: DeviceRoutesDeps): Route[] {
  return [
    listDevices(deps),
    createDevice(deps),
    getDevice(deps),
    replaceDevice(deps),
    patchDevice(deps),
    removeDevice(deps),
    getStatus(deps),
  ];
}

function listDevices({ devices }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices',
    permission: 'devices:read',
    rate: 'devices',
    tag: TAG,
    summary: 'List devices',
    query: listQuery,
    responses: { 200: { description: 'Devices by id', schema: pageOf(deviceSchema) } },
    cached: { region: 'devices', reads: ['devices', 'devices.last_seen_at'] },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const { search, type, location, area, status } = query;
      const after = readCursor(query.cursor, keyCursor);
      const { tenantId } = caller.principal;
      const rows = await devices.list({ tenantId, search, type, location, area, status, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (device) => device, key: (device) => device.device_id }));
    },
  });
}

function createDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/devices',
    permission: 'devices:write',
    rate: 'devices',
    tag: TAG,
    summary: 'Create a device',
    description: 'The id is generated when none is given. Issue a key for it with POST /devices/{device_id}/credentials.',
    body: createDeviceSchema,
    responses: { 201: { description: 'Created', schema: deviceSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      if (request.body.allowed_commands !== undefined) assertMayAllowCommands(request.caller);
      const device = await devices.create(request.caller.principal.tenantId, request.body);
      const details = { ...changesOf(undefined, recordOf(device)) };
      await recordDone(audit, request, { action: 'device.create', target: device.device_id, details });
      request.setHeader('Location', `/api/v1/devices/${encodeURIComponent(device.device_id)}`);
      return created(device);
    },
  });
}

function getDevice(deps: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices/{device_id}',
    permission: 'devices:read',
    rate: 'devices',
    tag: TAG,
    summary: 'One device',
    params: deviceParams,
    responses: ONE,
    handler: async (request) => {
      const { caller, params } = request;
      const { device, ageMs } = await deviceRecord(deps, { tenantId: caller.principal.tenantId, deviceId: params.device_id });
      sayAge(request, ageMs);
      return ok(device);
    },
  });
}

function replaceDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/devices/{device_id}',
    permission: 'devices:write',
    rate: 'devices',
    tag: TAG,
    summary: 'Replace the record of a device',
    description:
      'What is not sent becomes empty; the name becomes the id. Without the permission `commands:write` the `allowed_commands` stay as they are.',
    params: deviceParams,
    body: replaceDeviceSchema,
    responses: ONE,
    handler: async (request) => {
      const { caller, params, body } = request;
      if (body.allowed_commands !== undefined) assertMayAllowCommands(caller);
      const kept = caller.principal.permissions.has('commands:write') ? [] : (['allowed_commands'] as const);
      const { before, after } = await devices.replace(caller.principal.tenantId, params.device_id, body, kept);
      await recordDone(audit, request, {
        action: 'device.replace',
        target: after.device_id,
        details: { ...changesOf(recordOf(before), recordOf(after)) },
      });
      return ok(after);
    },
  });
}

function patchDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/devices/{device_id}',
    permission: 'devices:write',
    rate: 'devices',
    tag: TAG,
    summary: 'Change fields of a device',
    params: deviceParams,
    body: patchDeviceSchema,
    responses: ONE,
    handler: async (request) => {
      const { caller, params, body } = request;
      if (body.allowed_commands !== undefined) assertMayAllowCommands(caller);
      const { before, after } = await devices.patch(caller.principal.tenantId, params.device_id, body);
      await recordDone(audit, request, {
        action: 'device.change',
        target: after.device_id,
        details: { ...changesOf(recordOf(before), recordOf(after)) },
      });
      return ok(after);
    },
  });
}

function removeDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/devices/{device_id}',
    permission: 'devices:write',
    rate: 'devices',
    tag: TAG,
    summary: 'Remove a device',
    description:
      'With its keys, configuration, commands, quantities and telemetry; its connections end at once. Its alerts stay in the history.',
    params: deviceParams,
    responses: { 204: { description: 'Removed' } },
    handler: async (request) => {
      const before = await devices.remove(request.caller.principal.tenantId, request.params.device_id);
      const details = { ...changesOf(recordOf(before), undefined) };
      await recordDone(audit, request, { action: 'device.remove', target: request.params.device_id, details });
      return noContent;
    },
  });
}

function getStatus({ devices, heard }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices/{device_id}/status',
    permission: 'devices:read',
    rate: 'devices',
    tag: TAG,
    summary: 'Whether a device is there',
    params: deviceParams,
    responses: { 200: { description: 'The status', schema: statusSchema } },
    handler: async ({ caller, params }) => {
      const device = await devices.get(caller.principal.tenantId, params.device_id);
      const { device_id, status, status_at, last_seen_at } = heardNow(device, heard);
      return ok({ device_id, status, status_at, last_seen_at });
    },
  });
}
