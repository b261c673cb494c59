import type { Health } from '../../../../../../src/contracts/common.ts';

/** A report that has no answer after this long is given up, milliseconds. */
const TIMEOUT_MS = 10_000;

/** How the platform is. An unhealthy one answers 503, with a report all the same. Throws when there is none. */
export async function loadHealth(): Promise<Health> {
  const options: RequestInit = { headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) };
  const response = await fetch('/health', options);
  const report = (await response.json()) as Partial<Health>;
  if (report.status === undefined || report.warnings === undefined)
    throw new Error(`GET /health answered ${String(response.status)} without a report.`);
  return report as Health;
}
