import { DEFAULT_COMMAND_TIMEOUT_SECONDS } from '../contracts/commands.ts';
import type { Command, SendCommand } from '../contracts/commands.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { isPassing, isRefusal } from '../storage/database.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { findDevice } from '../storage/repositories/devices.ts';
import {
  findCommand,
  insertCommand,
  listCommands,
  lockCommand,
  markNotDelivered,
  recordAnswer,
  renewCommand,
} from '../storage/repositories/device-commands.ts';
import type { CommandQuery, CommandRow, EndedCommand, NewCommand } from '../storage/repositories/device-commands.ts';
import { parseCommandResponse } from './command-response.ts';
import type { ParsedResponse, ResponseRefusal } from './command-response.ts';
import { CommandTimer } from './command-timer.ts';
import { CommandWaiters } from './command-waiters.ts';
import type { DeviceLink } from './device-link.ts';
import { noDevice } from './device-service.ts';

/** Keeps an answer that belongs to no command, or that is none. */
export interface RejectedAnswers {
  add(
    row: {
      tenantId: string;
      deviceId: string | null;
      source: 'mqtt';
      topic: string | null;
      reason: RejectReason;
      message: string;
      field: string | null;
      raw: Buffer;
    },
    done: (kept: boolean) => void,
  ): void;
}

/** What the service of commands uses. */
export interface CommandServiceDeps {
  database: Database;
  link: DeviceLink;
  topics: Topics;
  rejected: RejectedAnswers;
  clock: Clock;
  newId: NewId;
  logger: Logger;
}

/** An answer as it came from the broker. */
export interface CommandAnswered {
  deviceId: string;
  tenantId: string;
  payload: Buffer;
  receivedAtMs: number;
}

/** What is to be sent, by whom, and how long the sender waits for the answer (0: not at all). */
export interface CommandOrder {
  tenantId: string;
  deviceId: string;
  sentBy: string;
  request: SendCommand;
  waitSeconds: number;
  /**
   * Set by who may have to repeat the order: the id that the device sees, the same each time, so that it knows a repeat. An order that is answered or still
   * under way is not published again; one that was not delivered or timed out is.
   */
  commandId?: string;
}

const NOBODY =
  'No session of the device (or of a gateway) is subscribed to its command topic; nobody got it. Send it again when the device is there.';
const QUEUED = 'The device is not connected; the broker keeps the command for its session until it is due.';

/**
 * Commands to devices. The row is there before the message is, so that an answer always finds it; time-outs are rows with a due time, so they
 * survive a restart. `start()` ends what became due meanwhile.
 */
export class CommandService {
  private readonly deps: CommandServiceDeps;
  private readonly waiters = new CommandWaiters();
  private readonly timer: CommandTimer;

  constructor(deps: CommandServiceDeps) {
    this.deps = deps;
    this.timer = new CommandTimer({ ...deps, ended: (command) => this.timedOut(command) });
  }

  start(): Promise<void> {
    return this.timer.start();
  }

  async stop(): Promise<void> {
    this.waiters.endAll();
    await this.timer.stop();
  }

  /** Ends what is past its time now, as the timer does. */
  sweep(): Promise<void> {
    return this.timer.sweep();
  }

  /**
   * Sends a command; answers it as it stands after `waitSeconds`, or earlier when it has ended. Fails with NOT_FOUND when there is no such
   * device. Whether the sender may send it is the caller's to see.
   */
  async send({ tenantId, deviceId, sentBy, request, waitSeconds, commandId: given }: CommandOrder): Promise<Command> {
    const { database, link, topics, clock, newId } = this.deps;
    const { command: name, params = {}, timeout_seconds: timeoutSeconds = DEFAULT_COMMAND_TIMEOUT_SECONDS } = request;
    const topic = topics.command(deviceId);
    const audience = link.audienceOf(tenantId, topic);
    const atMs = clock.nowMs();
    const [status, reason] =
      audience === 'none' ? (['not_delivered', NOBODY] as const) : (['sent', audience === 'queued' ? QUEUED : null] as const);
    const paramsJson = JSON.stringify(params);
    const commandId = given ?? newId();
    const row = { commandId, tenantId, deviceId, command: name, paramsJson, status, reason, timeoutSeconds, sentBy, atMs };
    const command = await database.asTenant(tenantId, (tx) => (given === undefined ? insertCommand(tx, row) : insertOrRenew(tx, row)));
    if (command === undefined && given !== undefined) return this.outcomeOf({ tenantId, deviceId, commandId }, waitSeconds);
    if (command === undefined) throw noDevice(deviceId);
    if (status === 'not_delivered') return command;
    const ended = waitSeconds > 0 ? this.waiters.wait(commandId, waitSeconds * 1_000) : undefined;
    const timestamp = new Date(atMs).toISOString();
    const handedOver = await this.publish(
      { tenantId, commandId },
      topic,
      JSON.stringify({ id: commandId, command: name, params, timestamp }),
    );
    if (!handedOver) this.waiters.end(commandId);
    this.timer.expect(atMs + timeoutSeconds * 1_000);
    if (handedOver && ended === undefined) return command;
    await ended;
    try {
      return await this.get({ tenantId, deviceId, commandId });
    } catch (error) {
      // It was sent: an answer that invites to send it again would be worse than one that does not know how it ended.
      if (handedOver && isPassing(error)) return command;
      throw error;
    }
  }

