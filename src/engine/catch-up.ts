/** How long a message may travel from the ingest node to a rule and still be judged after a crash. */
export const FLOW_TIME_MS = 5_000;
/** Deploys that follow each other faster than `FLOW_TIME_MS` give a batch to the flow again and again, but no longer than this. */
const GIVEN_AGAIN_MS = 30_000;

/** When a batch was handed to the flow, epoch milliseconds. */
interface Emission {
  firstAtMs: number;
  lastAtMs: number;
}

/**
 * Which stored batches every rule has judged (DESIGN, section 11). A batch that left the ingest node at least `FLOW_TIME_MS` ago has been
 * judged; once the states that this left are written, it may go.
 */
export class CatchUp {
  private readonly emitted = new Map<number, Map<number, Emission>>();
  private readonly highest = new Map<number, number>();

  /** A batch was handed to the flow, perhaps once more. */
  noteEmitted(lane: number, batch: number, atMs: number): void {
    let batches = this.emitted.get(lane);
    if (batches === undefined) {
      batches = new Map();
      this.emitted.set(lane, batches);
    }
    const known = batches.get(batch);
    if (known === undefined) batches.set(batch, { firstAtMs: atMs, lastAtMs: atMs });
    else if (atMs - known.firstAtMs < GIVEN_AGAIN_MS) known.lastAtMs = atMs;
    if (batch > (this.highest.get(lane) ?? -1)) this.highest.set(lane, batch);
  }

  /** The highest batch of each lane that was handed to the flow. */
  highestEmitted(): ReadonlyMap<number, number> {
    return this.highest;
  }

  /** When the oldest batch of all lanes was first handed to the flow, epoch milliseconds; undefined when there is none. */
  get oldestAtMs(): number | undefined {
    const oldest = [...this.emitted.values()].flatMap((batches) => batches.values().next().value?.firstAtMs ?? []);
    return oldest.length === 0 ? undefined : Math.min(...oldest);
  }

  /** Per lane the highest batch such that it and all lower ones left long enough ago. */
  judgedThrough(nowMs: number): Map<number, number> {
    const through = new Map<number, number>();
    const youngFromMs = nowMs - FLOW_TIME_MS;
    for (const [lane, batches] of this.emitted) {
      let lowestYoung = Infinity;
      for (const [batch, { lastAtMs }] of batches) if (lastAtMs > youngFromMs && batch < lowestYoung) lowestYoung = batch;
      let highestRipe = -1;
      for (const batch of batches.keys()) if (batch < lowestYoung && batch > highestRipe) highestRipe = batch;
      if (highestRipe >= 0) through.set(lane, highestRipe);
    }
    return through;
  }

  /** The batches up to these are deleted. */
  forget(through: ReadonlyMap<number, number>): void {
    for (const [lane, last] of through) {
      const batches = this.emitted.get(lane);
      for (const batch of batches?.keys() ?? []) if (batch <= last) batches?.delete(batch);
    }
  }
}
