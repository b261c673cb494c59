import { correctionFacts } from '../../contracts/correction-notes.ts';
import type { HeldSpan } from '../../contracts/correction-notes.ts';
import type { Words } from './words/words.ts';

/** What the note of a correction says, in the words of whoever asks; a note of another kind stays as it is. */
export function correctionText(note: string, { listener, say: { corrected } }: Words): string {
  const facts = correctionFacts(note);
  // Programs have it as it is stored.
  if (facts === undefined || (listener.language === 'en' && listener.timezone === undefined)) return note;
  switch (facts.op) {
    case 'added':
      return corrected.added(usOf(facts.from), usOf(facts.to));
    case 'withdrawn':
      return corrected.withdrawn(usOf(facts.at));
    case 'changed':
      return corrected.changed(spanOf(facts.now), spanOf(facts.known));
  }
}

function spanOf({ from, to }: HeldSpan): { fromUs: number; toUs: number | null } {
  return { fromUs: usOf(from), toUs: to === null ? null : usOf(to) };
}

function usOf(iso: string): number {
  return Date.parse(iso) * 1_000;
}
