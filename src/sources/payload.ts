import { LIMITS } from '../contracts/limits.ts';

/**
 * The payload as flows expect it: parsed where it is JSON, text where it is readable, otherwise the bytes. JSON that nests deeper
 * than telemetry may stays unread, because cloning it on a wire would exhaust the stack.
 */
export function flowPayload(raw: Buffer): unknown {
  const text = raw.toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    return nestsWithin(parsed, LIMITS.jsonDepth) ? parsed : raw;
  } catch {
    // Not JSON: the ingest node says so to whoever sent it, with the reason.
    return text.includes('\ufffd') ? raw : text;
  }
}

function nestsWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  for (const key in value) {
    if (!nestsWithin((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}
