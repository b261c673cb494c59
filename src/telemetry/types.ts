import type { RejectedPoint, RejectReason, StoredTelemetry } from '../contracts/telemetry.ts';
import type { SourceMessage } from '../sources/types.ts';

/** A message for the ingest service, as the ingest node takes it from the wire. */
export interface IngestRequest {
  payload: unknown;
  /** The source message behind it when it came from an outlet; its principal and device are proven. */
  source: SourceMessage | undefined;
  /** For messages of other sources (stock `mqtt in`): the device they name, already trusted by the node's switch. */
  trusted: { tenantId: string; deviceId: string; key: string | undefined; topic: string | null } | undefined;
}

/** What became of an ingest request. `telemetry` is undefined when nothing new was stored. */
export type IngestOutcome =
  | { kind: 'stored'; telemetry: StoredTelemetry | undefined; stored: number; duplicates: number; rejected: readonly RejectedPoint[] }
  | { kind: 'rejected'; reason: RejectReason; field: string | null; message: string; rejected: readonly RejectedPoint[] }
  | { kind: 'unavailable'; code: 'STORAGE_UNAVAILABLE' | 'DISK_FULL'; message: string };

/** The way of telemetry into storage. */
export interface IngestService {
  /** Decodes, validates, stores in the next group commit, then calls `done` once; in order for one sender. Never throws. */
  ingest(request: IngestRequest, done: (outcome: IngestOutcome) => void): void;
  /**
   * Keeps a message that the flow refuses before it can be decoded (nobody proved who sent it, it joins several devices), then calls
   * `done` once. Never throws.
   */
  refuse(request: IngestRequest, refusal: { reason: RejectReason; message: string }, done: (outcome: IngestOutcome) => void): void;
  /**
   * Calls `listener` with stored telemetry that must go through the flow again (after a crash, a deploy in mid-flight or a commit
   * whose end was unknown). Answers a function that ends it. Ingest nodes send these out of their first output.
   */
  onReplay(listener: (telemetry: StoredTelemetry) => void): () => void;
  /** Sends stored telemetry through the flow as it is deployed now, out of its ingest nodes. */
  replay(telemetry: readonly StoredTelemetry[]): void;
}

/** The answer while storage is away. */
export const UNAVAILABLE: IngestOutcome = {
  kind: 'unavailable',
  code: 'STORAGE_UNAVAILABLE',
  message: 'The database cannot be reached; the message is not acknowledged. Send it again.',
};
