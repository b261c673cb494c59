import type { Batch, PendingMessage } from '../batch.ts';
import type { WriteOutcome } from '../lane.ts';
import { EntryBuilder } from './entry.ts';
import type { Tally } from './entry.ts';

/**
 * What a group commit decided, to be written in its transaction. Received is what the decoder handed on, stored and repeated what the database
 * said of each row: two counts that know nothing of each other, so that a point which gets lost in between shows.
 */
export function entryOfBatch(batch: Batch, outcome: WriteOutcome): string | undefined {
  const entry = new EntryBuilder();
  for (const message of batch.messages) countMessage(batch, message, { outcome, tally: entry.of(message) });
  return entry.body();
}

function countMessage(batch: Batch, message: PendingMessage, { outcome, tally }: { outcome: WriteOutcome; tally: Tally }): void {
  tally.messages += 1;
  tally.received += message.received;
  if (tally.seriesId === 0) tally.seriesId = batch.idOf(message.rowStart);
  const storedBefore = tally.stored;
  for (let row = message.rowStart; row < message.rowEnd; row++) {
    if (outcome.isNew === undefined || outcome.isNew(row)) tally.store(batch.timeOf(row));
    else if (outcome.storedValue(row) === batch.valueOf(row)) tally.duplicates += 1;
    else tally.conflicts += 1;
  }
  if (message.numbering === undefined) return;
  if (tally.stored === storedBefore) tally.repeat(message.numbering);
  else tally.number(message.numbering);
}
