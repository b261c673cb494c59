/** One of many for which it did not work, and why. */
export interface Failure {
  id: string;
  reason: string;
}

/** How far a deed over many has come. */
export interface Progress {
  total: number;
  done: number;
  failures: readonly Failure[];
}

/** What a deed over many needs. */
export interface BulkOptions {
  ids: readonly string[];
  /** Does it for one; throws what went wrong. */
  work: (id: string) => Promise<unknown>;
  /** How many at once. */
  concurrency: number;
  /** How long the server asked to wait with this, in milliseconds; undefined: trying again is no use. */
  waitOf: (error: unknown) => number | undefined;
  pause: (durationMs: number) => Promise<void>;
  textOf: (error: unknown) => string;
  onProgress: (progress: Progress) => void;
  /** Stops before the next one. */
  isStopped: () => boolean;
}

/** How often one is tried that the server put off. */
const TRIES = 5;

/** Does something for each of many, a few at a time, waits when the server asks for it, and tells for which it did not work. */
export async function forMany(options: BulkOptions): Promise<Progress> {
  const { ids, concurrency, onProgress, isStopped, textOf } = options;
  const failures: Failure[] = [];
  let next = 0;
  let done = 0;
  const tell = (): Progress => {
    const progress = { total: ids.length, done, failures: [...failures] };
    onProgress(progress);
    return progress;
  };
  const lane = async (): Promise<void> => {
    for (let id = ids[next]; id !== undefined && !isStopped(); id = ids[next]) {
      next += 1;
      try {
        await patiently(id, options);
      } catch (error) {
        failures.push({ id, reason: textOf(error) });
      }
      done += 1;
      tell();
    }
  };
  tell();
  await Promise.all(Array.from({ length: Math.min(concurrency, ids.length) }, lane));
  return tell();
}

async function patiently(id: string, { work, waitOf, pause, isStopped }: BulkOptions): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work(id);
      return;
    } catch (error) {
      const waitMs = waitOf(error);
      if (waitMs === undefined || tries === TRIES || isStopped()) throw error;
      await pause(waitMs);
    }
  }
}
