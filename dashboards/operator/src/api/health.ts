import type { Health } from '../../../../src/contracts/common.ts';

/** A health report that has no answer after this long is given up, milliseconds. */
const TIMEOUT_MS = 10_000;

/** What the platform warns of, for people; undefined when it cannot be asked. An unhealthy platform answers 503 and warns all the same. */
export async function loadWarnings(): Promise<string[] | undefined> {
  try {
    const options: RequestInit = { headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) };
    const report = (await (await fetch('/health', options)).json()) as Partial<Health>;
    return report.warnings ?? [];
  } catch {
    // That the platform is away the page says elsewhere.
    return undefined;
  }
}
