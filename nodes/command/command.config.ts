import * as z from 'zod/mini';
import { ACTION_LIMITS, ACTION_WORDS, COMMAND_NAME } from '../../src/contracts/action-terms.ts';
import { checked, eventsOf, given, onField, paramsField } from '../shared/action-fields.ts';
import { optionalNumber, optionalText, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const schema = z.object({
  name: optionalText('The name', 100),
  /** Blank: the device of the alert. */
  deviceId: optionalText('The device', 128),
  command: checked(requiredText('The command', 100), (command) =>
    command === '' || COMMAND_NAME.test(command) ? undefined : ACTION_WORDS.commandName,
  ),
  params: paramsField,
  timeoutSeconds: checked(optionalNumber('The time to answer', { min: 1, max: ACTION_LIMITS.timeoutSeconds }), (seconds) =>
    seconds === undefined || Number.isInteger(seconds)
      ? undefined
      : 'The time to answer is not a whole number of seconds; enter one such as 30.',
  ),
  on: onField,
});

/** A command to a device about every alert that comes in. */
export const commandConfig = nodeConfig({
  type: 'iiot-command',
  version: 1,
  defaults: { name: '', deviceId: '', command: '', params: '', timeoutSeconds: '', on: 'raised', configVersion: 1 },
  schema,
  texts: { params: 'parameter' },
});

/** The action of the checked fields; what is blank is undefined. */
export function actionOf({ deviceId, command, params, timeoutSeconds, on }: z.output<typeof schema>) {
  return { type: 'command' as const, device_id: given(deviceId), command, params, timeout_seconds: timeoutSeconds, on: eventsOf(on) };
}
