import assert from 'node:assert/strict';
import { TelemetryTally } from './telemetry-tally.ts';
import type { Settlement } from './types.ts';

const message = { kind: 'mqtt', receivedAtMs: 1_000 } as const;
const rejection = { index: 0, field: null, reason: 'malformed_json', message: 'no JSON' } as const;
const ENDS: { settlement: Settlement; outcome: string; isTimed: boolean }[] = [
  { settlement: { kind: 'stored', stored: 3, duplicates: 0, rejected: [] }, outcome: 'stored', isTimed: true },
  { settlement: { kind: 'stored', stored: 1, duplicates: 2, rejected: [rejection] }, outcome: 'stored', isTimed: true },
  { settlement: { kind: 'stored', stored: 0, duplicates: 3, rejected: [] }, outcome: 'duplicate', isTimed: true },
  { settlement: { ...rejection, kind: 'rejected', rejected: [rejection] }, outcome: 'rejected', isTimed: true },
  { settlement: { kind: 'discarded' }, outcome: 'discarded', isTimed: true },
  { settlement: { kind: 'unavailable', code: 'NO_OUTLET', message: '' }, outcome: 'unavailable', isTimed: false },
];

describe('the tally of telemetry', () => {
  for (const { settlement, outcome, isTimed } of ENDS) {
    it(`counts ${JSON.stringify(settlement).slice(0, 60)} as ${outcome}${isTimed ? ' with its time' : ', without a time'}`, () => {
      const tally = new TelemetryTally();
      tally.settled(message, settlement, 1_250);
      const { messages, acknowledged } = tally.of('mqtt');
      assert.deepEqual(Object.entries(messages).filter(([, count]) => count > 0), [[outcome, 1]]); // prettier-ignore
      assert.deepEqual([acknowledged.total, acknowledged.sum], isTimed ? [1, 0.25] : [0, 0]);
      assert.equal(tally.of('http').acknowledged.total, 0);
    });
  }

  it('counts readings where they are stored or refused, each under its outcome', () => {
    const tally = new TelemetryTally();
    tally.ingested('http', { kind: 'stored', stored: 4, duplicates: 2, rejected: [rejection] });
    tally.ingested('http', { kind: 'rejected', rejected: [rejection, rejection] });
    tally.ingested('http', { kind: 'unavailable' });
    assert.deepEqual(tally.of('http').points, { stored: 4, duplicate: 2, rejected: 3 });
    assert.equal(tally.of('http').messages.stored, 0, 'the message is counted by its source');
  });

  it('counts messages that have no source when they end', () => {
    const tally = new TelemetryTally();
    tally.ended('flow', { kind: 'stored', stored: 1, duplicates: 0, rejected: [] }, 40);
    tally.ended('history', { kind: 'unavailable' }, 40);
    assert.deepEqual([tally.of('flow').messages.stored, tally.of('history').messages.unavailable], [1, 1]);
  });

  it('takes a clock that was set back for no time at all', () => {
    const tally = new TelemetryTally();
    tally.settled(message, { kind: 'discarded' }, 400);
    assert.equal(tally.of('mqtt').acknowledged.sum, 0);
  });
});
