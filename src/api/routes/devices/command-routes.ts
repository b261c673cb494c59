import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import { COMMAND_STATUSES, commandSchema, sendCommandSchema } from '../../../contracts/commands.ts';
import { pageOf } from '../../../contracts/common.ts';
import { AppError } from '../../../core/errors.ts';
import { actorOf } from '../../../core/principal.ts';
import type { CommandService } from '../../../devices/command-service.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import { cursorUs, limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Caller, Route } from '../../route.ts';
import { deviceParams, pageQuery, recordDone, uuidParam } from '../shared.ts';
import { assertOwnDevice } from './rights.ts';

/** What the routes of commands use. */
export interface CommandRoutesDeps {
  commands: CommandService;
  devices: DeviceService;
  audit: AuditLog;
}

const TAG = 'devices';
const PATH = '/devices/{device_id}/commands';

const sendQuery = z
  .object({
    wait_seconds: z
      .string()
      .regex(/^\d{1,2}$/, 'Send a whole number from 0 to 30.')
      .transform(Number)
      .pipe(z.int().min(0).max(30))
      .optional()
      .meta({ description: 'Answer when the command has ended, at the latest after this many seconds; 0 unless given' }),
  })
  .strict();
const listQuery = pageQuery.extend({ status: z.enum(COMMAND_STATUSES).optional() });
const commandCursor = z.object({ createdUs: cursorUs, commandId: z.uuid() });

/** Commands to one device. */
export function commandRoutes(deps: CommandRoutesDeps): Route[] {
  return [listCommands(deps), sendCommand(deps), getCommand(deps)];
}

function sendCommand({ commands, devices, audit }: CommandRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    permission: 'commands:send',
    rate: 'devices',
    tag: TAG,
    summary: 'Send a command to a device',
    description:
      'Published at `insa/devices/{device_id}/command` with QoS 1, not retained. The device answers at `.../command/response` with `{"id", "status": "completed" | "failed", "result"}`. With `commands:send` alone the commands that the device\'s `allowed_commands` name; with `commands:write` any. `sent` means handed to the broker for a session that is subscribed, not that the device has it.',
    params: deviceParams,
    query: sendQuery,
    body: sendCommandSchema,
    responses: { 202: { description: 'The command as it stands', schema: commandSchema } },
    handler: async (request) => {
      const { caller, params, query, body } = request;
      const { tenantId } = caller.principal;
      const { device_id: deviceId } = params;
      const device = await devices.get(tenantId, deviceId);
      const refusal = refusalOf(caller, device, body.command);
      if (refusal !== undefined) {
        const details = { command: body.command, reason: 'not allowed for this device' };
        await audit.record({
          ...{ tenantId, actor: actorOf(caller.principal), action: 'command.send', target: deviceId, outcome: 'refused' },
          ...{ address: request.address, details },
        });
        throw refusal;
      }
      const sentBy = actorOf(caller.principal);
      const command = await commands.send({ tenantId, deviceId, sentBy, request: body, waitSeconds: query.wait_seconds ?? 0 });
      const { after } = changesOf(undefined, { command: body.command, params: body.params });
      await recordDone(audit, request, {
        action: 'command.send',
        target: deviceId,
        details: { command_id: command.id, status: command.status, timeout_seconds: command.timeout_seconds, ...after },
      });
      request.setHeader('Location', `/api/v1/devices/${encodeURIComponent(deviceId)}/commands/${command.id}`);
      return { status: 202, body: command };
    },
  });
}

function refusalOf({ principal }: Caller, device: { device_id: string; allowed_commands: readonly string[] }, command: string) {
  if (principal.permissions.has('commands:write') || device.allowed_commands.includes(command)) return undefined;
  const message = `The command "${command}" is not among those allowed for "${device.device_id}". Whoever has the permission "commands:write" (an engineer) can send it, or add it to the device's "allowed_commands".`;
  return new AppError('FORBIDDEN', message, {
    details: { permission: 'commands:write', command },
    errors: [{ field: 'command', message }],
  });
}

function listCommands({ commands }: CommandRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    permission: 'commands:read',
    rate: 'devices',
    tag: TAG,
    summary: 'Commands to a device',
    description: 'Kept for 90 days. The key of a device reads its own.',
    params: deviceParams,
    query: listQuery,
    responses: { 200: { description: 'Commands, newest first', schema: pageOf(commandSchema) } },
    handler: async ({ caller, params, query }) => {
      assertOwnDevice(caller, params.device_id);
      const limit = limitOf(query);
      const after = readCursor(query.cursor, commandCursor);
      const { tenantId } = caller.principal;
      const rows = await commands.list({ tenantId, deviceId: params.device_id, status: query.status, after, limit: limit + 1 });
      const page = pageOfRows(rows, limit, {
        item: ({ created_us: _, ...command }) => command,
        key: ({ created_us: createdUs, id: commandId }) => ({ createdUs, commandId }),
      });
      return ok(page);
    },
  });
}

function getCommand({ commands }: CommandRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${PATH}/{id}`,
    permission: 'commands:read',
    rate: 'devices',
    tag: TAG,
    summary: 'One command',
    params: deviceParams.extend({ id: uuidParam }),
    responses: { 200: { description: 'The command as it stands', schema: commandSchema } },
    handler: async ({ caller, params }) => {
      const { device_id: deviceId, id: commandId } = params;
      assertOwnDevice(caller, deviceId);
      return ok(await commands.get({ tenantId: caller.principal.tenantId, deviceId, commandId }));
    },
  });
}
