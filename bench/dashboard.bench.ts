import os from 'node:os';
import { chromium, measurePage } from './dashboard/page.ts';
import { measureFanOut } from './dashboard/fan-out.ts';
import { measureLargePlant } from './dashboard/large-plant.ts';
import { measureWall } from './dashboard/wall.ts';
import { optionsOf } from './rules/row.ts';

/**
 * How fast what operators see is, with the real platform and a real browser: the first load, values on the screen, PUBLISH to pixel, and many live
 * clients beside ingest. Needs Chromium (`CHROMIUM_PATH`, by default /usr/bin/chromium). Run it with `npm run bench:dashboard` (optionally
 * `-- --watch 60 --wall 1800 --plant 10000 --clients 500 --each 20 --devices 1000 --messages 2000 --seconds 15 --rounds 2`; `--rounds 0`, `--plant 0`,
 * `--wall 0` or `--watch 0` leaves a part out).
 */
const options = optionsOf(process.argv.slice(2), {
  watch: 60,
  plant: 10_000,
  samples: 200,
  rate: 11,
  wall: 60,
  pace: 5,
  clients: 500,
  each: 20,
  devices: 1_000,
  messages: 2_000,
  seconds: 15,
  rounds: 2,
});
const load = (): string => (os.loadavg()[0] ?? 0).toFixed(1);
console.log(`${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with browser, clients and devices, load ${load()}`);
const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
if (options.watch > 0) {
  await measurePage(chromium(chromiumPath), {
    messagesPerDevice: options.rate,
    watchSeconds: options.watch,
    samples: options.samples,
  });
}
if (options.wall > 0) await measureWall(chromium(chromiumPath), { watchSeconds: options.wall, messagesPerDevice: options.pace });
if (options.plant > 0) await measureLargePlant(chromium(chromiumPath), { devices: options.plant, seriesEach: 5 });
if (options.rounds > 0) {
  await measureFanOut({
    clients: options.clients,
    devicesEach: options.each,
    devices: options.devices,
    messagesPerSecond: options.messages,
    seconds: options.seconds,
    rounds: options.rounds,
  });
}
console.log(`load ${load()} at the end`);
