/** How long a message may travel from the ingest node to a rule and still be judged after a crash. */
export const FLOW_TIME_MS = 5_000;

/**
 * Which stored batches every rule has judged (DESIGN, section 11). A batch that left the ingest node at least `FLOW_TIME_MS` ago has been
 * judged; once the states that this left are written, it may go.
 */
export class CatchUp {
  private readonly emitted = new Map<number, { batch: number; atMs: number }[]>();
  private readonly highest = new Map<number, number>();

  /** A batch was handed to the flow. */
  noteEmitted(lane: number, batch: number, atMs: number): void {
    const list = this.emitted.get(lane);
    if (list === undefined) this.emitted.set(lane, [{ batch, atMs }]);
    else list.push({ batch, atMs });
    if (batch > (this.highest.get(lane) ?? -1)) this.highest.set(lane, batch);
  }

  /** The highest batch of each lane that was handed to the flow. */
  highestEmitted(): ReadonlyMap<number, number> {
    return this.highest;
  }

  /** Per lane the highest batch such that it and all lower ones left long enough ago. */
  judgedThrough(nowMs: number): Map<number, number> {
    const through = new Map<number, number>();
    for (const [lane, list] of this.emitted) {
      const youngFromMs = nowMs - FLOW_TIME_MS;
      let lowestYoung = Infinity;
      for (const { batch, atMs } of list) if (atMs > youngFromMs && batch < lowestYoung) lowestYoung = batch;
      let highestRipe = -1;
      for (const { batch, atMs } of list) if (atMs <= youngFromMs && batch < lowestYoung && batch > highestRipe) highestRipe = batch;
      if (highestRipe >= 0) through.set(lane, highestRipe);
    }
    return through;
  }

  /** The batches up to these are deleted. */
  forget(through: ReadonlyMap<number, number>): void {
    for (const [lane, last] of through) {
      const left = (this.emitted.get(lane) ?? []).filter(({ batch }) => batch > last);
      this.emitted.set(lane, left);
    }
  }
}
