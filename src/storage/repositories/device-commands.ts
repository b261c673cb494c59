import type { Command, CommandAnswer, CommandStatus } from '../../contracts/commands.ts';
import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoMs } from './columns.ts';

/** A command as a list gives it, with its place in the order of time. */
export interface CommandRow extends Command {
  created_us: string;
}

const COLUMNS = `command_id as id, device_id, command, params, status, reason, timeout_seconds, sent_by, ${isoMs('created_at')} as created_at,
  ${isoMs('due_at')} as due_at, answer, result, ${isoMs('answered_at')} as answered_at, coalesce(answered_at > due_at, false) as late`;

/** A command as it is first written. */
export interface NewCommand {
  commandId: string;
  tenantId: string;
  deviceId: string;
  command: string;
  paramsJson: string;
  status: 'sent' | 'not_delivered';
  reason: string | null;
  timeoutSeconds: number;
  sentBy: string;
  atMs: number;
}

/** Keeps a new command; undefined when the tenant has no such device. */
export async function insertCommand(db: Queryable, command: NewCommand): Promise<Command | undefined> {
  const { rows } = await db.query<Command>(
    `insert into device_commands (command_id, tenant_id, device_id, command, params, status, reason, timeout_seconds, sent_by, created_at, due_at)
     select $1::uuid, tenant_id, device_id, $4::text, $5::jsonb, $6::text, $7::text, $8::int, $9::text, $10::timestamptz,
            $10::timestamptz + $8::int * interval '1 second'
       from devices where tenant_id = $2 and device_id = $3
     returning ${COLUMNS}`,
    [
      command.commandId,
      command.tenantId,
      command.deviceId,
      command.command,
      command.paramsJson,
      command.status,
      command.reason,
      command.timeoutSeconds,
      command.sentBy,
      new Date(command.atMs),
    ],
  );
  return rows[0];
}

/**
 * Lets a command be sent once more under its id, due anew: one that nobody got or that was not answered in time. Undefined when it is still under way, is
 * answered (late, too), or is not there.
 */
export async function renewCommand(
  db: Queryable,
  { commandId, tenantId, deviceId, status, reason, timeoutSeconds, atMs }: NewCommand,
): Promise<Command | undefined> {
  const { rows } = await db.query<Command>(
    `update device_commands set status = $4::text, reason = $5::text, timeout_seconds = $6::int, due_at = $7::timestamptz + $6::int * interval '1 second'
      where tenant_id = $1 and device_id = $2 and command_id = $3 and status in ('not_delivered', 'timed_out') and answer is null
     returning ${COLUMNS}`,
    [tenantId, deviceId, commandId, status, reason, timeoutSeconds, new Date(atMs)],
  );
  return rows[0];
}

/** The broker would not take it: nobody got the command. */
export async function markNotDelivered(db: Queryable, target: { tenantId: string; commandId: string }, reason: string): Promise<void> {
  await db.query(
    `update device_commands set status = 'not_delivered', reason = $3 where tenant_id = $1 and command_id = $2 and status = 'sent'`,
    [target.tenantId, target.commandId, reason],
  );
}

/** One command of a device. */
export async function findCommand(
  db: Queryable,
  target: { tenantId: string; deviceId: string; commandId: string },
): Promise<Command | undefined> {
  const { rows } = await db.query<Command>(
    `select ${COLUMNS} from device_commands where tenant_id = $1 and device_id = $2 and command_id = $3`,
    [target.tenantId, target.deviceId, target.commandId],
  );
  return rows[0];
}

/** Which commands to list: of one device, newest first, after the cursor. */
export interface CommandQuery {
  tenantId: string;
  deviceId: string;
  status: CommandStatus | undefined;
  after: { createdUs: string; commandId: string } | undefined;
  limit: number;
}

/** Commands of a device, newest first. */
export async function listCommands(db: Queryable, query: CommandQuery): Promise<CommandRow[]> {
  const { rows } = await db.query<CommandRow>(
    `select ${COLUMNS}, ${epochUs('created_at')} as created_us from device_commands
      where tenant_id = $1 and device_id = $2 and ($3::text is null or status = $3)
        and ($4::int8 is null or (device_commands.created_at, command_id) < (${fromEpochUs('$4')}, $5::uuid))
      order by device_commands.created_at desc, command_id desc limit $6`,
    [query.tenantId, query.deviceId, query.status ?? null, query.after?.createdUs ?? null, query.after?.commandId ?? null, query.limit],
  );
  return rows;
}

/** What must be known of a command to judge an answer to it. */
export interface AwaitedCommand {
  deviceId: string;
  isAnswered: boolean;
}

/** A command of a tenant, held until the end of the transaction. */
export async function lockCommand(tx: Queryable, tenantId: string, commandId: string): Promise<AwaitedCommand | undefined> {
  const { rows } = await tx.query<AwaitedCommand>(
    `select device_id as "deviceId", answered_at is not null as "isAnswered" from device_commands
      where tenant_id = $1 and command_id = $2 for update`,
    [tenantId, commandId],
  );
  return rows[0];
}

/** Writes the answer of a device; one that came after `due_at` leaves the status at `timed_out`. */
export async function recordAnswer(
  tx: Queryable,
  commandId: string,
  { answer, resultJson, atMs }: { answer: CommandAnswer; resultJson: string | null; atMs: number },
): Promise<void> {
  await tx.query(
    `update device_commands set answer = $2::text, result = $3::jsonb, answered_at = $4::timestamptz,
            status = case when $4::timestamptz <= due_at then $2::text when status = 'sent' then 'timed_out' else status end
      where command_id = $1`,
    [commandId, answer, resultJson, new Date(atMs)],
  );
}

/** A command that got no answer in time. */
export interface EndedCommand {
  commandId: string;
  deviceId: string;
}

/** Ends every command that is past its time and not answered. */
export async function timeOutCommands(db: Queryable, nowMs: number): Promise<EndedCommand[]> {
  const { rows } = await db.query<EndedCommand>(
    `update device_commands set status = 'timed_out', reason = null where status = 'sent' and due_at < $1
     returning command_id as "commandId", device_id as "deviceId"`,
    [new Date(nowMs)],
  );
  return rows;
}

/** When the next command is past its time, epoch milliseconds; undefined when none is awaited. */
export async function nextDueMs(db: Queryable): Promise<number | undefined> {
  const { rows } = await db.query<{ due: number | null }>(
    `select ceil(extract(epoch from min(due_at)) * 1000)::float8 as due from device_commands where status = 'sent'`,
  );
  return rows[0]?.due ?? undefined;
}

/** Forgets up to `limit` commands that were sent before `beforeMs`; answers how many. */
export async function forgetCommands(db: Queryable, beforeMs: number, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from device_commands where command_id in (select command_id from device_commands where created_at < $1 order by created_at limit $2)`,
    [new Date(beforeMs), limit],
  );
  return rowCount ?? 0;
}
