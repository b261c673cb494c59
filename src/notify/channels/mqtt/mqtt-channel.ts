import { actionTopicProblem } from '../../../contracts/topics.ts';
import { messageOf } from '../../../core/errors.ts';
import { renderActionText } from '../../action-text.ts';
import type { ActionTextContext } from '../../action-text.ts';
import { oneLine, payloadOf, readAction, UNREADABLE } from '../../alert-content.ts';
import type { LinkTo } from '../../alert-content.ts';
import type { Channel, Delivery, Outcome, NewNotification } from '../../types.ts';

/** Characters of a recipient in the ledger. */
const TOPIC_LENGTH = 2_000;

/** What the channel uses. */
export interface MqttChannelOptions {
  /** Publishes to subscribers of the platform's own broker; rejects when it does not run. */
  publish(message: { tenantId: string; topic: string; payload: string; qos: 0 | 1 | 2; retain: boolean }): Promise<void>;
  /** The first level or levels of the platform's own topics. */
  topicRoot: string;
  linkTo: LinkTo;
}

/** Publishes alerts to topics of the platform's own broker, outside of its own topics. */
export class MqttChannel implements Channel {
  readonly name = 'mqtt';
  readonly atOnce = 20;
  readonly retryDelaysMs = [1_000, 5_000, 30_000, 120_000, 600_000] as const;
  private readonly options: MqttChannelOptions;

  constructor(options: MqttChannelOptions) {
    this.options = options;
  }

  /** What became of one alert arrives in order, which is what a retained message needs. */
  laneOf({ alertId, id }: Delivery): string {
    return alertId ?? id;
  }

  async send(delivery: Delivery): Promise<Outcome> {
    const { topicRoot, linkTo } = this.options;
    const read = readAction(delivery, 'mqtt', linkTo);
    if (read === undefined) return UNREADABLE;
    const { topic: template, payload, qos = 1, retain = false } = read.action;
    const topic = topicOf(template, read);
    const problem = actionTopicProblem(topic, topicRoot);
    if (problem !== undefined) return { delivered: false, retryable: false, reason: oneLine(problem) };
    const text = payload === undefined ? JSON.stringify(payloadOf(read)) : renderActionText(payload, read);
    try {
      await this.options.publish({ tenantId: delivery.tenantId, topic, payload: text, qos, retain });
      return { delivered: true, reason: oneLine(`Published to ${topic} (QoS ${String(qos)}${retain ? ', retained' : ''}).`) };
    } catch (error) {
      return { delivered: false, retryable: true, reason: oneLine(messageOf(error)) };
    }
  }
}

/** The topic that an action will publish to, for the ledger; undefined when that is known only when it is sent (links), or it is no such action. */
export function topicTold(notification: NewNotification): string | undefined {
  const read = readAction({ ...notification, id: '', attempt: 1, createdAtMs: 0 }, 'mqtt', () => '');
  return read === undefined || /\{\{\s*link/.test(read.action.topic) ? undefined : topicOf(read.action.topic, read).slice(0, TOPIC_LENGTH);
}

/** The topic with its fields filled in. A value is one level or a part of one: what would make it more, or a wildcard, becomes an underscore. */
function topicOf(template: string, context: ActionTextContext): string {
  return template.replace(/\{\{[^{}]{0,200}\}\}/g, (field) => renderActionText(field, context).replace(/[+#/$\p{Cc}\ufffd]/gu, '_') || '_');
}
