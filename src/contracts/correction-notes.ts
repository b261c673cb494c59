/*
 * What late readings put right stands in the history of an alert as a sentence, which this writes and reads again: who explains the alert in
 * another language or zone says it anew. Instants are ISO 8601 UTC.
 */

/** From and to when something held; `to` is null while it still holds. */
export interface HeldSpan {
  from: string;
  to: string | null;
}

/** What was found out: that it held, that it did not, or that it held at another time. */
export type CorrectionFacts =
  { op: 'added'; from: string; to: string } | { op: 'withdrawn'; at: string } | { op: 'changed'; now: HeldSpan; known: HeldSpan };

/** The note of a correction. */
export function correctionNote(facts: CorrectionFacts): string {
  switch (facts.op) {
    case 'added':
      return `Known afterwards from readings that came late: it held from ${facts.from} to ${facts.to}.`;
    case 'withdrawn':
      return `A reading that came late shows that the condition did not hold at ${facts.at}.`;
    case 'changed': {
      const before = `not from ${facts.known.from}${facts.known.to === null ? '' : ` to ${facts.known.to}`}`;
      return `Readings that came late show that it held from ${facts.now.from} to ${facts.now.to ?? 'now'}, ${before}.`;
    }
  }
}

const INSTANT = '(\\d{4}-\\d{2}-\\d{2}T[\\d:.]+Z)';
const ADDED = new RegExp(`^Known afterwards from readings that came late: it held from ${INSTANT} to ${INSTANT}\\.$`);
const WITHDRAWN = new RegExp(`^A reading that came late shows that the condition did not hold at ${INSTANT}\\.$`);
const CHANGED = new RegExp(
  `^Readings that came late show that it held from ${INSTANT} to (?:now|${INSTANT}), not from ${INSTANT}(?: to ${INSTANT})?\\.$`,
);

/** What a note says, or undefined when it is none of these. */
export function correctionFacts(note: string): CorrectionFacts | undefined {
  const [, from, to] = ADDED.exec(note) ?? [];
  if (from !== undefined && to !== undefined) return { op: 'added', from, to };
  const at = WITHDRAWN.exec(note)?.[1];
  if (at !== undefined) return { op: 'withdrawn', at };
  const [, nowFrom, nowTo = null, knownFrom, knownTo = null] = CHANGED.exec(note) ?? [];
  if (nowFrom === undefined || knownFrom === undefined) return undefined;
  return { op: 'changed', now: { from: nowFrom, to: nowTo }, known: { from: knownFrom, to: knownTo } };
}
