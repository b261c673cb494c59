import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { startPlatform } from '../test/support/platform.ts';
import type { RunningPlatform } from '../test/support/platform.ts';
import type { KindResult, LoadOptions } from './api/load.ts';
import { runExport, timesOf } from './api/requests.ts';
import { HISTORY, createAlerts, createDevices, createHistory, createReaders } from './api/seed.ts';
import type { BenchDevice } from './api/seed.ts';
import { startDatabase } from './rules/bench-database.ts';
import type { BenchDatabase } from './rules/bench-database.ts';
import { drive } from './rules/load.ts';
import { median, optionsOf, quantile } from './rules/row.ts';

/**
 * How fast the API is beside ingest: the real platform with 1,000 devices that send 2,000 messages a second, while others ask for the device list, the latest
 * values and the alerts, 500 requests a second in all; then, without that load, a day of readings, 30 days by the hour, and an export of a million readings.
 * Run it with `npm run bench:api` (optionally `-- --seconds 30 --rounds 3 --devices 1000 --rate 500 --messages 2000 --days 31 --export 1000000`). Needs a build.
 */
const options = optionsOf(process.argv.slice(2), {
  seconds: 30,
  rounds: 3,
  devices: 1_000,
  rate: 500,
  messages: 2_000,
  days: 31,
  export: 1_000_000,
  repeats: 30,
});
const DAY_MS = 86_400_000;
/** So many that none comes near the limits of requests for one key, which are on as in any installation. */
const READERS = 3_000;
/** How long a thousand devices take to log in and are left alone after it, and some seconds more. */
const CONNECT_SECONDS = 12;

const load = () => (os.loadavg()[0] ?? 0).toFixed(1);
console.log(
  `${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with the load, Node.js ${process.versions.node}, load ${load()}`,
);
const database = await startDatabase();
try {
  const devices = await createDevices(database, options.devices);
  const readers = await createReaders(database, READERS);
  await createAlerts(database, 10_000);
  const startMs = await createHistory(database, options.days);
  const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn', RATE_LIMITS: 'true' } });
  try {
    await rolledUp(database);
    await measureLoad(platform, devices, readers);
    await measureReads(platform, startMs, readers[0] ?? '');
  } finally {
    await platform.dispose();
  }
} finally {
  await database.remove();
}
console.log(`load ${load()} at the end`);

/** Waits until the history is rolled up. */
async function rolledUp({ db }: BenchDatabase): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const { rows } = await db.system.query<{ done: boolean }>(`select complete_from = '-infinity' as done from rollup_state`);
    if (rows[0]?.done === true) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  // A history that grew over a month has long been cleaned up after; one made in seconds would have that done during the rounds.
  for (const table of ['telemetry', 'telemetry_1m']) await db.system.query(`vacuum analyze ${table}`);
  console.log(
    `${String(options.days)} days of 1 Hz were rolled up in the background in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
  );
}

async function measureLoad(platform: RunningPlatform, devices: readonly BenchDevice[], readers: readonly string[]): Promise<void> {
  const clients = devices.map(({ id, key }) => ({ id, username: id, password: key, topic: `insa/devices/${id}/telemetry` }));
  const ingest = (seconds: number) => drive({ port: platform.mqttPort, clients, seconds, window: 1, rate: options.messages });
  await ingest(CONNECT_SECONDS);
  const kinds = [
    { name: 'device list, page of 50', paths: ['/api/v1/devices'] },
    { name: 'latest values of 1,000 devices, pages of 500', paths: await latestPages(platform, readers[0] ?? '') },
    { name: 'alert list, page of 50', paths: ['/api/v1/alerts', '/api/v1/alerts?status=active'] },
  ];
  const common = { url: platform.httpUrl, kinds, keys: readers, rate: options.rate / kinds.length };
  console.log('\n| round | what | requests/s | p50 ms | p99 ms | max ms | failed |\n|---|---|---|---|---|---|---|');
  const p99 = new Map<string, number[]>();
  // Round 0 warms up, as long as the others and not counted: compiled code is what runs in a platform that was not started a moment ago.
  for (let round = 0; round <= options.rounds; round += 1) {
    await connected(0);
    const driven = ingest(options.seconds + CONNECT_SECONDS);
    await connected(options.devices);
    // What a thousand logins left to do is not what is to be measured.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = await storedReadings();
    const startedAt = performance.now();
    const results = await send({ ...common, seconds: options.seconds });
    const stored = (await storedReadings()) - before;
    const messages = Math.round(stored / 3 / ((performance.now() - startedAt) / 1_000));
    const acknowledged = await driven;
    for (const { name, perSecond, p50Ms, p99Ms, maxMs, failed } of results) {
      console.log(`| ${[round, name, perSecond, p50Ms, p99Ms, maxMs, failed].map(String).join(' | ')} |`);
      if (round > 0) p99.set(name, [...(p99.get(name) ?? []), p99Ms]);
    }
    const { p50Ms, p99Ms, maxMs } = acknowledged;
    console.log(`| ${[round, 'ingest beside it, messages stored', messages, p50Ms, p99Ms, maxMs, 0].map(String).join(' | ')} |`);
  }
  for (const { name, perSecond, p50Ms, p99Ms, maxMs, failed } of await send({ ...common, rate: 0, seconds: 5 })) {
    console.log(
      `| - | ${name}, as many as 10 connections get, nothing beside it | ${[perSecond, p50Ms, p99Ms, maxMs, failed].map(String).join(' | ')} |`,
    );
  }
  for (const [name, figures] of p99) console.log(verdict(`${name}: p99, median of rounds`, median(figures), 20));
}

/** Waits until that many devices are there, neither more (of the round before) nor less. */
async function connected(count: number): Promise<void> {
  for (;;) {
    const { rows } = await database.db.system.query<{ n: number }>(`select count(*)::int as n from devices where status = 'online'`);
    if (rows[0]?.n === count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function storedReadings(): Promise<number> {
  const { rows } = await database.db.system.query<{ n: number }>('select count(*)::int as n from telemetry');
  return rows[0]?.n ?? 0;
}

/** The addresses of the pages that hold the newest temperature of every device. */
async function latestPages(platform: RunningPlatform, key: string): Promise<string[]> {
  const pages: string[] = [];
  const first = `/api/v1/telemetry/latest?keys=temperature&limit=500`;
  for (let next: string | null = first; next !== null;) {
    pages.push(next);
    const answer = await fetch(platform.httpUrl + next, { headers: { 'x-api-key': key } });
    const { next_cursor: cursor } = (await answer.json()) as { next_cursor: string | null };
    next = cursor === null ? null : `${first}&cursor=${cursor}`;
  }
  return pages;
}

async function send(what: LoadOptions): Promise<KindResult[]> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'api/load.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(what));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The load ended with code ${String(code)}`);
  return JSON.parse(output) as KindResult[];
}

