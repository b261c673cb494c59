import type { Severity } from '../../../../../src/contracts/rules.ts';

/** What may happen to an alert. */
export const CHANGES = ['raised', 'repeated', 'severity', 'cleared', 'corrected', 'acknowledged', 'resolved', 'note'] as const;
export type Change = (typeof CHANGES)[number];

/** From which severity to which one an alert grew, as its history notes it (`warning -> critical`); undefined when it says something else. */
export function riseOf(note: string | null): { from: Severity; to: Severity } | undefined {
  const found = /^(info|warning|critical) -> (info|warning|critical)$/.exec(note ?? '');
  return found === null ? undefined : { from: found[1] as Severity, to: found[2] as Severity };
}

/** One of the known changes, or undefined for one that a later version of the platform may know. */
export function changeOf(word: string): Change | undefined {
  return CHANGES.find((change) => change === word);
}
