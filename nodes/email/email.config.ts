import * as z from 'zod/mini';
import { ACTION_LIMITS } from '../../src/contracts/action-terms.ts';
import { eventsOf, given, onField, recipientsField, subjectField, textField, timezoneField } from '../shared/action-fields.ts';
import { optionalText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const schema = z.object({
  name: optionalText('The name', 100),
  recipients: recipientsField,
  subject: subjectField,
  text: textField('text', ACTION_LIMITS.text),
  timezone: timezoneField,
  on: onField,
});

/** An e-mail to some people about every alert that comes in. */
export const emailConfig = nodeConfig({
  type: 'iiot-email',
  version: 1,
  defaults: { name: '', recipients: '', subject: '', text: '', timezone: '', on: 'both', configVersion: 1 },
  schema,
  texts: { subject: 'subject', text: 'text' },
});

/** What the API sends a test of. */
export function testOf(config: z.output<typeof schema>) {
  const { recipients, subject, text, timezone } = actionOf(config);
  return { recipients, subject, text, timezone };
}

/** The action of the checked fields; what is blank is undefined. */
export function actionOf({ recipients, subject, text, timezone, on }: z.output<typeof schema>) {
  const type = 'email' as const;
  return { type, recipients, subject: given(subject), text: given(text), timezone: given(timezone), on: eventsOf(on) };
}
