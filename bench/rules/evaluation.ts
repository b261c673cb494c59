import type { AuthoredRule, RuleOf, Statistic } from '../../src/contracts/rules.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { BASE_MS, BenchDevices, benchDevices, deviceIdOf, loneSet, messageOf, RULE_FRAME } from './lone-set.ts';
import { optionsOf, report, seededRandom } from './row.ts';

/**
 * What judging one point by one rule costs, in CPU time of the whole process (garbage collection too): stored messages of one reading each, at 1 Hz, through `RuleSet.judge` as live. Limits are such that
 * nothing is raised, so that nothing is written. Every case has its own rules and readings; in each round every case judges
 * `points` readings one after another, so that a busy moment of the machine does not meet one case alone.
 *
 *     evaluation.ts --rounds 5 --points 345600
 */
const { rounds, points } = optionsOf(process.argv.slice(2), { rounds: 5, points: 345_600 });
const STATISTICS: readonly Statistic[] = ['avg', 'min', 'max', 'stddev', 'median', 'p95', 'rate'];
const WINDOWS = { '1m': 60, '1h': 3_600, '24h': 86_400 } as const;
/** Readings arrive so much later than they are read, milliseconds. */
const DELAY_MS = 20;
/** The readings of all cases: 20 degrees and up to one more, hardly two alike. A prime number of them, so that devices do not meet the same ones. */
const random = seededRandom(1);
const VALUES = Float64Array.from({ length: 65_521 }, () => 20 + random());

/** Something that judges readings, and how many of them it must have seen to be as it is in the long run. */
interface Case {
  what: string;
  warmUp: number;
  /** Judgements for each reading given to it. */
  perReading: number;
  below?: number;
  /** How many times the readings of a round it is given; absent: once. */
  share?: number;
  judge(reading: number): void;
  costsUs: number[];
}

/** Judges one message after another, the devices in turn, each reading of a device a second after its last one. */
function live(
  what: string,
  rules: readonly AuthoredRule[],
  more: { devices: number; keys?: string[]; perReading?: number; share?: number; warmUp: number; below?: number },
): Case {
  const { devices: count, keys = ['temperature'], perReading = 1, ...rest } = more;
  const devices = benchDevices(count);
  const set = loneSet(rules, new BenchDevices(devices));
  const messages = [...devices.keys()].map((id) => messageOf(id, keys));
  const judge = (reading: number): void => {
    const message = messages[reading % count];
    if (message === undefined) return;
    fill(message, BASE_MS + Math.floor(reading / count) * 1_000, reading);
    set.judge(message);
  };
  return { what, perReading, ...rest, warmUp: rest.warmUp * count, judge, costsUs: [] };
}

function fill(message: StoredTelemetry, timestamp: number, reading: number): void {
  message.batch += 1;
  message.received_at = timestamp + DELAY_MS;
  for (const [place, point] of message.points.entries()) {
    point.timestamp = timestamp;
    point.time_us = timestamp * 1_000;
    point.value = VALUES[(reading + place * 1_009) % VALUES.length] ?? 0;
  }
}

const threshold = (conditions: Partial<RuleOf<'threshold'>['conditions']>): AuthoredRule => ({
  ...RULE_FRAME,
  name: 'Threshold',
  rule_type: 'threshold',
  conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75, ...conditions },
});

const statistical = (statistic: Statistic, window: string): AuthoredRule => ({
  ...RULE_FRAME,
  name: 'Statistical',
  rule_type: 'statistical',
  conditions: { key: 'temperature', function: statistic, window, operator: '>', value: 80, clear_value: 75 },
});

const comparison = (right: { device_id?: string; key: string }): AuthoredRule => ({
  ...RULE_FRAME,
  name: 'Comparison',
  rule_type: 'comparison',
  conditions: { left: { key: 'temperature' }, operator: '>', right, offset: 60, tolerance_seconds: 10 },
});

/**
 * What people write by hand into a function node: readings in an array in the context, the average of all of them for each new one. Called as
 * a plain function, without what a function node takes for itself.
 */
function byHand(window: keyof typeof WINDOWS, devices: number): Case {
  const context = new Map<string, unknown>();
  const windowMs = WINDOWS[window] * 1_000;
  // The window is full from the start: filling it in this way would take minutes.
  for (let device = 0; device < devices; device += 1) {
    const past = Array.from({ length: WINDOWS[window] }, (_, second) => ({ timestamp: BASE_MS - windowMs + second * 1_000, value: 20 }));
    context.set(`window-${String(device)}`, past);
  }
  const judge = (reading: number): void => {
    const name = `window-${String(reading % devices)}`;
    const timestamp = BASE_MS + Math.floor(reading / devices) * 1_000;
    const readings = (context.get(name) ?? []) as { timestamp: number; value: number }[];
    readings.push({ timestamp, value: VALUES[reading % VALUES.length] ?? 0 });
    while ((readings[0]?.timestamp ?? timestamp) <= timestamp - windowMs) readings.shift();
    let sum = 0;
    for (const { value } of readings) sum += value;
    if (sum / readings.length > 80) throw new Error('Nothing is to be raised here.');
    context.set(name, readings);
  };
  const share = window === '24h' ? 0.01 : 0.1;
  return { what: `by hand, average of ${window}`, warmUp: 100 * devices, share, perReading: 1, judge, costsUs: [] };
}

