import type { Schemas } from '../../../api/endpoints.ts';
import { parseMillis } from '../../../live/timestamps.ts';

/** A key of a gateway or a program, as it is listed. */
export type ApiKey = Schemas['ApiKey'];

/** How a key stands: it works, it works for a few days more, it has been replaced and works beside the new one, or it has ended. */
export type KeyState = 'active' | 'ending' | 'replaced' | 'ended';

const SOON_MS = 14 * 24 * 60 * 60_000;

/** How a key stands at an instant, epoch milliseconds. */
export function stateOf(
  { expires_at: expiresAt, replaced_by: replacedBy }: Pick<ApiKey, 'expires_at' | 'replaced_by'>,
  nowMs: number,
): KeyState {
  const endMs = expiresAt === null ? Number.POSITIVE_INFINITY : parseMillis(expiresAt);
  if (endMs <= nowMs) return 'ended';
  if (replacedBy !== null) return 'replaced';
  return endMs - nowMs < SOON_MS ? 'ending' : 'active';
}
