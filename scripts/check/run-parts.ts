/** One part of `npm run check`. */
export interface CheckPart {
  name: string;
  /** Fails with an error whose message lists what is wrong and where. */
  run(): Promise<void>;
}

/** Runs all parts, some at once, prints one line for each (and what it found), and answers the names of those that failed. */
export async function runParts(parts: CheckPart[], atOnce: number): Promise<string[]> {
  const waiting = [...parts];
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      if (!(await passes(part))) failed.push(part.name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return failed;
}

async function passes(part: CheckPart): Promise<boolean> {
  const startedAt = performance.now();
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    await part.run();
    console.log(`ok      ${part.name} (${seconds()})`);
    return true;
  } catch (error) {
    console.log(`FAILED  ${part.name} (${seconds()})\n${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}
