import type { Health } from '../../../../../../src/contracts/common.ts';

/** The parts of the platform that its health report names. */
export const PARTS = ['database', 'broker', 'flows', 'disk', 'isolation', 'redis'] as const satisfies readonly (keyof Health)[];
export type Part = (typeof PARTS)[number];

/** How a part is: well, not used at all, or what is the matter, in the words of the server. */
export type PartState = { kind: 'well' } | { kind: 'unused' } | { kind: 'trouble'; text: string };

/** How one part is by the word of the report. */
export function partState(word: string): PartState {
  if (word === 'ok') return { kind: 'well' };
  return word === 'not used' ? { kind: 'unused' } : { kind: 'trouble', text: word };
}