  /** A command that was sent before, as it stands after at most `waitSeconds`. */
  private async outcomeOf(target: { tenantId: string; deviceId: string; commandId: string }, waitSeconds: number): Promise<Command> {
    // Waits before it looks, so that an answer between the two is not missed.
    const ended = this.waiters.wait(target.commandId, waitSeconds * 1_000);
    try {
      const command = await this.get(target);
      if (command.status !== 'sent') return command;
      await ended;
      return await this.get(target);
    } finally {
      this.waiters.end(target.commandId);
    }
  }

  /** One command. Fails with NOT_FOUND. */
  async get(target: { tenantId: string; deviceId: string; commandId: string }): Promise<Command> {
    const command = await this.deps.database.asTenant(target.tenantId, (tx) => findCommand(tx, target));
    if (command === undefined) {
      throw new AppError('NOT_FOUND', `The device "${target.deviceId}" has no command ${target.commandId}; commands are kept for 90 days.`);
    }
    return command;
  }

  /** Commands of a device, newest first. Fails with NOT_FOUND when there is no such device. */
  list(query: CommandQuery): Promise<CommandRow[]> {
    return this.deps.database.asTenant(query.tenantId, async (tx) => {
      if ((await findDevice(tx, query.tenantId, query.deviceId)) === undefined) throw noDevice(query.deviceId);
      return listCommands(tx, query);
    });
  }

  /**
   * Takes the answer of a device; resolves when it is written down (or kept as rejected). The first answer counts. Fails with FORBIDDEN when
   * the command went to another device; any other rejection means "not now".
   */
  async answered(response: CommandAnswered): Promise<void> {
    const parsed = parseCommandResponse(response.payload);
    if ('reason' in parsed) {
      await this.reject(response, parsed);
      return;
    }
    try {
      const refusal = await this.record(response, parsed);
      if (refusal !== undefined) await this.reject(response, refusal);
      else this.waiters.end(parsed.commandId);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.reject(response, {
        reason: 'database_refused',
        message: `The database would not take the answer: ${messageOf(error)}`,
        field: 'result',
      });
    }
  }

  /** A device that comes back later must not do what nobody waits for any more. */
  private timedOut({ commandId, deviceId }: EndedCommand): void {
    const { link, topics } = this.deps;
    link.withdraw(topics.command(deviceId), (payload) => payload.includes(`"id":"${commandId}"`));
    this.waiters.end(commandId);
  }

  private record(
    { tenantId, deviceId, receivedAtMs }: CommandAnswered,
    { commandId, answer, resultJson }: ParsedResponse,
  ): Promise<ResponseRefusal | undefined> {
    return this.deps.database.transaction(async (tx) => {
      const awaited = await lockCommand(tx, tenantId, commandId);
      if (awaited === undefined) {
        return {
          reason: 'unknown_command',
          message: `There is no command ${commandId}; answer with the "id" of the command.`,
          field: 'id',
        };
      }
      if (awaited.deviceId !== deviceId) {
        throw new AppError('FORBIDDEN', `The command ${commandId} was not sent to "${deviceId}"; a device answers its own commands only.`);
      }
      if (!awaited.isAnswered) await recordAnswer(tx, commandId, { answer, resultJson, atMs: receivedAtMs });
      return undefined;
    });
  }

  private reject({ tenantId, deviceId, payload }: CommandAnswered, refusal: ResponseRefusal): Promise<void> {
    const topic = `${this.deps.topics.command(deviceId)}/response`;
    return new Promise((resolve, reject) => {
      this.deps.rejected.add({ tenantId, deviceId, source: 'mqtt', topic, raw: payload, ...refusal }, (kept) => {
        if (kept) resolve();
        else reject(new AppError('STORAGE_UNAVAILABLE', 'The database cannot be reached; send it again.', { retryable: true }));
      });
    });
  }

  private async publish(target: { tenantId: string; commandId: string }, topic: string, payload: string): Promise<boolean> {
    const { database, link } = this.deps;
    try {
      await link.publish({ tenantId: target.tenantId, topic, payload, qos: 1, retain: false });
      return true;
    } catch (error) {
      await database.asTenant(target.tenantId, (tx) => markNotDelivered(tx, target, messageOf(error)));
      return false;
    }
  }
}

/** Undefined when it is there already and is not to be sent again. Fails with NOT_FOUND when there is no such device. */
async function insertOrRenew(tx: Queryable, row: NewCommand): Promise<Command | undefined> {
  const renewed = await renewCommand(tx, row);
  if (renewed !== undefined || (await findCommand(tx, row)) !== undefined) return renewed;
  const inserted = await insertCommand(tx, row);
  if (inserted === undefined) throw noDevice(row.deviceId);
  return inserted;
}
