import { LIMITS } from '../contracts/limits.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import { keyRefusal, normalQuality, normalUnit, shown, timestampUs, valueRefusal } from './values.ts';
import type { Refusal, TimeBounds } from './values.ts';

/** Takes what the decoder finds, point by point; on the hot path, so one reused object and no list in between. */
export interface PointSink {
  /** A valid reading. `timeUs` undefined: the sender gave no time. `unit` undefined: none given. */
  point(key: string, value: number | boolean | string, reading: Reading): void;
  /** A point, or (field null) a whole element, that was refused. `index` is its place in the batch. */
  refuse(index: number, field: string | null, refusal: Refusal): void;
  /** The number that the device gave an element (`metadata.sequence`), whatever it is. */
  numbered(given: unknown): void;
}

/** What belongs to a reading beside its key and value. Reused between calls: a sink copies what it keeps. */
export interface Reading {
  index: number;
  timeUs: number | undefined;
  unit: string | undefined;
  quality: number;
}

export interface DecodeOptions {
  bounds: TimeBounds;
  /** The quantity named by the topic (`.../telemetry/{key}`): the payload is its value. */
  key: string | undefined;
  /** A key of the body that addresses the message and is no quantity (`device_id` of the HTTP body). */
  ignoredKey: string | undefined;
  /** Added to the index of every refusal (position of the message in an HTTP batch). */
  firstIndex: number;
}

/**
 * Reads a payload in any of the forms of REQUIREMENTS section 4 (scalar per key, plain object, `telemetry` or `data` object, each
 * also in a list) and hands every reading to `sink`. Bad points are refused one by one and never harm their neighbours; a payload
 * that is no telemetry at all is refused as a whole.
 */
export function decodePayload(payload: unknown, options: DecodeOptions, sink: PointSink): void {
  const body = Buffer.isBuffer(payload) || typeof payload === 'string' ? parseJson(payload, options.key) : payload;
  if (body instanceof NotJson) {
    sink.refuse(options.firstIndex, null, body.refusal);
    return;
  }
  const tooMuch = sizeRefusal(body);
  if (tooMuch !== undefined) {
    sink.refuse(options.firstIndex, null, tooMuch);
    return;
  }
  const decoder = new ElementDecoder(options, sink);
  if (!Array.isArray(body)) {
    decoder.decode(body, options.firstIndex);
    return;
  }
  if (body.length === 0) sink.refuse(options.firstIndex, null, EMPTY);
  body.forEach((element: unknown, i) => {
    decoder.decode(element, options.firstIndex + i);
  });
}

const EMPTY: Refusal = { reason: 'empty_message', message: 'The message has no readings; send at least one key with a value.' };

class NotJson {
  readonly refusal: Refusal;
  constructor(reason: RejectReason, message: string) {
    this.refusal = { reason, message };
  }
}

/** Parses text or bytes; a text that is not JSON is a refusal, as is one that nests deeper than any telemetry does. */
function parseJson(payload: Buffer | string, key: string | undefined): unknown {
  try {
    const body: unknown = JSON.parse(typeof payload === 'string' ? payload : payload.toString('utf8'));
    if (!isTooDeep(body, LIMITS.jsonDepth)) return body;
    return new NotJson('too_deep', `The JSON nests deeper than ${String(LIMITS.jsonDepth)} levels; send flat keys.`);
  } catch {
    // The parser's own words name a position in a text nobody sees; what was expected helps more.
    const expected = key === undefined ? '{"temperature": 28.5}' : '28.5, "open" (text in quotes) or {"value": 28.5, "unit": "C"}';
    return new NotJson('malformed_json', `The payload ${shown(payload.toString())} is not JSON; send for example ${expected}.`);
  }
}

/** True when `value` nests objects or lists deeper than `depth`. Bounded by `depth`, so that hostile nesting cannot exhaust the stack. */
export function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const key in value) {
    const inner: unknown = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object' && inner !== null && isTooDeep(inner, depth - 1)) return true;
  }
  return false;
}

/** Counts keys and points before anything is stored, so that a message is taken or refused as one when it is too big. */
function sizeRefusal(body: unknown): Refusal | undefined {
  const elements: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (elements.length > LIMITS.pointsPerMessage) return tooManyPoints(elements.length);
  let points = 0;
  for (const element of elements) {
    const readings = readingsOf(element);
    const keys = readings === undefined ? 1 : countKeys(readings);
    if (keys > LIMITS.keysPerMessage) {
      return {
        reason: 'too_many_keys',
        message: `The message has ${String(keys)} keys; at most ${String(LIMITS.keysPerMessage)} are accepted. Send them in parts.`,
      };
    }
    points += keys;
  }
  return points > LIMITS.pointsPerMessage ? tooManyPoints(points) : undefined;
}

function tooManyPoints(points: number): Refusal {
  return {
    reason: 'too_many_points',
    message: `The message has ${String(points)} points; at most ${String(LIMITS.pointsPerMessage)} are accepted. Send it in parts.`,
  };
}

