import type { StoredTelemetry } from './telemetry.ts';

/**
 * Request ids: by one the way of what came in is found in the log, from its arrival to the notifications that it led to. HTTP brings its own
 * (`X-Request-Id`); all others follow from what the platform numbers anyway, so that a message costs nothing that nobody logs.
 */

/** What a request id may be: what clients choose is logged and answered, and must not be able to look like anything else. */
export const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** Of the random digits of an acknowledgement id half are shown: 60 bits tell messages apart, and the other 62 keep the id itself a secret. */
const SHOWN_OF_ACK = 18;

/** The request id of a message that came without one: the first half of its acknowledgement id, which as a whole nobody may guess. */
export function requestIdOfAck(ackId: string): string {
  return ackId.slice(0, SHOWN_OF_ACK);
}

/**
 * The request id of stored telemetry. What came from a node that is no source of the platform, and what is judged only after a restart, is known by its
 * number alone: `n{lane}-{number}`.
 */
export function requestIdOf({ request_id: given, lane, batch }: Pick<StoredTelemetry, 'request_id' | 'lane' | 'batch'>): string {
  return given ?? `n${String(lane)}-${String(batch)}`;
}

/** The request id in something that a flow may have made, or undefined. */
export function asRequestId(value: unknown): string | undefined {
  return typeof value === 'string' && REQUEST_ID.test(value) ? value : undefined;
}
