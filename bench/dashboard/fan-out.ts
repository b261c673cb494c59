import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { startPlatform } from '../../test/support/platform.ts';
import { createDevices, createReaders } from '../api/seed.ts';
import { startDatabase } from '../rules/bench-database.ts';
import { drive } from '../rules/load.ts';
import type { GeneratorResult } from '../ingest/generator.ts';
import type { LiveClientsOptions, LiveClientsResult } from './clients.ts';

/** How much of what; see `npm run bench:dashboard`. */
export interface FanOutOptions {
  clients: number;
  devicesEach: number;
  devices: number;
  messagesPerSecond: number;
  seconds: number;
  rounds: number;
}

interface FanOutRound {
  ingest: GeneratorResult;
  clients?: LiveClientsResult;
}

/** Ingest alone, beside many live clients, and beside them with one that is frozen, in turns; prints a line for each. */
export async function measureFanOut(options: FanOutOptions): Promise<void> {
  const database = await startDatabase();
  try {
    const devices = await createDevices(database, options.devices);
    const keys = await createReaders(database, 20);
    const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn' } });
    const { httpUrl, mqttPort } = platform;
    const load = () =>
      drive({
        port: mqttPort,
        clients: devices.map(({ id, key }) => ({ id, username: id, password: key, topic: `insa/devices/${id}/telemetry` })),
        seconds: options.seconds + 6,
        window: 1,
        rate: options.messagesPerSecond,
        stamped: true,
      });
    const watching = (count: number): LiveClientsOptions['clients'] =>
      Array.from({ length: count }, (_, place) => ({
        deviceIds: Array.from(
          { length: options.devicesEach },
          (_unused, i) => devices[(place * options.devicesEach + i) % devices.length]?.id ?? '',
        ),
      }));
    const frozen = { deviceIds: ['*'], isFrozen: true };
    const beside = (clients: LiveClientsOptions['clients']) => together({ httpUrl, keys, clients, seconds: options.seconds }, load);
    try {
      await load();
      for (let round = 1; round <= options.rounds; round += 1) {
        print(`round ${String(round)}, alone`, { ingest: await load() });
        print(`round ${String(round)}, ${String(options.clients)} clients`, await beside(watching(options.clients)));
        print(`round ${String(round)}, one of them frozen`, await beside([...watching(options.clients), frozen]));
      }
    } finally {
      await platform.dispose();
    }
  } finally {
    await database.remove();
  }
}

async function together(options: LiveClientsOptions, load: () => Promise<GeneratorResult>): Promise<FanOutRound> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'clients.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(options));
  const lines: string[] = [];
  let ingest: Promise<GeneratorResult> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') ingest = load();
    else lines.push(line);
  }
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode !== 0 || ingest === undefined) throw new Error(`The live clients ended with code ${String(child.exitCode)}.`);
  return { ingest: await ingest, clients: JSON.parse(lines[0] ?? '') as LiveClientsResult };
}

function print(what: string, { ingest, clients }: FanOutRound): void {
  const side = `${String(ingest.perSecond)} messages/s, PUBACK p50 ${String(ingest.p50Ms)}, p99 ${String(ingest.p99Ms)} ms`;
  const live =
    clients === undefined
      ? ''
      : `; ${String(clients.perSecond)} updates/s, PUBLISH to client p50 ${String(clients.p50Ms)}, p95 ${String(clients.p95Ms)}, ` +
        `p99 ${String(clients.p99Ms)}, longest ${String(clients.maxMs)} ms, ${String(clients.disconnected)} disconnected`;
  console.log(`${what}: ${side}${live}`);
}
