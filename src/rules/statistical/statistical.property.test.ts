import assert from 'node:assert/strict';
import fc from 'fast-check';
import { STATISTICS } from '../../contracts/rule-terms.ts';
import type { StatisticalConditions } from '../../contracts/rules.ts';
import { JudgeRun } from '../../../test/support/judge-run.ts';
import type { TestReading } from '../../../test/support/judge-run.ts';
import type { AuthoredRule } from '../../contracts/rules.ts';
import { Readings } from '../readings.ts';
import { OrderedValues } from './ordered-values.ts';
import { SlidingWindow } from './window.ts';

const BASE_US = 1_761_582_600_000_000;
const WINDOW_US = 60_000_000;

interface Reading {
  timeUs: number;
  value: number;
}

/** Readings in the order of their arrival: some come late, some twice. */
const arrivals: fc.Arbitrary<Reading[]> = fc
  .array(
    fc.record({
      gapUs: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 9_000_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 30_000_000, max: 90_000_000 }) },
      ),
      value: fc.oneof(fc.integer({ min: 40, max: 60 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
      lateUs: fc.option(fc.integer({ min: 0, max: 80_000_000 }), { freq: 5, nil: 0 }),
    }),
    { maxLength: 80 },
  )
  .map((rows) => {
    let timeUs = BASE_US;
    return rows.map(({ gapUs, value, lateUs }) => {
      timeUs += gapUs;
      return { timeUs: timeUs - lateUs, value };
    });
  });

const conditionsOf: fc.Arbitrary<StatisticalConditions> = fc.record({
  key: fc.constant('k'),
  function: fc.constantFrom(...STATISTICS),
  window: fc.constant('1m'),
  operator: fc.constantFrom('>' as const, '<' as const),
  value: fc.constantFrom(50.37, 5.123, 0.777),
});

function ruleOf(conditions: StatisticalConditions, latenessSeconds = 60): AuthoredRule {
  const common = { name: 'r', scope: {}, severity: 'warning' as const, message: '' };
  return { ...common, rule_type: 'statistical', conditions, lateness_seconds: latenessSeconds };
}

/** What is stored after these arrivals: one reading for each instant, the first. */
function stored(list: readonly Reading[]): Reading[] {
  const byTime = new Map<number, Reading>();
  for (const reading of list) if (!byTime.has(reading.timeUs)) byTime.set(reading.timeUs, reading);
  return [...byTime.values()].sort((a, b) => a.timeUs - b.timeUs);
}

function naive(statistic: StatisticalConditions['function'], list: readonly Reading[]): number {
  const values = list.map(({ value }) => value);
  const sorted = values.toSorted((a, b) => a - b);
  const sum = values.reduce((a, b) => a + b, 0);
  const mean = sum / values.length;
  const quantile = (part: number): number => {
    const rank = part * (sorted.length - 1);
    const [low = 0, high = low] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
    return low + (high - low) * (rank % 1);
  };
  const [oldest, newest] = [list[0], list.at(-1)];
  switch (statistic) {
    case 'avg':
      return mean;
    case 'sum':
      return sum;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'count':
      return values.length;
    case 'stddev':
      return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
    case 'median':
      return quantile(0.5);
    case 'p95':
      return quantile(0.95);
    case 'rate':
      return ((newest?.value ?? 0) - (oldest?.value ?? 0)) / (((newest?.timeUs ?? 0) - (oldest?.timeUs ?? 0)) / 1e6);
  }
}

