import os from 'node:os';
import { startPlatform } from '../test/support/platform.ts';
import { createSecond, SECOND_KEY } from './analytics/seed.ts';
import { naiveStatistics, naiveTrend } from './analytics/naive.ts';
import type { NaivePeriod } from './analytics/naive.ts';
import { HISTORY, createDevices, createHistory, createReaders } from './api/seed.ts';
import type { BenchDevice } from './api/seed.ts';
import { startDatabase } from './rules/bench-database.ts';
import type { BenchDatabase } from './rules/bench-database.ts';
import { drive } from './rules/load.ts';
import { median, optionsOf, quantile } from './rules/row.ts';

/**
 * How fast analyses are over HTTP while devices send: over 100,000 readings, over 30 days of a reading a second from the roll-up, the same again and again
 * (which the cache answers), and beside them what programs do that read every reading and compute themselves.
 * Run it with `npm run bench:analytics` (optionally `-- --rounds 3 --repeats 10 --devices 100 --messages 2000 --days 30 --points 100000`). Needs a build.
 */
const options = optionsOf(process.argv.slice(2), {
  rounds: 3,
  repeats: 10,
  devices: 100,
  messages: 2_000,
  days: 30,
  points: 100_000,
  cached: 300,
});
const DAY_MS = 86_400_000;
/** Devices log in one after the other; what they left to do is not what is to be measured. */
const CONNECT_MS = 3_000;

/** One row of the table: how long one request of it takes. */
interface Measured {
  name: string;
  goalMs: number | undefined;
  /** Sends the request; `place` differs each time, so that no cache knows the question. */
  once: (place: number) => Promise<void>;
}

const load = () => (os.loadavg()[0] ?? 0).toFixed(1);
console.log(
  `${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with the load, Node.js ${process.versions.node}, load ${load()}`,
);
const database = await startDatabase();
try {
  const devices = await createDevices(database, options.devices);
  const [key = ''] = await createReaders(database, 1);
  const startMs = await createHistory(database, options.days);
  const { first } = await createSecond(database, startMs, options.days);
  const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn' } });
  try {
    await rolledUp(database);
    const analytics = `${platform.httpUrl}/api/v1/analytics`;
    await measureAll({ analytics, key, startMs, first }, (seconds) => ingest(platform.mqttPort, devices, seconds));
  } finally {
    await platform.dispose();
  }
} finally {
  await database.remove();
}
console.log(`load ${load()} at the end`);

interface Place {
  analytics: string;
  key: string;
  startMs: number;
  first: number;
}

function ingest(port: number, devices: readonly BenchDevice[], seconds: number): Promise<{ acknowledged: number; p99Ms: number }> {
  const clients = devices.map(({ id, key }) => ({ id, username: id, password: key, topic: `insa/devices/${id}/telemetry` }));
  return drive({ port, clients, seconds, window: 1, rate: options.messages });
}

async function measureAll(place: Place, send: (seconds: number) => Promise<{ p99Ms: number }>): Promise<void> {
  const rows = [...analyses(place), ...naive(place)];
  const times = new Map<string, number[]>();
  // Round 0 warms up and is not counted.
  for (let round = 0; round <= options.rounds; round += 1) {
    // Devices send in turns of ten seconds until the round is through.
    let isOver = false;
    const sending = (async () => {
      let worstMs = 0;
      while (!isOver) worstMs = Math.max(worstMs, (await send(10)).p99Ms);
      return worstMs;
    })();
    await new Promise((resolve) => setTimeout(resolve, CONNECT_MS));
    for (const { name, once } of rows) {
      for (let repeat = 0; repeat < options.repeats; repeat += 1) {
        const startedAt = performance.now();
        await once(round * options.repeats + repeat);
        if (round > 0) times.set(name, [...(times.get(name) ?? []), performance.now() - startedAt]);
      }
    }
    await measureRepeats(place, round);
    isOver = true;
    console.log(`round ${String(round)}: ingest beside it, worst p99 of acknowledgements ${(await sending).toFixed(0)} ms, load ${load()}`);
  }
  console.log('\n| what | median ms | p95 ms | goal |\n|---|---|---|---|');
  for (const { name, goalMs } of rows) {
    const found = times.get(name) ?? [];
    const goal = goalMs === undefined ? '' : `< ${String(goalMs)}: ${median(found) < goalMs ? 'held' : 'missed'}`;
    console.log(`| ${name} | ${median(found).toFixed(1)} | ${quantile(found, 0.95).toFixed(1)} | ${goal} |`);
  }
}