function cases(): Case[] {
  const hour = WINDOWS['1h'];
  return [
    ...thresholds(hour),
    live('comparison of two quantities of a device', [comparison({ key: 'limit' })], {
      devices: 4,
      keys: ['temperature', 'limit'],
      perReading: 2,
      warmUp: hour,
    }),
    comparisonWithOne('comparison of 100 devices with one', 500),
    comparisonWithOne('comparison of 100 devices with one, all at one instant', 0),
    ...STATISTICS.flatMap((statistic) =>
      Object.entries(WINDOWS).map(([window, seconds]) =>
        live(`statistical ${statistic}, ${window}`, [statistical(statistic, window)], { devices: 4, warmUp: seconds, below: 5 }),
      ),
    ),
    // A whole window of each device, so that every round has its share of what is only now and then to be done.
    live('statistical avg, 1h, 1,000 devices', [statistical('avg', '1h')], {
      devices: 1_000,
      share: 3_600 / 345.6,
      warmUp: hour,
      below: 5,
    }),
    swapped('threshold', threshold({}), hour),
    swapped('statistical avg, 1h', statistical('avg', '1h'), hour),
    swapped('statistical p95, 1h', statistical('p95', '1h'), hour),
    byHand('1m', 4),
    byHand('1h', 4),
    byHand('24h', 4),
  ];
}

function thresholds(warmUp: number): Case[] {
  const ten = Array.from({ length: 10 }, (_, place) => threshold({ value: 80 + place }));
  const lasting = threshold({ value: 20.5, clear_value: 20.5, duration_seconds: 60 });
  return [
    live('threshold', [threshold({})], { devices: 4, warmUp, below: 2 }),
    live('threshold, 1,000 devices', [threshold({})], { devices: 1_000, warmUp: 100, below: 2 }),
    live('threshold with a duration that begins and ends all the time', [lasting], { devices: 4, warmUp, below: 2 }),
    live('threshold, 10 rules for each reading', ten, { devices: 4, perReading: 10, warmUp, below: 2 }),
  ];
}

/** A hundred devices compared with one of them, whose own readings ask all of them, `lagMs` after the others' or at the same instant. */
function comparisonWithOne(what: string, lagMs: number): Case {
  const devices = 100;
  const rule = comparison({ device_id: deviceIdOf(0), key: 'limit' });
  const set = loneSet([rule], new BenchDevices(benchDevices(devices)));
  const messages = Array.from({ length: devices }, (_, i) => messageOf(deviceIdOf(i), ['temperature']));
  messages.push(messageOf(deviceIdOf(0), ['limit']));
  const judge = (reading: number): void => {
    const place = reading % messages.length;
    const message = messages[place];
    if (message === undefined) return;
    const timeMs = BASE_MS + Math.floor(reading / messages.length) * 1_000;
    fill(message, place === devices ? timeMs + lagMs : timeMs, reading);
    set.judge(message);
  };
  return { what, perReading: (2 * devices) / messages.length, warmUp: 100 * messages.length, judge, costsUs: [] };
}

/** As `live`, but each device sends every other reading after the one that follows it: half of all readings come late. */
function swapped(what: string, rule: AuthoredRule, warmUp: number): Case {
  const devices = 4;
  const set = loneSet([rule], new BenchDevices(benchDevices(devices)));
  const messages = Array.from({ length: devices }, (_, i) => messageOf(deviceIdOf(i), ['temperature']));
  const judge = (reading: number): void => {
    const message = messages[reading % devices];
    if (message === undefined) return;
    const second = Math.floor(reading / devices);
    fill(message, BASE_MS + (second % 2 === 0 ? second + 1 : second - 1) * 1_000, reading);
    set.judge(message);
  };
  return { what: `${what}, half of all readings late`, share: 0.01, perReading: 1, warmUp: warmUp * devices, judge, costsUs: [] };
}

/** Gives a case its next readings; answers what one judgement cost, microseconds. */
function run(one: Case, from: number, readings: number): number {
  const before = process.cpuUsage();
  for (let reading = from; reading < from + readings; reading += 1) one.judge(reading);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (readings * one.perReading);
}

/** The longest that one judgement takes among the next readings, milliseconds: what is only now and then to be done. */
function longestMs(one: Case, from: number, readings: number): number {
  let longest = 0;
  for (let reading = from; reading < from + readings; reading += 1) {
    const startedAt = performance.now();
    one.judge(reading);
    longest = Math.max(longest, performance.now() - startedAt);
  }
  return longest;
}

const all = cases();
for (const one of all) run(one, 0, one.warmUp);
for (let round = 0; round < rounds; round += 1) {
  for (const one of all) {
    const readings = Math.ceil(points * (one.share ?? 1));
    one.costsUs.push(run(one, one.warmUp + round * readings, readings));
  }
}
for (const { what, below, costsUs } of all) {
  report({ part: 'evaluation', what, unit: 'us', rounds: costsUs, ...(below === undefined ? {} : { below }) });
}
for (const one of all.filter(({ what }) => /^statistical (avg|p95), (1h|24h)$/.test(what))) {
  const longest = Array.from({ length: rounds }, (_, round) => longestMs(one, one.warmUp + (rounds + round) * points, points));
  report({
    part: 'evaluation',
    what: `${one.what}: the longest of ${points.toLocaleString('en')} judgements`,
    unit: 'ms',
    rounds: longest,
  });
}
