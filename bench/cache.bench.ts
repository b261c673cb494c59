import os from 'node:os';
import { CACHE_REGIONS } from '../src/contracts/cache.ts';
import type { CacheRegion } from '../src/contracts/cache.ts';
import { operatorSession } from './analytics/operator-session.ts';
import { optionsOf } from './rules/row.ts';

/**
 * How many queries the cache spares PostgreSQL while people look at a plant: the same session once without a cache and once with it. Run it with
 * `npm run bench:cache` (optionally `-- --people 20 --devices 40 --minutes 5 --alert-seconds 30`).
 */
const given = optionsOf(process.argv.slice(2), { people: 20, devices: 40, minutes: 5, 'alert-seconds': 30 });
const options = { ...given, alertSeconds: given['alert-seconds'] };
const PROMISED_PERCENT = 85;
const LIVES: Record<CacheRegion, number> = {
  ...{ devices: 300_000, telemetry: 60_000, rules: 600_000, alerts: 180_000 },
  ...{ statistics: 120_000, dashboards: 600_000, permissions: 300_000 },
};
const NONE = Object.fromEntries(CACHE_REGIONS.map((region) => [region, 0])) as Record<CacheRegion, number>;

console.log(`${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores, load ${(os.loadavg()[0] ?? 0).toFixed(1)}`);
const without = await operatorSession(options, NONE);
const cached = await operatorSession(options, LIVES);
console.log('\n| request | requests | queries without | with the cache |\n|---|---|---|---|');
for (const [path, { requests, queries }] of [...without.byPath].sort(([, left], [, right]) => right.queries - left.queries))
  console.log(`| GET ${path} | ${String(requests)} | ${String(queries)} | ${String(cached.byPath.get(path)?.queries ?? 0)} |`);
console.log(`| all | ${String(without.requests)} | ${String(without.queries)} | ${String(cached.queries)} |`);
const percent = 100 * (1 - cached.queries / without.queries);
console.log(`\n${percent.toFixed(1)} % of the queries are spared (promised: ${String(PROMISED_PERCENT)} %)`);
if (percent < PROMISED_PERCENT) process.exitCode = 1;
process.exit();