describe('statistical rule, for every sequence of readings', () => {
  it('has the figure that the stored readings of the window give', () => {
    fc.assert(
      fc.property(conditionsOf, fc.constantFrom(0, 10, 60), arrivals, (conditions, latenessSeconds, list) => {
        const run = new JudgeRun(ruleOf(conditions, latenessSeconds));
        let newestUs = -Infinity;
        for (const [index, reading] of list.entries()) {
          run.point(reading);
          const isLate = reading.timeUs < newestUs;
          newestUs = Math.max(newestUs, reading.timeUs);
          // One that is too late counts from the next reading on.
          if (isLate && reading.timeUs < newestUs - latenessSeconds * 1_000_000) continue;
          const window = stored(list.slice(0, index + 1)).filter(({ timeUs }) => timeUs > newestUs - WINDOW_US && timeUs <= newestUs);
          if (window.length < 2) continue;
          const [is, should] = [Number(run.judge.view().lastValue), naive(conditions.function, window)];
          assert.ok(Math.abs(is - should) <= 1e-6 * Math.max(1, Math.abs(should)), `${conditions.function}: ${is}, not ${should}`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('decides the same when it is restarted at any point', () => {
    fc.assert(
      fc.property(conditionsOf, arrivals, fc.array(fc.nat({ max: 80 }), { maxLength: 5 }), (conditions, list, places) => {
        const straight = new JudgeRun(ruleOf(conditions));
        const broken = new JudgeRun(ruleOf(conditions));
        for (const [index, reading] of list.entries()) {
          // What was stored and not yet judged when it stopped is in the storage too.
          if (places.includes(index)) broken.restart(0, list.slice(index, Math.max(index, inOrderEnd(list, index))));
          broken.point(reading);
          straight.point(reading);
          assert.deepEqual(rounded(broken), rounded(straight));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('alternates raised and cleared, and does not flap inside the hysteresis band', () => {
    const conditions: StatisticalConditions = { key: 'k', function: 'avg', window: 10, operator: '>', value: 50, clear_value: 47 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 47.001, max: 60, noNaN: true }), { maxLength: 100 }), (values) => {
        const run = new JudgeRun(ruleOf(conditions));
        const said = values.flatMap((value, index) => run.point({ timeUs: BASE_US + index * 1_000_000, value }));
        assert.deepEqual(
          said.filter(({ kind }) => kind !== 'repeated').map(({ kind }) => kind),
          said.length === 0 ? [] : ['raised'],
        );
      }),
    );
  });
});

/** Readings that follow in the order of time: until then a later one changes nothing for those before. */
function inOrderEnd(list: readonly TestReading[], from: number): number {
  let newestUs = Math.max(-Infinity, ...list.slice(0, from).map(({ timeUs }) => timeUs));
  let end = from;
  for (const { timeUs } of list.slice(from, from + 5)) {
    if (timeUs <= newestUs) break;
    newestUs = timeUs;
    end += 1;
  }
  return end;
}

/** The order of additions may differ after a restart, and with it the last digits. */
function rounded({ said }: JudgeRun): unknown {
  const short = (_: string, value: unknown): unknown =>
    typeof value === 'number' && Math.abs(value) < 1e12 ? Number(value.toPrecision(9)) : value;
  return JSON.parse(JSON.stringify(said), short);
}

describe('a sliding window', () => {
  it('has the figure of its readings wherever it is moved, whatever was put in meanwhile', () => {
    const move = fc.record({
      gapMs: fc.integer({ min: 0, max: 8_000 }),
      lateMs: fc.option(fc.integer({ min: 1, max: 90_000 }), { freq: 2, nil: 0 }),
      value: fc.integer({ min: 0, max: 100 }),
      backMs: fc.option(fc.integer({ min: 0, max: 50_000 }), { freq: 2, nil: undefined }),
      puts: fc.constantFrom(0, 1, 1, 1, 2),
    });
    fc.assert(
      fc.property(fc.constantFrom(...STATISTICS), fc.array(move, { maxLength: 120, size: 'max' }), (statistic, moves) => {
        const readings = new Readings(600_000);
        const window = new SlidingWindow(statistic, WINDOW_US, readings);
        const all: Reading[] = [];
        let timeMs = 1_000_000;
        for (const { gapMs, lateMs, value, backMs, puts } of moves) {
          timeMs += gapMs;
          for (let index = 0; index < puts; index += 1) {
            const timeUs = (timeMs - (lateMs === 0 ? 0 : lateMs + index)) * 1_000;
            if (!readings.put(timeUs, value + index)) all.push({ timeUs, value: value + index });
          }
          // To a reading, as it is used.
          const place = readings.placeAfter((timeMs - (backMs ?? 0)) * 1_000) - 1;
          if (place < 0 || readings.timeAt(place) < (timeMs - 500_000) * 1_000) continue;
          const atUs = readings.timeAt(place);
          window.moveTo(atUs);
          const inside = all.filter(({ timeUs }) => timeUs <= atUs && timeUs > atUs - WINDOW_US).sort((a, b) => a.timeUs - b.timeUs);
          assert.equal(window.size, inside.length);
          if (inside.length < 2) continue;
          const [is, should] = [window.value(), naive(statistic, inside)];
          assert.ok(Math.abs(is - should) <= 1e-6 * Math.max(1, Math.abs(should)), `${statistic}: ${is}, not ${should}`);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('numbers in order', () => {
  it('are those of a sorted list, whatever is added and removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.boolean()), { maxLength: 200 }), (steps) => {
        const ordered = new OrderedValues();
        const list: number[] = [];
        for (const [value, removes] of steps) {
          if (removes && list.includes(value)) {
            list.splice(list.indexOf(value), 1);
            ordered.remove(value);
          } else {
            list.push(value);
            ordered.add(value);
          }
        }
        list.sort((a, b) => a - b);
        assert.equal(ordered.size, list.length);
        assert.deepEqual(
          list.map((_, place) => ordered.at(place)),
          list,
        );
      }),
    );
  });
});