async function measureReads(platform: RunningPlatform, startMs: number, key: string): Promise<void> {
  const api = `${platform.httpUrl}/api/v1/telemetry`;
  const of = `keys=${HISTORY.key}`;
  const period = (days: number) => `start=${new Date(startMs).toISOString()}&end=${new Date(startMs + days * DAY_MS).toISOString()}`;
  console.log('');
  const aggregate = `${api}/aggregate?device_id=${HISTORY.deviceId}&${of}`;
  const monthDays = Math.min(30, options.days);
  const reads: [string, string, number | undefined][] = [
    ['one day of 1 Hz in columns', `${api}/${HISTORY.deviceId}?format=columns&${of}&${period(1)}`, 150],
    ['one day of 1 Hz by the minute', `${aggregate}&bucket=1m&${period(1)}`, undefined],
    [`${String(monthDays)} days by the hour from the roll-up`, `${aggregate}&bucket=1h&${period(monthDays)}`, 100],
    ['the same with the standard deviation', `${aggregate}&bucket=1h&functions=avg,min,max,count,stddev&${period(monthDays)}`, undefined],
  ];
  for (const [name, url, below] of reads) {
    const times = await timesOf(url, key, options.repeats);
    console.log(verdict(`${name}: median of ${String(times.length)} (p95 ${quantile(times, 0.95).toFixed(0)} ms)`, median(times), below));
  }
  const raw = await timesOf(`${aggregate}&bucket=1h&source=raw&${period(monthDays)}`, key, 3);
  console.log(verdict(`${String(monthDays)} days by the hour from the readings: median of 3`, median(raw), undefined));
  for (const format of ['csv', 'ndjson']) {
    const end = new Date(startMs + options.export * 1_000).toISOString();
    const run = await runExport(
      `${api}/export?device_id=${HISTORY.deviceId}&format=${format}&start=${new Date(startMs).toISOString()}&end=${end}`,
      key,
      platform.pid,
    );
    console.log(
      `export of ${String(run.lines)} lines of ${format}: ${run.seconds.toFixed(1)} s, resident memory ${String(run.beforeMiB)} MiB before, at most ${String(run.peakMiB)} MiB`,
    );
  }
}

function verdict(what: string, ms: number, below: number | undefined): string {
  const goal = below === undefined ? '' : ` (goal < ${String(below)} ms: ${ms < below ? 'held' : 'missed'})`;
  return `${what}: ${ms.toFixed(1)} ms${goal}`;
}
