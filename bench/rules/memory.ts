import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { Readings } from '../../src/rules/readings.ts';
import { BASE_MS, BenchDevices, benchDevices, loneSet, messageOf, RULE_FRAME } from './lone-set.ts';
import { optionsOf, report, seededRandom } from './row.ts';

/**
 * What the state of rules takes in memory: 100 rules for each of 1,000 devices that have all judged `readings` readings, without the readings
 * that they share. Run with `--expose-gc`.
 *
 *     memory.ts --rounds 3 --rules 100 --devices 1000 --readings 120
 */
const {
  rounds,
  rules: ruleCount,
  devices: deviceCount,
  readings: readingCount,
} = optionsOf(process.argv.slice(2), {
  rounds: 3,
  rules: 100,
  devices: 1_000,
  readings: 120,
});
const MB = 1_000_000;

const threshold = (value: number): AuthoredRule => ({
  ...RULE_FRAME,
  name: `Threshold ${String(value)}`,
  rule_type: 'threshold',
  conditions: { key: 'temperature', operator: '>', value, duration_seconds: 3_600 },
});

const comparison = (offset: number): AuthoredRule => ({
  ...RULE_FRAME,
  name: `Comparison ${String(offset)}`,
  rule_type: 'comparison',
  conditions: { left: { key: 'temperature' }, operator: '>', right: { key: 'limit' }, offset, tolerance_seconds: 60 },
});

const statistical = (value: number): AuthoredRule => ({
  ...RULE_FRAME,
  name: `Statistical ${String(value)}`,
  rule_type: 'statistical',
  conditions: { key: 'temperature', function: 'avg', window: '1m', operator: '>', value },
});

/** Bytes in use, in and beside the heap, when all that nobody holds is gone. */
function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('This bench needs to collect garbage; run it with node --expose-gc.');
  for (let i = 0; i < 3; i += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What `make` makes takes, megabytes. */
function sizeOf(make: () => unknown): number {
  const before = usedBytes();
  const made = make();
  const size = (usedBytes() - before) / MB;
  return made === undefined ? Number.NaN : size;
}

/** Rules that have judged the readings of all devices, 1 Hz; the readings go up and down once a minute. */
function judged(rules: readonly AuthoredRule[]): unknown {
  const devices = benchDevices(deviceCount);
  const set = loneSet(rules, new BenchDevices(devices));
  const random = seededRandom(2);
  const phases = [...devices.keys()].map(() => random() * 60);
  const messages = [...devices.keys()].map((id) => messageOf(id, ['temperature', 'limit']));
  for (let second = 0; second < readingCount; second += 1) {
    for (const [place, message] of messages.entries()) {
      const timestamp = BASE_MS + second * 1_000;
      message.batch = second;
      message.received_at = timestamp + 20;
      for (const point of message.points) {
        point.timestamp = timestamp;
        point.time_us = timestamp * 1_000;
        point.value = point.key === 'limit' ? 30 : 20 + Math.sin((2 * Math.PI * (second + (phases[place] ?? 0))) / 60);
      }
      set.judge(message);
    }
  }
  return set;
}

/** The readings alone that those rules share. */
function shared(keepMs: number): unknown {
  return Array.from({ length: deviceCount * 2 }, () => {
    const readings = new Readings(keepMs);
    for (let second = 0; second < readingCount; second += 1) readings.put((BASE_MS + second * 1_000) * 1_000, second);
    return readings;
  });
}

const CASES: readonly { what: string; rule: (place: number) => AuthoredRule; windowMs: number; below?: number }[] = [
  { what: 'threshold, never violated', rule: (place) => threshold(80 + place), windowMs: 0, below: 150 },
  { what: 'threshold, violated and healed once a minute', rule: (place) => threshold(20 + place / 200), windowMs: 0, below: 150 },
  { what: 'comparison of two quantities', rule: comparison, windowMs: 60_000, below: 150 },
  { what: 'statistical, average of 1m', rule: (place) => statistical(80 + place), windowMs: 60_000 },
];
const LATENESS_MS = 60_000;

for (const { what, rule, windowMs, below } of CASES) {
  const figures: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const readings = sizeOf(() => shared(windowMs + LATENESS_MS));
    const whole = sizeOf(() => judged(Array.from({ length: ruleCount }, (_, place) => rule(place))));
    figures.push(whole - readings);
  }
  const pairs = (ruleCount * deviceCount).toLocaleString('en');
  report({
    part: 'memory',
    what: `state of ${pairs} pairs, ${what}`,
    unit: 'MB',
    rounds: figures,
    ...(below === undefined ? {} : { below }),
  });
}
