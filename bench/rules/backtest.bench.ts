import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { replayInThread } from '../../src/app/backtests.ts';
import type { BacktestJob } from '../../src/backtest/types.ts';
import type { BacktestResult } from '../../src/contracts/backtest.ts';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';

/**
 * How long a backtest of 10 million stored readings takes, reading them from PostgreSQL included: ten devices at one reading a second,
 * stored as they come (all devices of a second after each other). `node bench/rules/backtest.bench.ts [--points 10000000] [--rounds 3]`
 */
const args = new Map(
  process.argv.slice(2).flatMap((word, i, all) => (word.startsWith('--') ? [[word.slice(2), Number(all[i + 1])] as const] : [])),
);
const points = args.get('points') ?? 10_000_000;
const rounds = args.get('rounds') ?? 3;
const DEVICES = 10;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2025, 0, 1);
const endMs = START_MS + (points / DEVICES) * 1_000;

const common = { name: 'bench', severity: 'warning', message: '', scope: {} } as const;
/** A wave with noise between 39 and 62: about a third of the readings violate, and many cross the limit. */
const threshold: AuthoredRule = {
  ...common,
  rule_type: 'threshold',
  conditions: { key: 'temperature', operator: '>', value: 55, clear_value: 53 },
};
const lasting: AuthoredRule = { ...threshold, conditions: { ...threshold.conditions, duration_seconds: 60 } };
const statistical = (statistic: 'avg' | 'p95'): AuthoredRule => ({
  ...common,
  rule_type: 'statistical',
  conditions: { key: 'temperature', function: statistic, window: '1h', operator: '>', value: 55 },
});

const CASES: [what: string, run: AuthoredRule, compared: AuthoredRule | undefined][] = [
  ['threshold', threshold, undefined],
  ['threshold, 60 s', lasting, undefined],
  ['average of 1 h', statistical('avg'), undefined],
  ['p95 of 1 h', statistical('p95'), undefined],
  ['threshold against threshold, 60 s', threshold, lasting],
];

const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-bench-'));
chmodSync(folder, 0o711);
const postgres = new EmbeddedPostgres({ dataDir: folder, password: 'bench-only', logger: silentLogger });
try {
  const connection = await postgres.start();
  await migrate({ connection, logger: silentLogger });
  await fill(new pg.Client(connection), new Partitions({ connection, clock: { nowMs: () => START_MS }, logger: silentLogger }));
  const db = await openDatabase({ connection, logger: silentLogger });
  console.log(
    `${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores, Node.js ${process.versions.node}, ${String(rounds)} rounds`,
  );
  console.log('| what | seconds (median) | all rounds | readings/s | us a reading | alerts |');
  console.log('|---|---|---|---|---|---|');
  for (const each of CASES) await measure(db, each);
  await db.close();
  console.log(`most memory of the process, threads included: ${String(Math.round(process.resourceUsage().maxRSS / 1_024))} MiB`);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function fill(client: pg.Client, partitions: Partitions): Promise<void> {
  const startedAt = performance.now();
  await client.connect();
  await client.query(
    `insert into devices (device_id, tenant_id, name) select 'oven-' || n, 'default', n::text from generate_series(1, $1::int) n`,
    [DEVICES],
  );
  await client.query(
    `insert into series (tenant_id, device_id, key, kind) select 'default', device_id, 'temperature', 'number' from devices`,
  );
  for (let dayMs = START_MS; dayMs < endMs; dayMs += DAY_MS) {
    await partitions.ensureFor(dayMs);
    const seconds = Math.min(DAY_MS, endMs - dayMs) / 1_000;
    await client.query(
      `insert into telemetry (time, value, series_id, quality)
       select $1::timestamptz + s * interval '1 second', 50 + 10 * sin((s + 100 * series_id) / 600.0) + 2 * random() - 1, series_id, 100
         from generate_series(0, $2::int - 1) s, series`,
      [new Date(dayMs).toISOString(), seconds],
    );
  }
  await client.query('vacuum analyze telemetry');
  await client.end();
  console.log(`stored ${points.toLocaleString('en')} readings in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
}

async function measure(db: OpenDatabase, [what, run, compared]: (typeof CASES)[number]): Promise<void> {
  const results: BacktestResult[] = [];
  const seconds: number[] = [];
  const job: BacktestJob = { tenantId: 'default', run, compared, deviceId: undefined, startMs: START_MS, endMs, notes: [] };
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const last = await replayInThread(db)(job, () => undefined).ended;
    if (last.kind !== 'done') throw new Error(JSON.stringify(last));
    seconds.push((performance.now() - startedAt) / 1_000);
    results.push(last.result);
  }
  const median = seconds.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
  const [result] = results;
  if (result?.points !== points) throw new Error(`${String(result?.points)} readings were replayed instead of ${String(points)}`);
  const cells = [
    what,
    median.toFixed(1),
    seconds.map((each) => each.toFixed(1)).join(' '),
    Math.round(points / median).toLocaleString('en'),
    ((median * 1_000_000) / points).toFixed(2),
    result.run.summary.alerts,
  ];
  console.log(`| ${cells.map(String).join(' | ')} |`);
}
