import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { pageOf } from '../../../contracts/common.ts';
import { createDeviceSchema, DEVICE_STATUSES, deviceSchema, patchDeviceSchema, replaceDeviceSchema } from '../../../contracts/devices.ts';
import { SERIES_KINDS } from '../../../contracts/telemetry.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, pageQuery, recordDone } from '../shared.ts';

/** What the routes of devices use. */
export interface DeviceRoutesDeps {
  devices: DeviceService;
  audit: AuditLog;
}

const TAG = 'devices';
const ONE = { 200: { description: 'The device', schema: deviceSchema } };

const listQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: 'Found in id, name, type, location or area' }),
  type: z.string().min(1).max(100).optional(),
  status: z.enum(DEVICE_STATUSES).optional(),
});

const statusSchema = z
  .object({ device_id: z.string(), status: z.enum(DEVICE_STATUSES), status_at: z.string().nullable(), last_seen_at: z.string().nullable() })
  .meta({ id: 'DeviceStatus' });

const seriesSchema = z
  .object({
    key: z.string(),
    kind: z.enum(SERIES_KINDS),
    unit: z.string().nullable(),
    display_name: z.string().nullable(),
    decimals: z.int().nullable(),
    last_at: z.string().nullable().meta({ description: 'Time of the newest reading, six digits' }),
  })
  .meta({ id: 'Series' });

const keyCursor = z.string().max(300);

/** CRUD of devices, their status and their quantities. */
export function deviceRoutes(deps: DeviceRoutesDeps): Route[] {
  return [
    listDevices(deps),
    createDevice(deps),
    getDevice(deps),
    replaceDevice(deps),
    patchDevice(deps),
    removeDevice(deps),
    getStatus(deps),
    listSeries(deps),
  ];
}

function listDevices({ devices }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices',
    permission: 'devices:read',
    tag: TAG,
    summary: 'List devices',
    query: listQuery,
    responses: { 200: { description: 'Devices by id', schema: pageOf(deviceSchema) } },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const { search, type, status } = query;
      const after = readCursor(query.cursor, keyCursor);
      const rows = await devices.list({ tenantId: caller.principal.tenantId, search, type, status, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (device) => device, key: (device) => device.device_id }));
    },
  });
}

function createDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/devices',
    permission: 'devices:write',
    tag: TAG,
    summary: 'Create a device',
    description: 'The id is generated when none is given. Issue a key for it with POST /devices/{device_id}/credentials.',
    body: createDeviceSchema,
    responses: { 201: { description: 'Created', schema: deviceSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const device = await devices.create(request.caller.principal.tenantId, request.body);
      await recordDone(audit, request, { action: 'device.create', target: device.device_id });
      request.setHeader('Location', `/api/v1/devices/${encodeURIComponent(device.device_id)}`);
      return created(device);
    },
  });
}

function getDevice({ devices }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices/{device_id}',
    permission: 'devices:read',
    tag: TAG,
    summary: 'One device',
    params: deviceParams,
    responses: ONE,
    handler: async ({ caller, params }) => ok(await devices.get(caller.principal.tenantId, params.device_id)),
  });
}

function replaceDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/devices/{device_id}',
    permission: 'devices:write',
    tag: TAG,
    summary: 'Replace the record of a device',
    description: 'What is not sent becomes empty; the name becomes the id.',
    params: deviceParams,
    body: replaceDeviceSchema,
    responses: ONE,
    handler: async (request) => {
      const device = await devices.replace(request.caller.principal.tenantId, request.params.device_id, request.body);
      await recordDone(audit, request, { action: 'device.replace', target: device.device_id });
      return ok(device);
    },
  });
}

function patchDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/devices/{device_id}',
    permission: 'devices:write',
    tag: TAG,
    summary: 'Change fields of a device',
    params: deviceParams,
    body: patchDeviceSchema,
    responses: ONE,
    handler: async (request) => {
      const device = await devices.patch(request.caller.principal.tenantId, request.params.device_id, request.body);
      await recordDone(audit, request, {
        action: 'device.change',
        target: device.device_id,
        details: { fields: Object.keys(request.body) },
      });
      return ok(device);
    },
  });
}

function removeDevice({ devices, audit }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/devices/{device_id}',
    permission: 'devices:write',
    tag: TAG,
    summary: 'Remove a device',
    description: 'With its keys, quantities and telemetry; its connections end at once. Its alerts stay in the history.',
    params: deviceParams,
    responses: { 204: { description: 'Removed' } },
    handler: async (request) => {
      await devices.remove(request.caller.principal.tenantId, request.params.device_id);
      await recordDone(audit, request, { action: 'device.remove', target: request.params.device_id });
      return noContent;
    },
  });
}

function getStatus({ devices }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices/{device_id}/status',
    permission: 'devices:read',
    tag: TAG,
    summary: 'Whether a device is there',
    params: deviceParams,
    responses: { 200: { description: 'The status', schema: statusSchema } },
    handler: async ({ caller, params }) => {
      const { device_id, status, status_at, last_seen_at } = await devices.get(caller.principal.tenantId, params.device_id);
      return ok({ device_id, status, status_at, last_seen_at });
    },
  });
}

function listSeries({ devices }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/devices/{device_id}/series',
    permission: 'telemetry:read',
    tag: TAG,
    summary: 'The quantities of a device',
    params: deviceParams,
    query: pageQuery,
    responses: { 200: { description: 'Quantities by key', schema: pageOf(seriesSchema) } },
    handler: async ({ caller, params, query }) => {
      const limit = limitOf(query);
      const after = readCursor(query.cursor, keyCursor);
      const rows = await devices.series({ tenantId: caller.principal.tenantId, deviceId: params.device_id, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (series) => series, key: (series) => series.key }));
    },
  });
}
