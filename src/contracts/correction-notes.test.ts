import assert from 'node:assert/strict';
import { correctionFacts, correctionNote } from './correction-notes.ts';
import type { CorrectionFacts } from './correction-notes.ts';

const [A, B, C, D] = ['2026-03-03T10:00:00.000Z', '2026-03-03T10:05:00.123456Z', '2026-03-03T10:01:00Z', '2026-03-03T10:06:00Z'] as const;

describe('the notes of corrections', () => {
  it('say what was found out so that it can be read again', () => {
    const all: CorrectionFacts[] = [
      { op: 'added', from: A, to: B },
      { op: 'withdrawn', at: A },
      { op: 'changed', now: { from: A, to: B }, known: { from: C, to: D } },
      { op: 'changed', now: { from: A, to: null }, known: { from: C, to: D } },
      { op: 'changed', now: { from: A, to: B }, known: { from: C, to: null } },
    ];
    for (const facts of all) assert.deepEqual(correctionFacts(correctionNote(facts)), facts);
    const [added, , moved] = all;
    assert.equal(correctionNote(added as CorrectionFacts), `Known afterwards from readings that came late: it held from ${A} to ${B}.`);
    assert.equal(
      correctionNote(moved as CorrectionFacts),
      `Readings that came late show that it held from ${A} to ${B}, not from ${C} to ${D}.`,
    );
  });

  it('are not taken for what they are not', () => {
    for (const note of ['', 'It was me.', `${correctionNote({ op: 'withdrawn', at: A })} Really.`]) {
      assert.equal(correctionFacts(note), undefined);
    }
  });
});
