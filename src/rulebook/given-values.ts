import type { RuleTestRequest } from '../contracts/explanations.ts';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import type { Reading } from '../rules/explain/rehearsal.ts';

/** A series that a rule reads. */
export interface InputName {
  deviceId: string;
  key: string;
}

/**
 * The readings that a test is given, for each input of the rule in its order. A value is named by its key, or by `device/key`; the key alone
 * means the device that is judged, or the one input that has it. INVALID_REQUEST for what the rule does not read.
 */
export function givenReadings(
  values: NonNullable<RuleTestRequest['values']>,
  { names, deviceId, atMs }: { names: readonly InputName[]; deviceId: string; atMs: number },
): Reading[][] {
  const given = names.map((): Reading[] => []);
  const errors: FieldError[] = [];
  for (const [name, sent] of Object.entries(values)) {
    const place = placeOf(name, names, deviceId);
    const reading = typeof sent === 'object' ? sent : { value: sent };
    const timeUs = reading.timestamp === undefined ? atMs * 1_000 : Date.parse(reading.timestamp) * 1_000;
    if (place < 0) errors.push(notRead(name, names));
    else given[place]?.push({ timeUs, value: reading.value, quality: reading.quality ?? 100 });
  }
  const [first] = errors;
  if (first !== undefined) throw new AppError('INVALID_REQUEST', first.message, { errors });
  return given;
}

function placeOf(name: string, names: readonly InputName[], deviceId: string): number {
  const exact = names.findIndex((input) => name === `${input.deviceId}/${input.key}`);
  if (exact >= 0) return exact;
  const own = names.findIndex((input) => name === input.key && input.deviceId === deviceId);
  return own >= 0 ? own : names.findIndex((input) => name === input.key);
}

function notRead(name: string, names: readonly InputName[]): FieldError {
  const field = `values.${name}`;
  const read = names.map(({ deviceId, key }) => `"${key}" of "${deviceId}"`).join(' and ');
  const message =
    names.length === 0
      ? `"${field}" is a value, and the rule reads none: it looks at time and presence. Leave "values" out.`
      : `"${field}" is not read by the rule; it reads ${read}. Correct the name or leave it out.`;
  return { field, message };
}
