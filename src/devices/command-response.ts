import { commandResponseSchema, DEVICE_JSON_BYTES, jsonBytes } from '../contracts/commands.ts';
import type { CommandAnswer } from '../contracts/commands.ts';
import { LIMITS } from '../contracts/limits.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import { isTooDeep } from '../telemetry/decode.ts';

/** What a device answered. */
export interface ParsedResponse {
  commandId: string;
  answer: CommandAnswer;
  /** As JSON; null when the device sent nothing along. */
  resultJson: string | null;
}

/** Why an answer is none. */
export interface ResponseRefusal {
  reason: RejectReason;
  message: string;
  field: string | null;
}

const FORM = 'Send {"id": "<id of the command>", "status": "completed" or "failed", "result": ...}.';

/** Reads `{"id", "status", "result"}` (REQUIREMENTS, section 4). */
export function parseCommandResponse(payload: Buffer): ParsedResponse | ResponseRefusal {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return { reason: 'malformed_json', message: `The answer to a command is not JSON. ${FORM}`, field: null };
  }
  if (isTooDeep(value, LIMITS.jsonDepth)) {
    return { reason: 'too_deep', message: `The answer nests deeper than ${String(LIMITS.jsonDepth)} levels. ${FORM}`, field: null };
  }
  const response = commandResponseSchema.safeParse(value);
  if (!response.success) {
    const field = response.error.issues[0]?.path.map(String).join('.') ?? '';
    const message = `The answer to a command is not valid${field === '' ? '' : ` in "${field}"`}. ${FORM}`;
    return { reason: 'invalid_response', message, field: field === '' ? null : field };
  }
  const { id, status, result } = response.data;
  if (result === undefined) return { commandId: id, answer: status, resultJson: null };
  if (jsonBytes(result) > DEVICE_JSON_BYTES) {
    return { reason: 'too_large', message: 'The result of a command has more than 64 KB as JSON; send less.', field: 'result' };
  }
  return { commandId: id, answer: status, resultJson: JSON.stringify(result) };
}
