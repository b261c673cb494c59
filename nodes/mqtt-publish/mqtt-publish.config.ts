import * as z from 'zod/mini';
import { ACTION_LIMITS } from '../../src/contracts/action-terms.ts';
import { actionTopicProblem } from '../../src/contracts/topics.ts';
import { ACTION_FIELDS, templateProblem } from '../../src/contracts/template-terms.ts';
import { checked, eventsOf, given, onField, textField } from '../shared/action-fields.ts';
import { choice, optionalText, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const QOS = ['0', '1', '2'] as const;

const schema = z.object({
  name: optionalText('The name', 100),
  topic: checked(requiredText('The topic', ACTION_LIMITS.topic), (topic) =>
    topic === '' ? undefined : (templateProblem(topic, 'topic', ACTION_FIELDS) ?? actionTopicProblem(topic, 'insa')),
  ),
  payload: textField('payload', ACTION_LIMITS.payload),
  qos: choice('The quality of service', QOS),
  retain: z.boolean(),
  on: onField,
});

/** A message to a topic of the platform's broker about every alert that comes in. */
export const mqttPublishConfig = nodeConfig({
  type: 'iiot-mqtt-publish',
  version: 1,
  defaults: { name: '', topic: '', payload: '', qos: '1', retain: false, on: 'both', configVersion: 1 },
  schema,
});

/** The action of the checked fields; what is blank is undefined. */
export function actionOf({ topic, payload, qos, retain, on }: z.output<typeof schema>) {
  return { type: 'mqtt' as const, topic, payload: given(payload), qos: Number(qos), retain, on: eventsOf(on) };
}
