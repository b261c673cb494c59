import { z } from 'zod';
import { ACTION_WORDS, COMMAND_NAME } from './action-terms.ts';

/**
 * What became of a command. `sent`: handed to the broker for a session that is subscribed, and not answered yet. `not_delivered`: no session of the
 * device was subscribed, so nobody got it. `completed` and `failed`: what the device answered in time. `timed_out`: it did not.
 */
export const COMMAND_STATUSES = ['sent', 'not_delivered', 'completed', 'failed', 'timed_out'] as const;
export type CommandStatus = (typeof COMMAND_STATUSES)[number];

/** What a device may say of a command. */
export const COMMAND_ANSWERS = ['completed', 'failed'] as const;
export type CommandAnswer = (typeof COMMAND_ANSWERS)[number];

/** Bytes of a configuration, of the params of a command and of the result of one, as JSON. */
export const DEVICE_JSON_BYTES = 64 * 1024;
/** How long a device has to answer when the sender does not say, seconds. */
export const DEFAULT_COMMAND_TIMEOUT_SECONDS = 30;

/** A JSON object of at most `DEVICE_JSON_BYTES`. */
export const deviceJsonSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => jsonBytes(value) <= DEVICE_JSON_BYTES, 'It has more than 64 KB as JSON; send less.');

/** How many bytes `value` has as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** The name of a command. */
export const commandNameSchema = z.string().regex(COMMAND_NAME, ACTION_WORDS.commandName);

/** The commands that may be sent to a device by holders of `commands:send`. */
export const allowedCommandsSchema = z
  .array(commandNameSchema)
  .max(100)
  .refine((names) => new Set(names).size === names.length, 'A command is named twice; name each once.')
  .meta({ description: 'Commands that holders of `commands:send` may send; written by holders of `commands:write` only' });

/** POST /devices/{device_id}/commands. */
export const sendCommandSchema = z
  .object({
    command: commandNameSchema,
    params: deviceJsonSchema.optional().meta({ description: 'Handed to the device as they are; left out: none' }),
    timeout_seconds: z.int().min(1).max(3600).optional().meta({ description: 'How long the device has to answer; 30 unless given' }),
  })
  .strict()
  .meta({ id: 'SendCommand', examples: [{ command: 'set_speed', params: { rpm: 1200 }, timeout_seconds: 10 }] });
export type SendCommand = z.infer<typeof sendCommandSchema>;

/** A command as it is shown. */
export const commandSchema = z
  .object({
    id: z.uuid(),
    device_id: z.string(),
    command: z.string(),
    params: z.record(z.string(), z.unknown()),
    status: z.enum(COMMAND_STATUSES).meta({
      description:
        '`sent`: handed to the broker for a session that is subscribed, not answered yet. `not_delivered`: no session was subscribed to the command topic. `completed`, `failed`: the answer. `timed_out`: none in time.',
    }),
    reason: z.string().nullable().meta({ description: 'Why it was not delivered, or that it waits for a device that is not connected' }),
    timeout_seconds: z.int(),
    sent_by: z.string(),
    created_at: z.string(),
    due_at: z.string().meta({ description: 'An answer after this instant is late' }),
    answer: z.enum(COMMAND_ANSWERS).nullable().meta({ description: 'What the device said, also when it said it late' }),
    result: z.unknown().meta({ description: 'What the device sent along; null when there was nothing' }),
    answered_at: z.string().nullable(),
    late: z.boolean().meta({ description: 'True when the answer came after `due_at`; then the status stays `timed_out`' }),
  })
  .meta({ id: 'Command' });
export type Command = z.infer<typeof commandSchema>;

/** What a device publishes as answer; other fields are its own affair. */
export const commandResponseSchema = z.looseObject({
  id: z.uuid(),
  status: z.enum(COMMAND_ANSWERS),
  result: z.unknown().optional(),
});
export type CommandResponseBody = z.infer<typeof commandResponseSchema>;

/** POST /devices/{device_id}/config: the whole configuration; what was there before is replaced. */
export const deviceConfigBodySchema = deviceJsonSchema.meta({
  description: 'The whole configuration, at most 64 KB as JSON',
  examples: [{ interval_seconds: 10, unit: 'C' }],
});

/** The configuration of a device; version 0 with null times means that none was pushed yet. */
export const deviceConfigSchema = z
  .object({
    device_id: z.string(),
    version: z.int().min(0),
    config: z.record(z.string(), z.unknown()),
    updated_by: z.string().nullable(),
    updated_at: z.string().nullable(),
  })
  .meta({ id: 'DeviceConfig' });
export type DeviceConfig = z.infer<typeof deviceConfigSchema>;

/** The answer to a push. */
export const pushedConfigSchema = deviceConfigSchema
  .extend({
    published: z.boolean().meta({
      description:
        'True when the broker has it as retained message; false: it is stored, and is published at the next start of the platform',
    }),
  })
  .meta({ id: 'PushedDeviceConfig' });
