import { LIMITS } from '../../../contracts/limits.ts';
import type { RejectReason } from '../../../contracts/telemetry.ts';

/** One message of a request: the bytes as they came, and the device it names. */
export interface BatchElement {
  index: number;
  raw: Buffer;
  /** What the body says in `device_id`; undefined when it says nothing. */
  deviceId: string | undefined;
}

/** A message that is refused before any flow sees it. */
export interface RefusedElement {
  index: number;
  raw: Buffer;
  field: string | null;
  reason: RejectReason;
  message: string;
}

/** What a body is made of. */
export interface Batch {
  elements: BatchElement[];
  refused: RefusedElement[];
}

/**
 * Takes the body of POST /telemetry apart: one message, or a list of them, each with its own bytes (numbers beyond double range and
 * the like stay visible to whoever judges it). Never fails: what cannot be read is refused, the rest stands.
 */
export function readBatch(body: Buffer): Batch {
  const parsed = parse(body);
  if (parsed === undefined) {
    const message = 'The body is not valid JSON; send for example {"device_id": "pump-01", "data": {"temperature": 28.5}}.';
    return { elements: [], refused: [{ index: 0, raw: body, field: null, reason: 'malformed_json', message }] };
  }
  const batch: Batch = { elements: [], refused: [] };
  if (!Array.isArray(parsed.value)) {
    add(batch, { value: parsed.value, raw: body, index: 0 });
    return batch;
  }
  const values: readonly unknown[] = parsed.value;
  if (values.length > LIMITS.messagesPerBatch) {
    const message = `The list has ${String(values.length)} messages; at most ${String(LIMITS.messagesPerBatch)} are accepted. Send it in parts.`;
    return { elements: [], refused: [{ index: 0, raw: body, field: null, reason: 'too_large', message }] };
  }
  if (values.length === 0) {
    const message = 'The list is empty; send at least one message.';
    return { elements: [], refused: [{ index: 0, raw: body, field: null, reason: 'empty_message', message }] };
  }
  const raws = splitList(body);
  for (const [index, value] of values.entries()) add(batch, { value, raw: raws[index] ?? body, index });
  return batch;
}

function parse(body: Buffer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    // The caller says what was expected; where exactly the text broke is of little use in a machine's message.
    return undefined;
  }
}

function add(batch: Batch, { value, raw, index }: { value: unknown; raw: Buffer; index: number }): void {
  if (raw.length > LIMITS.messageBytes) {
    const message = `The message has ${String(raw.length)} bytes; at most ${String(LIMITS.messageBytes)} are accepted. Send it in parts.`;
    batch.refused.push({ index, raw, field: null, reason: 'too_large', message });
    return;
  }
  const deviceId: unknown = typeof value === 'object' && value !== null && 'device_id' in value ? value.device_id : undefined;
  if (deviceId !== undefined && typeof deviceId !== 'string') {
    const message = `"device_id" is ${JSON.stringify(deviceId).slice(0, 80)}; send the device's id as text.`;
    batch.refused.push({ index, raw, field: 'device_id', reason: 'invalid_device_id', message });
    return;
  }
  batch.elements.push({ index, raw, deviceId });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENERS = new Set([0x5b, 0x7b]);
const CLOSERS = new Set([0x5d, 0x7d]);

/** The bytes of each entry of a JSON list that is known to be valid. */
function splitList(body: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let depth = 0;
  let inText = false;
  let start = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i] ?? 0;
    if (inText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (OPENERS.has(byte)) {
      if (depth++ === 0) start = i + 1;
    } else if (CLOSERS.has(byte)) {
      if (--depth === 0) parts.push(body.subarray(start, i));
    } else if (byte === COMMA && depth === 1) {
      parts.push(body.subarray(start, i));
      start = i + 1;
    }
  }
  return parts;
}
