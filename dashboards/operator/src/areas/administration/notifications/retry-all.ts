/** What came of trying several notifications again. */
export interface RetryResult {
  done: number;
  failures: { id: string; reason: string }[];
}

/** Tries each again, one after the other, so that a hundred do not come at once; one that fails does not keep the others back. */
export async function retryAll(
  ids: readonly string[],
  retry: (id: string) => Promise<unknown>,
  { reasonOf, onProgress }: { reasonOf: (problem: unknown) => string; onProgress: (done: number) => void },
): Promise<RetryResult> {
  const result: RetryResult = { done: 0, failures: [] };
  for (const [i, id] of ids.entries()) {
    try {
      await retry(id);
      result.done += 1;
    } catch (problem) {
      result.failures.push({ id, reason: reasonOf(problem) });
    }
    onProgress(i + 1);
  }
  return result;
}
