import type { Topics } from '../../src/contracts/topics.ts';
import type { RejectReason } from '../../src/contracts/telemetry.ts';
import type { FlowAcknowledgements, MessageParts, SourceMessage } from '../../src/sources/types.ts';
import type { IngestRequest } from '../../src/telemetry/types.ts';
import { acknowledgementOf } from '../shared/acknowledgement.ts';
import type { FlowMessage } from '../shared/platform.ts';

/** Why a message is not even decoded. */
export interface Refusal {
  reason: RejectReason;
  message: string;
}

/** What is to be done with one message. */
export type Intake =
  /** Store it (or, with a refusal, keep it as rejected), then settle `ackIds` (none for messages of stock sources). */
  | {
      kind: 'store';
      request: IngestRequest;
      refusal: Refusal | undefined;
      ackIds: readonly string[];
      parts: MessageParts | undefined;
      settles: boolean;
    }
  /** Its acknowledgement ended before it arrived, or it is no telemetry (`$SYS`): nothing to do. */
  | { kind: 'ignore' };

/** What an ingest node must know to judge where messages come from. */
export interface IntakeOptions {
  acknowledgements: Pick<FlowAcknowledgements, 'open'>;
  topics: Topics;
  tenantId: string;
  trustTopicDevice: boolean;
}

/**
 * Messages that a join node put together as complete messages, each with its own acknowledgement; undefined for any other message. What
 * a join node sends carries the acknowledgement of one of its parts, or none: a sender that only makes its readings look like joined
 * messages cannot know the one that its own message got.
 */
export function joinedMessages(message: FlowMessage, acknowledgements: IntakeOptions['acknowledgements']): FlowMessage[] | undefined {
  const { payload } = message;
  if (!Array.isArray(payload) || payload.length === 0 || !payload.every(isCompleteMessage)) return undefined;
  const joined = new Set(payload.flatMap((element) => acknowledgementOf(element).ids));
  const isForeign = (id: string): boolean => !joined.has(id) && acknowledgements.open(id) !== undefined;
  return acknowledgementOf(message).ids.some(isForeign) ? undefined : payload;
}

function isCompleteMessage(element: unknown): element is FlowMessage {
  return typeof element === 'object' && element !== null && 'ack_id' in element && 'payload' in element;
}

/** Finds out whose message this is and what proves it. */
export function intakeOf(message: FlowMessage, options: IntakeOptions): Intake {
  if (message.ack_id !== undefined) return acknowledgedIntake(message, options);
  return stockIntake(message, options);
}

function acknowledgedIntake(message: FlowMessage, options: IntakeOptions): Intake {
  const { ids, parts, settles } = acknowledgementOf(message);
  let source: SourceMessage | undefined;
  let refusal: Refusal | undefined;
  for (const id of ids) {
    const other = options.acknowledgements.open(id);
    if (other === undefined) continue;
    source ??= other;
    if (other.deviceId === source.deviceId && other.principal.tenantId === source.principal.tenantId) continue;
    const text = `The message joins readings of ${source.deviceId} and ${other.deviceId}; join by device, or store before joining.`;
    refusal = { reason: 'untrusted_source', message: text };
  }
  if (source === undefined) return { kind: 'ignore' };
  return { kind: 'store', request: { payload: message.payload, source, trusted: undefined }, refusal, ackIds: ids, parts, settles };
}

/** A message of a stock `mqtt in`, a palette broker or a function node: nobody proved who sent it. */
function stockIntake(message: FlowMessage, options: IntakeOptions): Intake {
  const { topic, payload } = publishedPacket(message) ?? plainMessage(message);
  if (topic?.startsWith('$') === true) return { kind: 'ignore' };
  const device = namedDevice(message, topic, options.topics);
  const trusted = { tenantId: options.tenantId, deviceId: device?.deviceId ?? '', key: device?.key, topic: topic ?? null };
  const refusal = options.trustTopicDevice ? unnamed(device, topic, options.topics) : UNPROVEN;
  const request: IngestRequest = { payload, source: undefined, trusted };
  return { kind: 'store', request, refusal, ackIds: [], parts: undefined, settles: true };
}

const UNPROVEN: Refusal = {
  reason: 'untrusted_source',
  message: 'Nothing proves who sent this message; switch on "trust the topic\'s device" in the ingest node to store it anyway.',
};

function unnamed(device: object | undefined, topic: string | undefined, topics: Topics): Refusal | undefined {
  if (device !== undefined) return undefined;
  const expected = topics.telemetry('{device_id}');
  const message = `The topic "${(topic ?? '').slice(0, 200)}" names no device; use ${expected} or set msg.device.device_id.`;
  return { reason: 'invalid_device_id', message };
}

/** `msg.device.device_id` as a function node set it, or else the device (and key) of the topic. */
function namedDevice(
  message: FlowMessage,
  topic: string | undefined,
  topics: Topics,
): { deviceId: string; key: string | undefined } | undefined {
  const deviceId = message.device?.device_id;
  if (typeof deviceId === 'string') return { deviceId, key: undefined };
  const parsed = topic === undefined ? undefined : topics.parse(topic);
  if (parsed?.kind === 'telemetry') return { deviceId: parsed.deviceId, key: undefined };
  return parsed?.kind === 'telemetry_key' ? { deviceId: parsed.deviceId, key: parsed.key } : undefined;
}

function plainMessage({ topic, payload }: FlowMessage): { topic: string | undefined; payload: unknown } {
  return { topic: typeof topic === 'string' ? topic : undefined, payload };
}

/** The palette's `aedes broker` wraps what was published: `msg.payload.packet` with topic and payload. */
function publishedPacket(message: FlowMessage): { topic: string; payload: unknown } | undefined {
  const { payload } = message;
  if (message.topic !== 'publish' || typeof payload !== 'object' || payload === null || !('packet' in payload)) return undefined;
  const { packet } = payload;
  if (typeof packet !== 'object' || packet === null || !('topic' in packet) || !('payload' in packet)) return undefined;
  return typeof packet.topic === 'string' ? { topic: packet.topic, payload: packet.payload } : undefined;
}
