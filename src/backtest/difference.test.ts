import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AlertDifference, timeText } from './difference.ts';
import type { Stretch } from './difference.ts';

const SECOND = 1_000_000;

/** Alerts from pairs of seconds; `null`: it lasts. */
function alerts(...pairs: [from: number, to: number | null][]): Stretch[] {
  return pairs.map(([from, to]) => ({ raisedUs: from * SECOND, clearedUs: to === null ? Infinity : to * SECOND }));
}

function difference(run: Stretch[], compared: Stretch[]) {
  const of = new AlertDifference();
  of.device(run, compared);
  return of.result();
}

describe('the difference between two rules', () => {
  const table: [what: string, run: Stretch[], compared: Stretch[], added: number, removed: number, earlier: number, text: string][] = [
    ['nothing on either side', [], [], 0, 0, 0, 'no alerts with either'],
    ['the same alerts', alerts([10, 20], [30, null]), alerts([10, 20], [30, null]), 0, 0, 0, 'no difference'],
    ['only added ones', alerts([10, 20], [30, 40]), [], 2, 0, 0, '+2 alerts'],
    ['one added', alerts([10, 20], [30, 40]), alerts([10, 20]), 1, 0, 0, '+1 alert'],
    ['only removed ones', [], alerts([10, 20], [30, 40]), 0, 2, 0, '-2 alerts'],
    ['one removed', alerts([30, 40]), alerts([10, 20], [30, 40]), 0, 1, 0, '-1 alert'],
    ['added, removed and earlier', alerts([10, 90], [200, 300]), alerts([70, 90], [400, 500]), 1, 1, 60, '+1 alert, -1, 1 min earlier'],
    ['later', alerts([70, 90]), alerts([10, 90]), 0, 0, -60, 'the same alerts, 1 min later'],
    ['earlier', alerts([10, 900]), alerts([370, 800]), 0, 0, 360, 'the same alerts, 6 min earlier'],
    ['other ends alone', alerts([10, 20]), alerts([10, 25]), 0, 0, 0, 'the same alerts, some cleared at other times'],
    [
      'shifts whose median is nothing',
      alerts([10, 20], [30, 40], [50, 60]),
      alerts([11, 20], [30, 40], [49, 60]),
      0,
      0,
      0,
      'the same alerts, some raised at other times',
    ],
    ['one long alert instead of three', alerts([0, 100]), alerts([0, 10], [20, 30], [40, 50]), 0, 2, 0, '-2 alerts'],
    ['alerts that only touch', alerts([0, 10]), alerts([10, 20]), 0, 0, 10, 'the same alerts, 10 s earlier'],
    ['one that still lasts', alerts([0, null]), alerts([50, 60], [70, null]), 0, 1, 50, '-1 alert, 50 s earlier'],
  ];
  for (const [what, run, compared, added, removed, earlier, text] of table) {
    it(`tells of ${what}`, () => {
      assert.deepEqual(difference(run, compared), { added, removed, earlier_seconds: earlier, text });
    });
  }

  it('takes the median over all devices, and matches within a device only', () => {
    const of = new AlertDifference();
    of.device(alerts([0, 10]), alerts([4, 10]));
    of.device(alerts([100, 110]), alerts([102, 110]));
    of.device(alerts([200, 210]), []);
    of.device([], alerts([200, 210]));
    assert.deepEqual(of.result(), { added: 1, removed: 1, earlier_seconds: 3, text: '+1 alert, -1, 3 s earlier' });
  });

  it('is turned round when the rules change places, and balances', () => {
    const stretches = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })), { maxLength: 20 })
      .map((lengths) => {
        let at = 0;
        return lengths.map(([pause, length]): Stretch => {
          const raisedUs = (at += pause);
          return { raisedUs, clearedUs: (at += length) };
        });
      });
    fc.assert(
      fc.property(stretches, stretches, (a, b) => {
        const one = difference(a, b);
        const other = difference(b, a);
        assert.deepEqual([one.added, one.removed], [other.removed, other.added]);
        assert.equal(a.length - one.added, b.length - one.removed);
        assert.ok(Math.abs(one.earlier_seconds + other.earlier_seconds) <= 0.001);
      }),
    );
  });
});

describe('a time as people say it', () => {
  for (const [seconds, text] of [
    [0.0004, '0.1 s'],
    [0.44, '0.4 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.7, '1 min'],
    [360, '6 min'],
    [3_599, '1 h'],
    [10_000, '3 h'],
    [172_000, '2 d'],
    [864_000, '10 d'],
  ] as const) {
    it(`says ${text} for ${String(seconds)} s`, () => assert.equal(timeText(seconds), text));
  }
});
