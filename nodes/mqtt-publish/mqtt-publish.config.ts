import * as z from 'zod/mini';
import { ACTION_LIMITS } from '../../src/contracts/action-terms.ts';
import { actionTopicProblem } from '../../src/contracts/topics.ts';
import { ACTION_FIELDS, templateProblem } from '../../src/contracts/template-terms.ts';
import { checked, eventsOf, given, onField, textField } from '../shared/action-fields.ts';
import { choice, optionalText, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const QOS = ['0', '1', '2'] as const;

/** Under this name the editor knows `MQTT_TOPIC_ROOT`. */
export const TOPIC_ROOT_SETTING = 'iiotMqttPublishTopicRoot';

function schemaFor(topicRoot: string) {
  return z.object({
    name: optionalText('The name', 100),
    topic: checked(requiredText('The topic', ACTION_LIMITS.topic), (topic) =>
      topic === '' ? undefined : (templateProblem(topic, 'topic', ACTION_FIELDS) ?? actionTopicProblem(topic, topicRoot)),
    ),
    payload: textField('payload', ACTION_LIMITS.payload),
    qos: choice('The quality of service', QOS),
    retain: z.boolean(),
    on: onField,
  });
}

/** A message to a topic of the platform's broker about every alert that comes in. Topics below `topicRoot` are the platform's own. */
export function mqttPublishConfig(topicRoot = 'insa') {
  return nodeConfig({
    type: 'iiot-mqtt-publish',
    version: 1,
    defaults: { name: '', topic: '', payload: '', qos: '1', retain: false, on: 'both', configVersion: 1 },
    schema: schemaFor(topicRoot),
    texts: { topic: 'topic', payload: 'payload' },
  });
}

/** The action of the checked fields; what is blank is undefined. */
export function actionOf({ topic, payload, qos, retain, on }: z.output<ReturnType<typeof schemaFor>>) {
  return { type: 'mqtt' as const, topic, payload: given(payload), qos: Number(qos), retain, on: eventsOf(on) };
}
