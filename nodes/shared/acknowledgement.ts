import type { MessageParts } from '../../src/sources/types.ts';
import type { FlowMessage } from './platform.ts';

/** The acknowledgement(s) that a message carries. */
export interface Acknowledgement {
  ids: readonly string[];
  /** Set when the message is one of several into which the acknowledged one was split. */
  parts: MessageParts | undefined;
  /**
   * False when the message is a part of an unknown number (a stream, or a part split again): settling it could acknowledge what is not
   * stored yet, so nobody does, and the source keeps the message as `not_settled`.
   */
  settles: boolean;
}

const NONE: Acknowledgement = { ids: [], parts: undefined, settles: true };

/** Reads `msg.ack_id` (one id, or those of a joined message) and `msg.parts`. */
export function acknowledgementOf(message: FlowMessage): Acknowledgement {
  const { ack_id: ackId, parts } = message;
  if (ackId === undefined) return NONE;
  const ids = typeof ackId === 'string' ? [ackId] : idsOf(ackId);
  if (parts === undefined) return { ids, parts: undefined, settles: true };
  const whole = wholeParts(parts);
  return { ids, parts: whole, settles: whole !== undefined };
}

function idsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((id): id is string => typeof id === 'string') : [];
}

function wholeParts(parts: Partial<MessageParts>): MessageParts | undefined {
  const { id, index, count } = parts;
  // A message that was split twice carries the outer parts inside.
  if ('parts' in parts || typeof id !== 'string' || !isCount(index) || !isCount(count)) return undefined;
  return { id, index, count };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0;
}
