import type { PresenceChange } from './ports.ts';

/** Longer ones are not a status. */
const MAX_BYTES = 4_096;

/**
 * The status that a payload on a status topic means: `"online"`, `online` or `{"status": "online"}`, likewise `offline` and `error`.
 * Undefined when it is none of them.
 */
export function parseStatus(payload: Buffer): PresenceChange['status'] | undefined {
  if (payload.length > MAX_BYTES) return undefined;
  const text = payload.toString('utf8').trim();
  return asStatus(text) ?? asStatus(statusIn(text));
}

function statusIn(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Not JSON: then it is no status in JSON.
  }
  return typeof value === 'object' && value !== null && 'status' in value ? value.status : value;
}

function asStatus(value: unknown): PresenceChange['status'] | undefined {
  return value === 'online' || value === 'offline' || value === 'error' ? value : undefined;
}
