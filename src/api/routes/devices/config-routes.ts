import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import { deviceConfigBodySchema, deviceConfigSchema, pushedConfigSchema } from '../../../contracts/commands.ts';
import { actorOf } from '../../../core/principal.ts';
import type { ConfigService } from '../../../devices/config-service.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, recordDone } from '../shared.ts';
import { assertOwnDevice } from './rights.ts';

/** What the routes of devices' configuration use. */
export interface ConfigRoutesDeps {
  configs: ConfigService;
  audit: AuditLog;
}

const TAG = 'devices';
const PATH = '/devices/{device_id}/config';

/** The configuration of one device. */
export function configRoutes(deps: ConfigRoutesDeps): Route[] {
  return [getConfig(deps), pushConfig(deps)];
}

function getConfig({ configs }: ConfigRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    permission: 'config:read',
    rate: 'devices',
    tag: TAG,
    summary: 'The configuration of a device',
    description: 'Version 0 when none was pushed yet. The key of a device reads its own.',
    params: deviceParams,
    responses: { 200: { description: 'The configuration', schema: deviceConfigSchema } },
    handler: async ({ caller, params }) => {
      assertOwnDevice(caller, params.device_id);
      return ok(await configs.get(caller.principal.tenantId, params.device_id));
    },
  });
}

function pushConfig({ configs, audit }: ConfigRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    permission: 'devices:write',
    rate: 'devices',
    tag: TAG,
    summary: 'Push a configuration to a device',
    description:
      'Replaces the configuration and publishes it at `insa/devices/{device_id}/config`, retained, QoS 1: a device that is away gets it when it subscribes. An empty object is a configuration too, and published as such, so that the device hears of it; the retained message goes with the device.',
    params: deviceParams,
    body: deviceConfigBodySchema,
    responses: { 200: { description: 'Stored', schema: pushedConfigSchema } },
    handler: async (request) => {
      const { principal } = request.caller;
      const { device_id: deviceId } = request.params;
      const { before, config, published } = await configs.push(
        { tenantId: principal.tenantId, deviceId },
        request.body,
        actorOf(principal),
      );
      await recordDone(audit, request, {
        action: 'device.config',
        target: deviceId,
        details: { version: config.version, ...changesOf(before, config.config) },
      });
      return ok({ ...config, published });
    },
  });
}
