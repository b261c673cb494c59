import type { z } from 'zod';
import { durationSeconds, DURATION_WORDS } from '../../../src/contracts/analysis-terms.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { FlowMessage } from '../platform.ts';

/** More of a wrong value is not repeated. */
const LONGEST_SHOWN = 100;

/** What a message or a form says of a question, by the names that the API has for it. */
export type Asked = Readonly<Record<string, string | readonly string[]>>;

/** A question as the node puts it together: whose series, how far back, and the checked options. */
export interface NodeQuestion<Options> {
  deviceId: string;
  key: string;
  lengthUs: bigint;
  options: Options;
}

/** What a form gives for a question. */
export interface FormQuestion {
  deviceId: string;
  /** Blank where an analysis is of several quantities. */
  key: string;
  period: string;
  options: Readonly<Record<string, string | number | undefined>>;
}

/**
 * What the message itself asks: the object `msg.analysis`, or an object in `msg.payload` when there is none. Numbers are taken as texts, as the API
 * takes them. Fails with INVALID_REQUEST.
 */
export function askedBy({ analysis, payload }: FlowMessage): Asked {
  if (analysis !== undefined && !isPlain(analysis)) {
    throw bad('analysis', 'msg.analysis is not an object; send one such as {"key": "temperature", "period": "7d"}, or none.');
  }
  const given = analysis ?? (isPlain(payload) ? payload : {});
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, textOf(name, value)]),
  );
}

/**
 * A question of what the message asks and, where it says nothing, the form. `alternatives` are options of which one alone may be given: what the message
 * says takes the place of all of them. Fails with INVALID_REQUEST, naming the fields.
 */
export function questionOf<Schema extends z.ZodType>(
  form: FormQuestion,
  asked: Asked,
  { schema, alternatives = [] }: { schema: Schema; alternatives?: readonly (readonly string[])[] },
): NodeQuestion<z.output<Schema>> {
  const { device_id: deviceId = form.deviceId, key = form.key, period = form.period, ...options } = asked;
  const replaced = new Set(alternatives.filter((names) => names.some((name) => name in options)).flat());
  const fromForm = Object.entries(form.options).flatMap(([name, value]) =>
    value === undefined || value === '' || replaced.has(name) ? [] : [[name, String(value)] as const],
  );
  const given: Asked = { ...Object.fromEntries(fromForm), ...options };
  const read = schema.safeParse(given);
  if (!read.success) throw refusal(read.error, given);
  const seconds = typeof period === 'string' ? durationSeconds(period) : undefined;
  if (seconds === undefined) throw bad('period', sentenceOf('period', period, DURATION_WORDS));
  if (typeof deviceId !== 'string' || deviceId === '') {
    throw bad('device_id', 'No device is named: enter one in the node, or send msg.analysis.device_id or msg.device.device_id.');
  }
  return { deviceId, key: typeof key === 'string' ? key : '', lengthUs: BigInt(seconds) * 1_000_000n, options: read.data };
}

/** A refusal that names one field. */
export function bad(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

function refusal({ issues }: z.ZodError, given: Asked): AppError {
  const errors = issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
  return new AppError(
    'INVALID_REQUEST',
    errors.map(({ field, message }) => (field === '' ? message : sentenceOf(field, given[field], message))).join(' '),
    {
      errors,
    },
  );
}

/** What is wrong, beginning with the field and what it holds, as the API says it. */
function sentenceOf(field: string, value: string | readonly string[] | undefined, message: string): string {
  return value === undefined ? `${field}: ${message}` : `"${field}" is "${String(value).slice(0, LONGEST_SHOWN)}". ${message}`;
}

function textOf(name: string, value: unknown): string | string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw bad(name, `"${name}" is neither a text nor a number; send one, or leave it out.`);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