/** The same question again and again, which no computing should be needed for. */
async function measureRepeats(place: Place, round: number): Promise<void> {
  const url = urlOf(place, `statistics/${HISTORY.deviceId}/${HISTORY.key}`, { points: options.points, shift: 1_000 + round });
  await get(url, place.key);
  const times: number[] = [];
  for (let repeat = 0; repeat < options.cached; repeat += 1) {
    const startedAt = performance.now();
    await get(url, place.key);
    times.push(performance.now() - startedAt);
  }
  const goal = `goal < 5 ms: ${median(times) < 5 ? 'held' : 'missed'}`;
  console.log(`the same statistics again: median ${median(times).toFixed(2)} ms, p95 ${quantile(times, 0.95).toFixed(2)} ms (${goal})`);
}

function analyses(place: Place): Measured[] {
  const one = `${HISTORY.deviceId}/${HISTORY.key}`;
  const both = `keys=${HISTORY.key},${SECOND_KEY}`;
  const month = options.days * (DAY_MS / 1_000);
  const row = (name: string, path: string, { points, goalMs, more = '' }: { points: number; goalMs: number; more?: string }): Measured => ({
    name,
    goalMs,
    once: (shift) => get(`${urlOf(place, path, { points, shift })}&${more}`, place.key),
  });
  const readings = { points: options.points, goalMs: 150 };
  const rollup = { points: month, goalMs: 400 };
  const [n, half, days] = [options.points.toLocaleString('en'), (options.points / 2).toLocaleString('en'), `${String(options.days)} days`];
  return [
    row(`statistics of ${n} readings`, `statistics/${one}`, readings),
    row(`trend of ${n} readings`, `trends/${one}`, readings),
    row(`time series, the first 1,000 of ${n} readings`, `timeseries/${one}`, { ...readings, more: 'limit=1000' }),
    row(`time series of ${n} readings by the minute`, `timeseries/${one}`, { ...readings, more: 'interval=1m&limit=5000' }),
    row(`correlation of 2 x ${half} readings, nearest`, `correlation/${HISTORY.deviceId}`, {
      ...readings,
      points: options.points / 2,
      more: `${both}&tolerance=1s`,
    }),
    row(`correlation of 2 x ${n} readings, nearest`, `correlation/${HISTORY.deviceId}`, { ...readings, more: `${both}&tolerance=1s` }),
    row(`correlation of 2 x ${n} readings by the minute, 21 lags`, `correlation/${HISTORY.deviceId}`, {
      ...readings,
      more: `${both}&max_lag=10m`,
    }),
    row(`forecast of ${n} readings`, `forecast/${one}`, { ...readings, more: 'horizon=100' }),
    row(`statistics of ${days}`, `statistics/${one}`, rollup),
    row(`trend of ${days}`, `trends/${one}`, rollup),
    row(`time series of ${days} by the hour`, `timeseries/${one}`, { ...rollup, more: 'interval=1h&limit=1000' }),
    row(`correlation of ${days} by the minute`, `correlation/${HISTORY.deviceId}`, { ...rollup, more: both }),
    row(`forecast of ${days} by the hour`, `forecast/${one}`, { ...rollup, more: 'interval=1h&horizon=100' }),
  ];
}

function naive({ startMs, first }: Place): Measured[] {
  const period = (points: number, shift: number): NaivePeriod => ({
    series: first,
    startMs: startMs + shift,
    endMs: startMs + points * 1_000,
  });
  const n = options.points.toLocaleString('en');
  return [
    { name: `naive: ${n} readings into the program, statistics there`, compute: naiveStatistics },
    { name: `naive: ${n} readings into the program, trend there`, compute: naiveTrend },
  ].map(({ name, compute }) => ({
    name,
    goalMs: undefined,
    once: async (shift) => {
      await compute(database, period(options.points, shift));
    },
  }));
}

/** A period of so many readings from the beginning on; `shift` milliseconds make it another question with the same readings but one. */
function urlOf({ analytics, startMs }: Place, path: string, { points, shift }: { points: number; shift: number }): string {
  const [start, end] = [startMs + shift, startMs + points * 1_000].map((ms) => new Date(ms).toISOString());
  return `${analytics}/${path}?start=${start ?? ''}&end=${end ?? ''}`;
}

async function get(url: string, key: string): Promise<void> {
  const answer = await fetch(url, { headers: { 'x-api-key': key } });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${String(answer.status)}: ${text.slice(0, 300)}`);
}

/** Waits until the history is rolled up. */
async function rolledUp({ db }: BenchDatabase): Promise<void> {
  for (;;) {
    const { rows } = await db.system.query<{ done: boolean }>(`select complete_from = '-infinity' as done from rollup_state`);
    if (rows[0]?.done === true) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const table of ['telemetry', 'telemetry_1m']) await db.system.query(`vacuum analyze ${table}`);
}
