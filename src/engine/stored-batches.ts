import type { StoredTelemetry } from '../contracts/telemetry.ts';
import { messageOf } from '../core/errors.ts';
import { batchesOfLane, deleteJudgedBatches, lastBatches } from '../storage/repositories/ingest-batches.ts';
import type { IngestBatch } from '../storage/repositories/ingest-batches.ts';
import { CatchUp } from './catch-up.ts';
import { patiently } from './patience.ts';
import type { EngineOptions } from './ports.ts';

/** Batches held in memory at a time while they are read again. */
const PAGE = 20;

/** The stored batches of telemetry: which are judged and may go, and which have to be judged again. */
export class StoredBatches {
  private readonly options: Pick<EngineOptions, 'db' | 'clock' | 'logger' | 'decodeBatch'>;
  private readonly signal: AbortSignal;
  private readonly catchUp = new CatchUp();
  private leftover: ReadonlyMap<number, number> = new Map();
  private unfinished = 0;

  constructor(options: Pick<EngineOptions, 'db' | 'clock' | 'logger' | 'decodeBatch'>, signal: AbortSignal) {
    this.options = options;
    this.signal = signal;
  }

  /** Notes what an earlier run left; answers whether there is anything. */
  async load(): Promise<boolean> {
    this.leftover = await lastBatches(this.options.db.system);
    if (this.leftover.size > 0) this.unfinished = 1;
    return this.leftover.size > 0;
  }

  noteEmitted(lane: number, batch: number, atMs: number): void {
    this.catchUp.noteEmitted(lane, batch, atMs);
  }

  /** When the oldest batch that is not deleted was handed to the flow, epoch milliseconds. */
  get oldestAtMs(): number | undefined {
    return this.catchUp.oldestAtMs;
  }

  /** What is judged by now, provided that every state is written afterwards; to be given to `deleteJudged`. */
  judgedThrough(): Map<number, number> {
    return this.catchUp.judgedThrough(this.options.clock.nowMs());
  }

  /** Deletes what is judged, unless a replay has not come to its end. */
  async deleteJudged(through: ReadonlyMap<number, number>): Promise<void> {
    if (this.unfinished > 0) return;
    await deleteJudgedBatches(this.options.db.system, through);
    this.catchUp.forget(through);
  }

  /** See `WiredRuleEngine.replay`. A reader that stops half-way leaves everything stored for the next. */
  async *replay(): AsyncGenerator<StoredTelemetry[]> {
    this.unfinished += 1;
    const through = new Map([...this.leftover, ...this.catchUp.highestEmitted()]);
    for (const [lane, last] of through) yield* this.replayLane(lane, last);
    this.leftover = new Map();
    this.unfinished = 0;
  }

  private async *replayLane(lane: number, through: number): AsyncGenerator<StoredTelemetry[]> {
    const { db, clock } = this.options;
    for (let after = -1; ;) {
      const range = { lane, after, through };
      const page = await patiently(() => batchesOfLane(db.system, range, PAGE), this.signal);
      for (const stored of page) {
        after = stored.batch;
        this.catchUp.noteEmitted(lane, stored.batch, clock.nowMs());
        yield this.decode(stored);
      }
      if (page.length < PAGE) return;
    }
  }

  private decode({ lane, batch, points }: IngestBatch): StoredTelemetry[] {
    const { decodeBatch, logger } = this.options;
    try {
      return decodeBatch(lane, points).map((telemetry) => ({ ...telemetry, replay: true }));
    } catch (error) {
      logger.error(
        { part: 'rules', lane, batch, error: messageOf(error) },
        'A stored batch cannot be read; its points are not judged again.',
      );
      return [];
    }
  }
}
