import type { Health } from '../../../../src/contracts/common.ts';
import type { PlatformWarning } from '../../../../src/contracts/warnings.ts';

/** A health report that has no answer after this long is given up, milliseconds. */
const TIMEOUT_MS = 10_000;

/** One that says nothing but its sentence, in English: what a server of another version warns of. */
interface UnknownWarning {
  code: 'unknown';
  params: object;
  place: string | null;
  text: string;
}

/** What the platform warns of. A code of a later server may be none of those that are known here. */
export type Warning = PlatformWarning | UnknownWarning;

/** What the platform warns of; undefined when it cannot be asked. An unhealthy platform answers 503 and warns all the same. */
export async function loadWarnings(): Promise<Warning[] | undefined> {
  try {
    const options: RequestInit = { headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) };
    return warningsIn((await (await fetch('/health', options)).json()) as Partial<Health>);
  } catch {
    // That the platform is away the page says elsewhere.
    return undefined;
  }
}

/** The warnings of a report; those of a server without details have their sentence alone. */
export function warningsIn({ warnings = [], warning_details: details }: Partial<Health>): Warning[] {
  return details ?? warnings.map((text) => ({ code: 'unknown', params: {}, place: null, text }));
}
