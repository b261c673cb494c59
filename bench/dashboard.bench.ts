import os from 'node:os';
import { measureFanOut } from './dashboard/fan-out.ts';
import { optionsOf } from './rules/row.ts';

/**
 * How fast what operators see is, with the real platform: many live clients beside ingest.
 * Run it with `npm run bench:dashboard` (optionally `-- --clients 500 --each 20 --devices 1000 --messages 2000 --seconds 15 --rounds 2`).
 */
const options = optionsOf(process.argv.slice(2), { clients: 500, each: 20, devices: 1_000, messages: 2_000, seconds: 15, rounds: 2 });
const load = (): string => (os.loadavg()[0] ?? 0).toFixed(1);
console.log(`${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with clients and devices, load ${load()}`);
await measureFanOut({
  clients: options.clients,
  devicesEach: options.each,
  devices: options.devices,
  messagesPerSecond: options.messages,
  seconds: options.seconds,
  rounds: options.rounds,
});
console.log(`load ${load()} at the end`);
