import type { AttemptOutcome } from '../contracts/notifications.ts';
import type { Channel, Outcome } from './types.ts';

/** No receiver may ask for a longer pause, milliseconds. */
const LONGEST_ASKED_MS = 86_400_000;
/** By how much of itself a pause is lengthened at most, so that what failed together does not come again together. */
const JITTER = 0.1;

/** What follows an attempt: nothing, or another one after a pause. */
export type NextStep = { outcome: Exclude<AttemptOutcome, 'retry'> } | { outcome: 'retry'; delayMs: number };

/**
 * What follows attempt number `attempt` (from 1 on). The pause is that of the channel, or what the receiver asked for where that is longer (at
 * most a day): a wish never takes a try out of the schedule. It is up to 10 % longer by `random` (0 to 1). After the last pause of the channel, or what cannot be tried again, it is given up.
 */
export function nextStep(channel: Pick<Channel, 'retryDelaysMs'>, attempt: number, result: Outcome, random: () => number): NextStep {
  if (result.delivered) return { outcome: 'delivered' };
  const pauseMs = channel.retryDelaysMs[attempt - 1];
  if (!result.retryable || pauseMs === undefined) return { outcome: 'failed' };
  const askedMs = Math.min(result.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  const wantedMs = Math.max(pauseMs, askedMs);
  return { outcome: 'retry', delayMs: Math.round(wantedMs * (1 + JITTER * random())) };
}
