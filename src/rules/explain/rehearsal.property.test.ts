import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AuthoredRule } from '../../contracts/rules.ts';
import { RuleReplay } from '../replay.ts';
import { rehearse } from './rehearsal.ts';
import type { Reading, Rehearsal, Rehearsed } from './rehearsal.ts';
import { wordsFor } from './words/words.ts';

const BASE_US = 1_761_582_600_000_000;

const rules: fc.Arbitrary<AuthoredRule> = fc
  .record({
    value: fc.integer({ min: 45, max: 55 }),
    clear: fc.integer({ min: 0, max: 5 }),
    duration: fc.constantFrom(0, 20, 60),
    cooldown: fc.constantFrom(0, 30),
    quality: fc.constantFrom(0, 50),
    type: fc.constantFrom('threshold' as const, 'statistical' as const),
  })
  .map(({ value, clear, duration, cooldown, quality, type }): AuthoredRule => {
    const common = { name: 'r', scope: {}, severity: 'info' as const, message: '', cooldown_seconds: cooldown, min_quality: quality };
    const limit = { key: 'k', operator: '>' as const, value, clear_value: value - clear };
    return type === 'threshold'
      ? { ...common, rule_type: type, conditions: { ...limit, duration_seconds: duration } }
      : { ...common, rule_type: type, conditions: { ...limit, function: 'avg', window: 60, min_samples: 2 } };
  });

/** In the order of time, the last of them sometimes late. */
const readings: fc.Arbitrary<Reading[]> = fc
  .tuple(
    fc.array(
      fc.record({
        gapS: fc.integer({ min: 1, max: 25 }),
        value: fc.integer({ min: 40, max: 60 }),
        quality: fc.constantFrom(100, 100, 100, 20),
      }),
      {
        minLength: 1,
        maxLength: 40,
      },
    ),
    fc.option(fc.integer({ min: 1, max: 200 }), { freq: 4, nil: 0 }),
  )
  .map(([rows, lateS]) => {
    let timeUs = BASE_US;
    return rows.map(({ gapS, value, quality }, i) => {
      timeUs += gapS * 1_000_000;
      return { timeUs: i === rows.length - 1 ? timeUs - lateS * 1_000_000 : timeUs, value, quality };
    });
  });

describe('trying a rule', () => {
  it('decides as the judge that runs, from its state, and its steps agree with that', () => {
    fc.assert(
      fc.property(rules, readings, (rule, all) => {
        const past = all.slice(0, -1);
        const [given] = all.slice(-1);
        assert.ok(given !== undefined);
        const live = new RuleReplay(rule, 'd', { startMs: BASE_US / 1_000 });
        for (const { timeUs, value, quality } of past) live.point(0, timeUs, value, quality);
        const startState: unknown = JSON.parse(JSON.stringify(live.state()));
        const wasActive = live.view().active;
        const stored = [...past].sort((a, b) => a.timeUs - b.timeUs);
        const rehearsal: Rehearsal = {
          rule,
          device: { id: 'd', name: 'D', type: '', location: '' },
          presence: { online: true, awaySinceMs: null },
          atMs: Math.max(given.timeUs, past.at(-1)?.timeUs ?? 0) / 1_000,
          startState,
          inputs: [{ deviceId: 'd', key: 'k', unit: null, past: stored, given: [given] }],
        };
        const tried = rehearse(rehearsal, wordsFor({ language: 'en' }));
        const said = [...live.point(0, given.timeUs, given.value, given.quality)];
        said.push(...live.finish(Math.max(given.timeUs, past.at(-1)?.timeUs ?? 0) / 1_000));
        const isActive = live.view().active;
        const hasRaised = said.some(({ kind }) => kind === 'raised');
        const expected = isActive
          ? wasActive && !hasRaised
            ? ['stays_active']
            : ['raises']
          : wasActive
            ? ['clears']
            : hasRaised
              ? ['clears', 'nothing']
              : ['waits', 'nothing', 'not_judged'];
        assert.ok(expected.includes(tried.decision), `${tried.decision} instead of ${expected.join(' or ')}`);
        assertStepsAgree(tried);
      }),
      { numRuns: 1_000 },
    );
  });
});

function assertStepsAgree({ decision, steps, message }: Rehearsed): void {
  const text = JSON.stringify({ decision, steps });
  assert.equal(steps.at(-1)?.step, 'decision');
  assert.equal(message !== null, decision === 'raises', text);
  const isLate = steps.some(({ step }) => step === 'lateness');
  const stopped = steps.slice(0, -1).filter(({ outcome }) => outcome === 'stopped');
  if (decision === 'not_judged') assert.equal(stopped.length, 1, text);
  // What a late reading did to the past is not told step by step, and what was due before is not up to this reading.
  if (isLate || steps.some(({ step }) => step === 'earlier')) return;
  if (decision === 'raises') assert.equal(stopped.length, 0, text);
  if (decision === 'nothing')
    assert.deepEqual(
      stopped.map(({ step }) => step),
      ['comparison'],
      text,
    );
  if (decision === 'waits') assert.ok(stopped.length === 1, text);
}
