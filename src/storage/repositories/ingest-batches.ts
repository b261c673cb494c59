import type { Queryable } from '../database.ts';

/** One group commit whose points may not have been judged: its points in the compact form of the ingest service. */
export interface IngestBatch {
  lane: number;
  batch: number;
  points: Buffer;
}

/** The highest batch number stored in each lane that has any. */
export async function lastBatches(db: Queryable): Promise<Map<number, number>> {
  const { rows } = await db.query<{ lane: number; batch: number }>(
    'select lane::int as lane, max(batch)::float8 as batch from ingest_batches group by lane',
  );
  return new Map(rows.map((row) => [row.lane, row.batch]));
}

/** Some batches of a lane in order: later than `after`, up to `through`. */
export async function batchesOfLane(
  db: Queryable,
  range: { lane: number; after: number; through: number },
  limit: number,
): Promise<IngestBatch[]> {
  const { rows } = await db.query<IngestBatch>(
    `select lane::int as lane, batch::float8 as batch, points from ingest_batches
      where lane = $1 and batch > $2 and batch <= $3 order by batch limit $4`,
    [range.lane, range.after, range.through, limit],
  );
  return rows;
}

/** Deletes what every rule has judged: per lane, everything up to the given batch. */
export async function deleteJudgedBatches(db: Queryable, through: ReadonlyMap<number, number>): Promise<void> {
  if (through.size === 0) return;
  await db.query(
    `delete from ingest_batches b using unnest($1::smallint[], $2::bigint[]) as judged (lane, batch)
      where b.lane = judged.lane and b.batch <= judged.batch`,
    [[...through.keys()], [...through.values()]],
  );
}
