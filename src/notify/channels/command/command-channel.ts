import { DEFAULT_COMMAND_TIMEOUT_SECONDS, DEVICE_JSON_BYTES, jsonBytes } from '../../../contracts/commands.ts';
import type { Command } from '../../../contracts/commands.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import { commandProblem } from '../../../devices/allowed-commands.ts';
import type { CommandOrder } from '../../../devices/command-service.ts';
import { renderActionText } from '../../action-text.ts';
import { oneLine, readAction, UNREADABLE } from '../../alert-content.ts';
import type { LinkTo, ReadAction } from '../../alert-content.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';

/** How long one attempt waits for the answer; of commands with more time a later attempt sees what became of them. */
const LONGEST_WAIT_SECONDS = 60;

/** What the channel uses. */
export interface CommandChannelOptions {
  /** The service of commands. */
  commands: { send(order: CommandOrder): Promise<Command> };
  /** The commands that others may send to a device; undefined when it is not registered. */
  allowedCommands(tenantId: string, deviceId: string): Promise<readonly string[] | undefined>;
  clock: Clock;
  linkTo: LinkTo;
}

/**
 * Sends commands to devices and sees what they answer. The id of the notification is the id of the command at every attempt: a device that has done it
 * once knows the repeat, and what was answered meanwhile is not sent again.
 */
export class CommandChannel implements Channel {
  readonly name = 'command';
  readonly atOnce = 100;
  readonly retryDelaysMs = [5_000, 30_000] as const;
  private readonly options: CommandChannelOptions;

  constructor(options: CommandChannelOptions) {
    this.options = options;
  }

  /** One command after another for each device. */
  laneOf({ deviceId, recipient }: Delivery): string {
    return deviceId ?? recipient;
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const read = readAction(delivery, 'command', this.options.linkTo);
    if (read === undefined) return UNREADABLE;
    const deviceId = read.action.device_id ?? read.alert.device_id;
    const order = orderOf(delivery, read);
    if (jsonBytes(order.request.params) > DEVICE_JSON_BYTES) {
      return final(
        `The parameters have more than 64 KB with their fields filled in; the device "${deviceId}" got nothing. Use shorter texts.`,
      );
    }
    try {
      const allowed = await this.options.allowedCommands(delivery.tenantId, deviceId);
      const { command: name } = order.request;
      if (allowed !== undefined && !allowed.includes(name)) return final(commandProblem(deviceId, name, allowed));
      const command = await Promise.race([this.options.commands.send({ ...order, deviceId }), stopOf(signal)]);
      if (command === undefined) return again('The platform stopped before the device answered.');
      return this.outcomeOf(command);
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return final(error.message);
      return again(messageOf(error));
    }
  }

  private outcomeOf({ command, device_id: device, answer, result, status, reason, due_at: dueAt, late }: Command): Outcome {
    if (answer === 'completed')
      return { delivered: true, reason: oneLine(`"${device}" has done "${command}"${late ? ' late' : ''}${said(result)}.`) };
    if (answer === 'failed') return final(`"${device}" says that "${command}" failed${said(result)}.`);
    if (status === 'not_delivered') return again(reason ?? `"${device}" did not get "${command}".`);
    if (status === 'timed_out') return again(`"${device}" did not answer "${command}" in time.`);
    const leftMs = Date.parse(dueAt) - this.options.clock.nowMs();
    return { ...again(`"${device}" has not answered "${command}" yet.`), retryAfterMs: Math.max(1_000, leftMs + 1_000) };
  }
}

function orderOf(
  { id, tenantId }: Delivery,
  read: ReadAction<'command'>,
): Omit<CommandOrder, 'deviceId'> & { request: { params: Record<string, unknown> } } {
  const { command, params = {}, timeout_seconds: timeoutSeconds = DEFAULT_COMMAND_TIMEOUT_SECONDS } = read.action;
  return {
    tenantId,
    commandId: id,
    sentBy: `rule:${read.alert.rule_name}`,
    request: { command, params: filledObject(params, read), timeout_seconds: timeoutSeconds },
    waitSeconds: Math.min(timeoutSeconds, LONGEST_WAIT_SECONDS),
  };
}

function filledObject(object: object, read: ReadAction<'command'>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]: [string, unknown]) => [name, filled(value, read)]));
}

/** A JSON value with the fields in its texts filled in. */
function filled(value: unknown, read: ReadAction<'command'>): unknown {
  if (typeof value === 'string') return numberOf(value, read) ?? renderActionText(value, read);
  if (Array.isArray(value)) return value.map((entry: unknown) => filled(entry, read));
  return typeof value === 'object' && value !== null ? filledObject(value, read) : value;
}

/** A device wants a number where a number is meant: a text that is nothing but one of these fields. */
function numberOf(text: string, { alert }: ReadAction<'command'>): number | boolean | undefined {
  const field = /^\{\{\s{0,200}(value|threshold|alert\.occurrences)\s{0,200}\}\}$/.exec(text)?.[1];
  const value =
    field === 'threshold'
      ? alert.threshold
      : field === 'alert.occurrences'
        ? alert.occurrences
        : alert.status === 'resolved'
          ? alert.last_value
          : alert.value;
  return field === undefined || value === null || typeof value === 'string' ? undefined : value;
}

function said(result: unknown): string {
  return result === null || result === undefined ? '' : `: ${typeof result === 'string' ? result : JSON.stringify(result)}`;
}

function final(reason: string): Outcome {
  return { delivered: false, retryable: false, reason: oneLine(reason) };
}

function again(reason: string): { delivered: false; retryable: true; reason: string } {
  return { delivered: false, retryable: true, reason: oneLine(reason) };
}

function stopOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const end = (): void => resolve(undefined);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