function countKeys(object: object): number {
  let count = 0;
  for (const _ in object) count++;
  return count;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object whose keys are quantities: `telemetry` or `data` where one of them is an object, otherwise the element itself. */
function readingsOf(element: unknown): Record<string, unknown> | undefined {
  if (!isObject(element)) return undefined;
  if (isObject(element['telemetry'])) return element['telemetry'];
  if (isObject(element['data'])) return element['data'];
  return element;
}

interface Common {
  timeUs: number | undefined;
  quality: number;
}

const NO_COMMON: Common = { timeUs: undefined, quality: 100 };

/** One element of a message (the message itself when it is no list) on its way into the sink. */
class ElementDecoder {
  private readonly options: DecodeOptions;
  private readonly sink: PointSink;
  private index = 0;
  /** One object for all readings: the sink copies from it, and a message of three values allocates none. */
  private readonly reading: Reading = { index: 0, timeUs: undefined, unit: undefined, quality: 100 };

  constructor(options: DecodeOptions, sink: PointSink) {
    this.options = options;
    this.sink = sink;
  }

  decode(element: unknown, index: number): void {
    this.index = index;
    if (this.options.key !== undefined) {
      this.readingOf(this.options.key, element, NO_COMMON);
      return;
    }
    const readings = readingsOf(element);
    if (readings === undefined || !isObject(element)) {
      const message = `A telemetry message is an object such as {"temperature": 28.5}, not ${shown(element)}.`;
      this.sink.refuse(index, null, { reason: 'malformed_json', message });
      return;
    }
    const common = this.commonOf(element);
    if (common !== undefined && !this.readingsIn(readings, readings === element, common)) this.sink.refuse(index, null, EMPTY);
  }

  /** Hands over every reading of an object; answers whether there was any. In the plain form nested objects are refused. */
  private readingsIn(readings: Record<string, unknown>, plain: boolean, common: Common): boolean {
    let seen = false;
    for (const key in readings) {
      if (plain && (key === 'timestamp' || key === 'metadata' || key === this.options.ignoredKey)) continue;
      seen = true;
      const value = readings[key];
      if (plain) this.emit(key, value, common, undefined);
      else this.readingOf(key, value, common);
    }
    return seen;
  }

  /** Time and quality that an element gives for all its readings; undefined (and refused) when one of them is wrong. */
  private commonOf(element: Record<string, unknown>): Common | undefined {
    const timestamp = element['timestamp'];
    const metadata = element['metadata'];
    if (timestamp === undefined && metadata === undefined) return NO_COMMON;
    if (isObject(metadata)) this.noteNumber(metadata);
    const timeUs = timestamp === undefined || timestamp === null ? undefined : timestampUs(timestamp, this.options.bounds);
    if (typeof timeUs === 'object') {
      this.sink.refuse(this.index, 'timestamp', timeUs);
      return undefined;
    }
    const given = isObject(metadata) ? metadata['quality'] : undefined;
    const quality = given === undefined ? 100 : normalQuality(given);
    if (typeof quality === 'object') {
      this.sink.refuse(this.index, 'metadata.quality', quality);
      return undefined;
    }
    return { timeUs, quality };
  }

  /** Before anything is refused: a message that came is not missing, whatever is wrong with it. */
  private noteNumber(metadata: Record<string, unknown>): void {
    const given = metadata['sequence'] ?? metadata['seq'];
    if (given !== undefined && given !== null) this.sink.numbered(given);
  }

  /** A reading written as an object, `{"value", "unit"?, "timestamp"?, "quality"?}`, or a bare value. */
  private readingOf(key: string, given: unknown, common: Common): void {
    if (!isObject(given)) {
      this.emit(key, given, common, undefined);
      return;
    }
    if (!('value' in given)) {
      const message = `"${key}" is an object without "value"; send {"value": 28.5, "unit": "C"}.`;
      this.sink.refuse(this.index, key, { reason: 'nested_value', message });
      return;
    }
    const timeUs = given['timestamp'] === undefined ? common.timeUs : timestampUs(given['timestamp'], this.options.bounds);
    const quality = given['quality'] === undefined ? common.quality : normalQuality(given['quality']);
    const unit = given['unit'] === undefined || given['unit'] === null ? undefined : normalUnit(given['unit']);
    if (typeof timeUs === 'object') this.sink.refuse(this.index, key, timeUs);
    else if (typeof quality === 'object') this.sink.refuse(this.index, key, quality);
    else if (typeof unit === 'object') this.sink.refuse(this.index, key, unit);
    else this.emit(key, given['value'], { timeUs, quality }, unit);
  }

  private emit(key: string, value: unknown, common: Common, unit: string | undefined): void {
    const refusal = keyRefusal(key) ?? valueRefusal(value);
    if (refusal !== undefined) {
      this.sink.refuse(this.index, key, refusal);
      return;
    }
    const { reading } = this;
    reading.index = this.index;
    reading.timeUs = common.timeUs;
    reading.unit = unit;
    reading.quality = common.quality;
    this.sink.point(key, typeof value === 'string' ? value.toWellFormed() : (value as number | boolean), reading);
  }
}
