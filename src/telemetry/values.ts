import { LIMITS } from '../contracts/limits.ts';
import type { RejectReason, SeriesKind } from '../contracts/telemetry.ts';

/** Why something was refused, with the sentence for a person. */
export interface Refusal {
  reason: RejectReason;
  message: string;
}

/** How far from now a reading's own time may lie. */
export interface TimeBounds {
  /** The oldest accepted instant, epoch microseconds. */
  oldestUs: number;
  /** The newest accepted instant, epoch microseconds. */
  newestUs: number;
}

const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.(\d{1,9}))?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/**
 * The instant that a message's `timestamp` names, in whole epoch microseconds: ISO 8601 with a zone, or epoch milliseconds
 * (fractions count). Text without a zone is refused: it would mean another instant on every server.
 */
export function timestampUs(value: unknown, bounds: TimeBounds): number | Refusal {
  const us = typeof value === 'number' ? Math.round(value * 1_000) : typeof value === 'string' ? isoUs(value) : Number.NaN;
  if (!Number.isFinite(us)) {
    return {
      reason: 'invalid_timestamp',
      message: `The timestamp ${shown(value)} is not a time; send ISO 8601 with a zone ("2026-01-31T06:30:00Z") or epoch milliseconds.`,
    };
  }
  if (us > bounds.newestUs) {
    return { reason: 'timestamp_in_future', message: `The timestamp ${shown(value)} is too far in the future; check the device's clock.` };
  }
  if (us < bounds.oldestUs) {
    const hint = typeof value === 'number' && value > 0 && value < 1e11 ? ' It looks like seconds: send milliseconds.' : '';
    return { reason: 'timestamp_too_old', message: `The timestamp ${shown(value)} is older than what is accepted.${hint}` };
  }
  return us;
}

function isoUs(text: string): number {
  const match = text.length <= 40 ? ISO_WITH_ZONE.exec(text) : null;
  if (match === null) return Number.NaN;
  const fraction = match[1];
  const ms = Date.parse(fraction === undefined ? text : text.replace(`.${fraction}`, ''));
  return ms * 1_000 + (fraction === undefined ? 0 : Number(fraction.padEnd(6, '0').slice(0, 6)));
}

/** What is wrong with the name of a quantity, or undefined. */
export function keyRefusal(key: string): Refusal | undefined {
  if (key.length >= 1 && key.length <= LIMITS.keyLength && !hasControlCharacter(key) && key.isWellFormed()) return undefined;
  return {
    reason: 'invalid_key',
    message: `The key ${shown(key)} must have 1-${String(LIMITS.keyLength)} characters and no control characters.`,
  };
}

/** What is wrong with a value, or undefined. Called with what JSON can hold. */
export function valueRefusal(value: unknown): Refusal | undefined {
  switch (typeof value) {
    case 'number':
      if (Number.isFinite(value)) return undefined;
      return { reason: 'value_out_of_range', message: 'The number is beyond what a double can hold; send a finite number.' };
    case 'boolean':
      return undefined;
    case 'string':
      return textRefusal(value);
    case 'object':
      if (value === null) return { reason: 'invalid_value', message: 'The value is null; leave the key out when there is no reading.' };
      return { reason: 'nested_value', message: 'The value is an object or a list; send one number, boolean or text per key.' };
    default:
      return { reason: 'invalid_value', message: `A value of kind ${typeof value} cannot be stored; send a number, boolean or text.` };
  }
}

function textRefusal(text: string): Refusal | undefined {
  if (text.includes('\u0000'))
    return { reason: 'invalid_value', message: 'The text has a NUL character, which cannot be stored; remove it.' };
  // A jsonb column takes none, and one alert with such a value would hold up all others.
  if (!text.isWellFormed())
    return { reason: 'invalid_value', message: 'The text has half of a surrogate pair, which is no character; send valid Unicode.' };
  // A UTF-16 unit is at most three bytes of UTF-8, so short texts need no counting.
  if (text.length * 3 > LIMITS.textValueBytes && Buffer.byteLength(text) > LIMITS.textValueBytes) {
    return { reason: 'text_too_long', message: `The text has more than ${String(LIMITS.textValueBytes)} bytes; shorten it.` };
  }
  return undefined;
}

/** The kind of series a (valid) value belongs to. */
export function kindOf(value: unknown): SeriesKind {
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
}

/** Spellings of one unit that devices really send, and the one that is kept. */
const UNIT_SYNONYMS: ReadonlyMap<string, string> = new Map([
  ...['C', 'degC', '°C', '℃', 'celsius', 'Celsius'].map((unit) => [unit, '°C'] as const),
  ...['F', 'degF', '°F', '℉', 'fahrenheit', 'Fahrenheit'].map((unit) => [unit, '°F'] as const),
  ...['percent', 'pct', '%'].map((unit) => [unit, '%'] as const),
]);

/** The unit as it is kept (`C`, `degC` and `°C` are one), or a refusal. */
export function normalUnit(unit: unknown): string | Refusal {
  if (typeof unit !== 'string' || unit.length > LIMITS.unitLength || hasControlCharacter(unit) || !unit.isWellFormed()) {
    return { reason: 'invalid_unit', message: `The unit ${shown(unit)} must be text of at most ${String(LIMITS.unitLength)} characters.` };
  }
  const trimmed = unit.trim();
  return UNIT_SYNONYMS.get(trimmed) ?? trimmed;
}

/** A quality from 0 to 100 (rounded), or a refusal. */
export function normalQuality(quality: unknown): number | Refusal {
  if (typeof quality === 'number' && quality >= 0 && quality <= 100) return Math.round(quality);
  return { reason: 'invalid_quality', message: `The quality ${shown(quality)} must be a number from 0 to 100.` };
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
}

/**
 * A value as JSON, or its kind when it has none: nodes of a flow may send what no device can (a BigInt, an object that contains itself,
 * nesting without end). Never throws.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'bigint' ? String(value) : `a value of kind ${typeof value} that is no JSON`;
  }
}

/** A value quoted in a message: short, and never the whole of something long. */
export function shown(value: unknown): string {
  const clean = textOf(value)
    .replaceAll(/[\u0000-\u001f\u007f]/g, '?')
    .toWellFormed();
  return `"${clean.length > 60 ? `${clean.slice(0, 57)}...` : clean}"`;
}
