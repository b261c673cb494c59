import type { RejectedPoint } from '../contracts/telemetry.ts';
import type { RefusalAccount, RejectedLog } from './rejected-log.ts';
import { UNAVAILABLE } from './types.ts';
import type { IngestOutcome, IngestRequest } from './types.ts';
import { textOf } from './values.ts';

/** What a refusal is written down with. */
export interface Refusable {
  request: IngestRequest;
  done: (outcome: IngestOutcome) => void;
  tenantId: string;
  deviceId: string;
}

const NO_READINGS: RejectedPoint = { index: 0, field: null, reason: 'empty_message', message: 'The message has no readings.' };

/** Keeps what was refused, then answers whoever sent it. */
export class RefusalDesk {
  private readonly log: RejectedLog;

  constructor(log: RejectedLog) {
    this.log = log;
  }

  /** Nothing of the message is stored: it is kept as rejected, then answered. */
  rejectWhole(message: Refusable, refused: readonly RejectedPoint[], account?: RefusalAccount): void {
    const first = refused[0] ?? NO_READINGS;
    void this.keep(message, refused.length === 0 ? [first] : refused, account).then((kept) => {
      const { reason, field, message: text } = first;
      message.done(kept ? { kind: 'rejected', reason, field, message: text, rejected: refused } : UNAVAILABLE);
    });
  }

  /** What was refused of a message whose other points are committed. Conflicts were counted in that commit; the rest is with this row. */
  keepBeside(message: Refusable & { refused: readonly RejectedPoint[] }): Promise<boolean> {
    const points = message.refused.filter(({ reason }) => reason !== 'conflict').length;
    return this.keep(message, message.refused, { messages: 0, points, numbering: undefined });
  }

  /** One row per message: the first reason, and how many more there were. Resolves with whether it is committed; never rejects. */
  keep({ request, tenantId, deviceId }: Refusable, refused: readonly RejectedPoint[], account?: RefusalAccount): Promise<boolean> {
    const [first] = refused;
    if (first === undefined) return Promise.resolve(true);
    const { source, trusted } = request;
    const more = refused.length > 1 ? ` (and ${String(refused.length - 1)} more points)` : '';
    return new Promise((resolve) => {
      this.log.add(
        {
          tenantId,
          deviceId: deviceId === '' ? null : deviceId,
          source: source?.kind ?? 'flow',
          topic: source?.topic ?? trusted?.topic ?? null,
          reason: first.reason,
          message: first.message + more,
          field: first.field,
          raw: source?.raw ?? rawOf(request.payload),
          account,
        },
        resolve,
      );
    });
  }
}

function rawOf(payload: unknown): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  return Buffer.from(payload === undefined ? '' : textOf(payload));
}
