import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { silentLogger } from '../src/core/logger.ts';
import { EmbeddedPostgres } from '../src/storage/embedded/embedded-postgres.ts';
import { ApiClient, freePorts, startPlatform } from '../test/support/platform.ts';
import { findProgram } from '../test/support/system-programs.ts';
import type { GeneratorOptions, GeneratorResult } from './ingest/generator.ts';
import { generate } from './ingest/run-generator.ts';

/**
 * Messages per second that are acknowledged after their commit, through the default flow (rule and alert included), side by side
 * with what people wire today. Run it with `npm run bench:ingest` (optionally `-- --seconds 10 --rounds 3 --devices 50`).
 */
const args = new Map(
  process.argv.slice(2).flatMap((word, i, all) => (word.startsWith('--') ? [[word.slice(2), Number(all[i + 1])] as const] : [])),
);
const seconds = args.get('seconds') ?? 10;
const rounds = args.get('rounds') ?? 3;
const deviceCount = args.get('devices') ?? 50;
/** Messages in flight per device: together about as many as 50 devices with 64. */
const window = Math.max(1, Math.round(3_200 / deviceCount));

interface Row {
  what: string;
  result: GeneratorResult;
  /** Messages stored while the generator ran (the peer acknowledges before it stores). */
  storedPerSecond: number;
  lost: number;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-bench-'));
chmodSync(folder, 0o711);
const postgres = new EmbeddedPostgres({ dataDir: folder, password: 'bench-only', logger: silentLogger });
const owner = await postgres.start();
const urlOf = (database: string) =>
  `postgres://${owner.user ?? ''}:${String(owner.password)}@/${database}?host=${encodeURIComponent(owner.host ?? '')}&port=${String(owner.port)}`;

try {
  await sql('postgres', 'create database insa_bench');
  await sql('postgres', 'create database peer_bench');
  const rows = [...(await measurePlatform()), ...(await measurePeer())];
  print(rows);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function sql(database: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function memoryMiB(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) / 1_024);
}

async function measurePlatform(): Promise<Row[]> {
  const dataDir = path.join(folder, 'platform');
  const startedAt = performance.now();
  const platform = await startPlatform({ dataDir, env: { DATABASE_URL: urlOf('insa_bench'), LOG_LEVEL: 'warn' } });
  const firstStartMs = performance.now() - startedAt;
  try {
    console.log(
      `first start ${(firstStartMs / 1_000).toFixed(1)} s (external database), idle memory ${String(memoryMiB(platform.pid))} MiB`,
    );
    const api = await ApiClient.login(platform);
    const clients: GeneratorOptions['clients'] = [];
    for (let i = 0; i < deviceCount; i++) {
      const id = `bench-${String(i).padStart(4, '0')}`;
      clients.push({ id, username: id, password: await api.createDevice(id), topic: `insa/devices/${id}/telemetry` });
    }
    const common = { port: platform.mqttPort, clients };
    await generate({ ...common, seconds: 3, window, rate: 0 });
    const rows: Row[] = [];
    for (let round = 1; round <= rounds; round++) {
      rows.push(
        await counted(`this platform, as fast as it goes (${String(round)})`, () => generate({ ...common, seconds, window, rate: 0 })),
      );
    }
    rows.push(await counted('this platform, 10,000/s offered', () => generate({ ...common, seconds, window, rate: 10_000 })));
    console.log(`memory after the load ${String(memoryMiB(platform.pid))} MiB`);
    return rows;
  } finally {
    await platform.stop();
  }
}

async function counted(what: string, run: () => Promise<GeneratorResult>): Promise<Row> {
  const count = async () => Number((await sql('insa_bench', 'select count(*)::text as n from telemetry'))[0]?.['n']);
  const before = await count();
  const result = await run();
  const stored = ((await count()) - before) / 3;
  console.log(`${what}: ${JSON.stringify(result)}`);
  return { what, result, storedPerSecond: Math.round(stored / result.seconds), lost: Math.max(0, result.acknowledged - stored) };
}

async function measurePeer(): Promise<Row[]> {
  const mosquitto = findProgram('mosquitto');
  if (mosquitto === undefined) {
    console.log('The peer needs Mosquitto: install the Debian package "mosquitto".');
    return [];
  }
  const [port = 0] = await freePorts(1);
  const config = path.join(folder, 'mosquitto.conf');
  // Everything else as Mosquitto comes, its queue of 1,000 messages for a slow subscriber included.
  writeFileSync(config, `listener ${String(port)} 127.0.0.1\nallow_anonymous true\n`);
  const broker = spawn(mosquitto, ['-c', config], { stdio: 'ignore' });
  const userDir = path.join(folder, 'peer');
  const peerOptions = JSON.stringify({ mqttPort: port, databaseUrl: urlOf('peer_bench'), userDir });
  const peer = spawn(process.execPath, [path.join(import.meta.dirname, 'ingest/peer.ts'), peerOptions], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(peer.stdout, 'data');
    const clients = Array.from({ length: deviceCount }, (_, i) => ({
      id: `bench-${String(i)}`,
      topic: `insa/devices/bench-${String(i)}/telemetry`,
    }));
    const rows: Row[] = [];
    for (const [what, rate] of [
      ['Mosquitto + stock nodes, burst', 0],
      ['Mosquitto + stock nodes, 3,000/s offered', 3_000],
    ] as const) {
      await sql('peer_bench', 'truncate peer_telemetry');
      const result = await generate({ port, clients, seconds, window, rate });
      const during = await peerCount();
      const stored = await settledPeerCount();
      rows.push({ what, result, storedPerSecond: Math.round(during / result.seconds), lost: result.acknowledged - stored });
    }
    return rows;
  } finally {
    peer.kill('SIGTERM');
    broker.kill('SIGTERM');
  }
}

async function peerCount(): Promise<number> {
  return Number((await sql('peer_bench', 'select count(*)::text as n from peer_telemetry'))[0]?.['n']);
}

/** Waits until the peer stores nothing more. */
async function settledPeerCount(): Promise<number> {
  for (let last = -1; ;) {
    const now = await peerCount();
    if (now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function print(rows: readonly Row[]): void {
  console.log(
    `\n${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with the load generator, Node.js ${process.versions.node}`,
  );
  console.log('| what | acknowledged/s | stored/s | p50 ms | p99 ms | acknowledged but lost |');
  console.log('|---|---|---|---|---|---|');
  for (const { what, result, storedPerSecond, lost } of rows) {
    const cells = [what, result.perSecond, storedPerSecond, result.p50Ms, result.p99Ms, lost];
    console.log(`| ${cells.map(String).join(' | ')} |`);
  }
}
