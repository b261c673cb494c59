import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { silentLogger } from '../src/core/logger.ts';
import { EmbeddedPostgres } from '../src/storage/embedded/embedded-postgres.ts';
import { ApiClient, startPlatform } from '../test/support/platform.ts';
import type { RunningPlatform } from '../test/support/platform.ts';
import type { GeneratorOptions, GeneratorResult } from './ingest/generator.ts';
import { generate } from './ingest/run-generator.ts';
import { countedParts } from './metrics/parts.ts';

/**
 * What metrics cost ingest: two platforms on one database server, one that counts and is scraped every 5 s (three times as often as the
 * shipped configuration does), one that counts nothing and is not scraped. They are loaded in turn, as fast as each goes, in pairs whose order changes;
 * the other one is idle meanwhile. `npm run bench:metrics` (optionally `-- --seconds 8 --rounds 8 --devices 50`).
 */
const args = new Map(
  process.argv.slice(2).flatMap((word, i, all) => (word.startsWith('--') ? [[word.slice(2), Number(all[i + 1])] as const] : [])),
);
const seconds = args.get('seconds') ?? 8;
const rounds = args.get('rounds') ?? 8;
const deviceCount = args.get('devices') ?? 50;
/** Messages in flight per device, as in `bench:ingest`. */
const window = Math.max(1, Math.round(3_200 / deviceCount));
const SCRAPE_EVERY_MS = 5_000;
const SCRAPES_ALONE = 50;
const GOAL_PERCENT = 2;
/** Linux counts the processor time of a process in hundredths of a second. */
const TICKS_PER_SECOND = 100;

interface Side {
  name: 'with metrics' | 'without metrics';
  platform: RunningPlatform;
  clients: GeneratorOptions['clients'];
}

interface Round {
  perSecond: number;
  /** Processor time of the platform's process for a thousand acknowledged messages, milliseconds. */
  cpuMsPerThousand: number;
  result: GeneratorResult;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-bench-'));
chmodSync(folder, 0o711);
const postgres = new EmbeddedPostgres({ dataDir: folder, password: 'bench-only', logger: silentLogger });
const owner = await postgres.start();
const urlOf = (database: string) =>
  `postgres://${owner.user ?? ''}:${String(owner.password)}@/${database}?host=${encodeURIComponent(owner.host ?? '')}&port=${String(owner.port)}`;
const sides: Side[] = [];

try {
  sides.push(await startSide('with metrics', 'on'), await startSide('without metrics', 'off'));
  console.log(`load of the machine before: ${loadAverage()}`);
  for (const side of sides) await generate({ ...load(side), seconds: 3 });
  const measured = new Map<Side, Round[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const one = await measure(side);
      measured.get(side)?.push(one);
      console.log(`round ${String(round + 1)}, ${side.name}: ${String(one.perSecond)}/s, ${one.cpuMsPerThousand.toFixed(2)} ms per 1,000`);
    }
  }
  print(measured);
  await measureScrapes();
} finally {
  for (const { platform } of sides) await platform.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startSide(name: Side['name'], counting: 'on' | 'off'): Promise<Side> {
  const database = `insa_bench_${counting}`;
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  await client.query(`create database ${database}`);
  await client.end();
  const platform = await startPlatform({
    dataDir: path.join(folder, counting),
    entry: path.join(import.meta.dirname, 'metrics', 'counting-or-not.ts'),
    env: { DATABASE_URL: urlOf(database), LOG_LEVEL: 'warn', COUNTING: counting },
  });
  const api = await ApiClient.login(platform);
  const clients: Side['clients'] = [];
  for (let i = 0; i < deviceCount; i++) {
    const id = `bench-${String(i).padStart(4, '0')}`;
    clients.push({ id, username: id, password: await api.createDevice(id), topic: `insa/devices/${id}/telemetry` });
  }
  return { name, platform, clients };
}

function load({ platform, clients }: Side): Pick<GeneratorOptions, 'port' | 'clients' | 'window' | 'rate'> {
  return { port: platform.mqttPort, clients, window, rate: 0 };
}

async function measure(side: Side): Promise<Round> {
  const scraping = side.name === 'with metrics' ? setInterval(() => void scrape(side.platform), SCRAPE_EVERY_MS) : undefined;
  const before = cpuMs(side.platform.pid);
  const result = await generate({ ...load(side), seconds });
  clearInterval(scraping);
  return { result, perSecond: result.perSecond, cpuMsPerThousand: ((cpuMs(side.platform.pid) - before) * 1_000) / result.acknowledged };
}

async function scrape(platform: RunningPlatform): Promise<void> {
  const response = await fetch(`${platform.httpUrl}/metrics`);
  if (response.status !== 200) throw new Error(`GET /metrics answered ${String(response.status)}`);
  await response.text();
}

/** Scrapes one after the other, with nothing else going on. */
async function measureScrapes(): Promise<void> {
  const counting = sides.find(({ name }) => name === 'with metrics')?.platform;
  if (counting === undefined) return;
  const before = cpuMs(counting.pid);
  const startedAt = performance.now();
  for (let i = 0; i < SCRAPES_ALONE; i++) await scrape(counting);
  const tookMs = (performance.now() - startedAt) / SCRAPES_ALONE;
  const processorMs = (cpuMs(counting.pid) - before) / SCRAPES_ALONE;
  console.log(`a scrape takes ${tookMs.toFixed(1)} ms, of which ${processorMs.toFixed(1)} ms processor time`);
}

/** Processor time of a process and its threads so far (utime and stime of /proc). */
function cpuMs(pid: number): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

function loadAverage(): string {
  return os
    .loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function print(measured: ReadonlyMap<Side, readonly Round[]>): void {
  console.log(
    `\n${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with the load generator, Node.js ${process.versions.node}`,
  );
  console.log(`load of the machine after: ${loadAverage()}`);
  console.log(`| what | acknowledged/s (median of ${String(rounds)}) | lowest | highest | p99 ms | processor ms per 1,000 |`);
  console.log('|---|---|---|---|---|---|');
  const medians = [...measured].map(([{ name }, all]) => {
    const rates = all.map(({ perSecond }) => perSecond);
    const perSecond = median(rates);
    const cpu = median(all.map(({ cpuMsPerThousand }) => cpuMsPerThousand));
    const p99 = median(all.map(({ result }) => result.p99Ms));
    console.log(`| ${[name, Math.round(perSecond), Math.min(...rates), Math.max(...rates), p99.toFixed(1), cpu.toFixed(2)].join(' | ')} |`);
    return { perSecond, cpu };
  });
  const [counted, uncounted] = medians;
  if (counted === undefined || uncounted === undefined) return;
  console.log(
    `metrics cost ${percent(1 - counted.perSecond / uncounted.perSecond)} of the messages a second (goal: below ${String(GOAL_PERCENT)} %)`,
  );
  console.log(`metrics cost ${percent(counted.cpu / uncounted.cpu - 1)} processor time for each message`);
  printParts(uncounted.cpu * 1_000);
}

/** What counting takes alone, which no difference of rounds can show: as a share of what a message takes, one rule judging it and batches of one counted in. */
function printParts(messageNs: number): void {
  const { message, judged, batch } = countedParts();
  const ns = (figure: number): string => `${figure.toFixed(0)} ns`;
  console.log(
    `\ncounting alone: a message ${ns(message)}, a reading judged by a rule ${ns(judged)}, a batch ${ns(batch)} of processor time`,
  );
  console.log(
    `one of each for every message would be ${percent((message + judged + batch) / messageNs)} of the ${ns(messageNs)} that one takes without`,
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
