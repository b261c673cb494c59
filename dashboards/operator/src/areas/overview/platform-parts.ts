import type { SystemStatus } from '../../../../../src/contracts/system-status.ts';

/** The parts of the platform in the order in which they are shown. */
export const PARTS = ['database', 'broker', 'flows', 'notifications', 'email', 'disk'] as const;
export type PartName = (typeof PARTS)[number];
export type PartState = SystemStatus['database']['state'];

/** What is to be said of all parts together: the worst, and which parts that is about. */
export interface Verdict {
  state: 'ok' | 'attention' | 'failed';
  parts: PartName[];
}

/** A part that is not set up is nothing to worry about. */
export function verdictOf(status: SystemStatus): Verdict {
  const inState = (state: PartState): PartName[] => PARTS.filter((name) => status[name].state === state);
  const failed = inState('failed');
  if (failed.length > 0) return { state: 'failed', parts: failed };
  const attention = inState('attention');
  return attention.length > 0 ? { state: 'attention', parts: attention } : { state: 'ok', parts: [] };
}

/** Bytes in whole gigabytes, under ten with one decimal: what a person compares with the size of a disk. */
export function gigabytes(bytes: number, locale: string): string {
  const amount = bytes / 1e9;
  return new Intl.NumberFormat(locale, { maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount);
}
