import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { createReader, removeReader } from '../../src/app/grafana-reader.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Severity } from '../../src/contracts/rules.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { RollupRepository } from '../../src/storage/repositories/rollup.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** The folder of everything that Grafana reads. */
export const GRAFANA = path.join(import.meta.dirname, '..', '..', 'dashboards', 'grafana');

export interface Target {
  refId: string;
  datasource: { type: string; uid: string };
  format?: string;
  rawSql?: string;
  expr?: string;
  legendFormat?: string;
  instant?: boolean;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: { type: string; uid: string };
  targets: Target[];
  fieldConfig: {
    defaults: Record<string, unknown>;
    overrides: { matcher: { id: string; options: string }; properties: { id: string; value: unknown }[] }[];
  };
  options: Record<string, unknown>;
  repeat?: string;
}

export interface Variable {
  name: string;
  type: string;
  query: string;
  definition: string;
  multi: boolean;
}

export interface Dashboard {
  uid: string;
  title: string;
  refresh: string;
  schemaVersion: number;
  tags: string[];
  templating: { list: Variable[] };
  annotations: { list: { name: string; datasource: { uid: string }; target: Target }[] };
  links: { title: string; url?: string }[];
  panels: Panel[];
}

/** Every dashboard by the name of its file. */
export function dashboards(): Map<string, Dashboard> {
  const folder = path.join(GRAFANA, 'dashboards');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Dashboard]));
}

/** A database with a plant of two tenants, and a reader of the first. */
export interface FilledDatabase {
  database: TestDatabase;
  /** The name of the role; roles belong to the whole server of this run. */
  readerName: string;
  /** How the reader logs in. */
  reader: pg.ClientConfig;
  platformUrl: string;
  /** When the newest reading was made; the oldest is two days before. */
  nowMs: number;
  drop(): Promise<void>;
}

export const config = (database: TestDatabase) => ({
  dataDir: '/nowhere',
  databaseUrl: database.url,
  publicUrl: 'https://plant.example.com',
  httpPort: 1880,
  embeddedDatabasePort: 0,
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
let count = 0;

/** A name that no other test of this server has. */
export function newReaderName(): string {
  count += 1;
  return `reader_${String(process.pid)}_${String(count)}`;
}

/** Fills a database of its own. */
export async function fillDatabase(): Promise<FilledDatabase> {
  const database = await createTestDatabase();
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  await database.db.system.query(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
  const partitions = new Partitions({ connection: database.connection, clock: systemClock, logger: silentLogger });
  for (const ageMs of [0, 24 * HOUR_MS, 48 * HOUR_MS]) await partitions.ensureFor(nowMs - ageMs);
  for (const tenant of ['default', 'acme']) await fillTenant(database, tenant, nowMs);
  const rollup = new RollupRepository(database.db);
  await rollup.state((nowMs - 49 * HOUR_MS) * 1_000);
  // The newest minutes are left as they are in life: the roll-up is a little behind.
  await rollup.close((nowMs - 49 * HOUR_MS) * 1_000, (nowMs - 3 * MINUTE_MS) * 1_000);
  const readerName = newReaderName();
  const options = { config: config(database), logger: silentLogger };
  const { password, platformUrl } = await createReader(options, { name: readerName, tenantId: 'default', role: 'new' });
  // As the owner: for others it does nothing.
  await queryOnce(database.connection, 'analyze');
  return {
    database,
    readerName,
    platformUrl,
    nowMs,
    reader: { ...database.connection, user: readerName, ...(password === undefined ? {} : { password }) },
    drop: async () => {
      await removeReader(options, readerName);
      await database.drop();
    },
  };
}

/** As the reader, on a connection of its own. */
export async function asReader<Result>(
  { reader }: Pick<FilledDatabase, 'reader'>,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(reader);
  client.on('error', () => undefined); // The query that fails says it.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const STATUSES = ['online', 'online', 'offline', 'error', 'unknown'];
const SERIES = [
  ['temperature', 'number', '°C'],
  ['pressure', 'number', 'bar'],
  ['running', 'boolean', null],
  ['mode', 'text', null],
] as const;

/** Five devices (two of one name) with four quantities each: a reading each 10 s for two hours, and each half hour for two days. */
async function fillTenant({ db: { system } }: TestDatabase, tenant: string, nowMs: number): Promise<void> {
  for (const [index, status] of STATUSES.entries()) {
    const device = `${tenant}-${String(index)}`;
    await system.query(
      `insert into devices (device_id, tenant_id, name, type, location, area, status, status_at, last_seen_at)
       values ($1, $2, $3, 'pump', 'Hall 1', 'North', $4, now(), case when $4 <> 'unknown' then now() end)`,
      [device, tenant, index < 2 ? "Operator's pump" : `Pump ${String(index)}`, status],
    );
    if (status === 'unknown') continue;
    for (const [key, kind, unit] of SERIES) await fillSeries(system, { tenant, device, key, kind, unit, nowMs });
  }
  await fillAlerts(system, tenant);
}

async function fillSeries(
  system: pg.Pool,
  series: { tenant: string; device: string; key: string; kind: string; unit: string | null; nowMs: number },
): Promise<void> {
  const { tenant, device, key, kind, unit, nowMs } = series;
  const { rows } = await system.query<{ id: number }>(
    `insert into series (tenant_id, device_id, key, kind, unit, lower_limit, upper_limit) values ($1, $2, $3, $4, $5, $6, $7) returning series_id as id`,
    [tenant, device, key, kind, unit, key === 'temperature' ? 0 : null, key === 'temperature' ? 10 : null],
  );
  const id = rows[0]?.id;
  const times = `(select generate_series($2::timestamptz - interval '2 hours', $2, '10 seconds') as time
                  union select generate_series($2::timestamptz - interval '2 days', $2, '30 minutes')) t`;
  const into = kind === 'text' ? `telemetry_text (series_id, time, value, quality) select $1, time, 'auto', 100` : `telemetry (series_id, time, value, quality) select $1, time, 20 + sin(extract(epoch from time) / 300), 100`; // prettier-ignore
  await system.query(`insert into ${into} from ${times}`, [id, new Date(nowMs)]);
  await system.query(`insert into telemetry_latest (series_id, time, value, text_value, quality) values ($1, $2, $3, $4, 100)`, [
    id,
    new Date(nowMs),
    kind === 'text' ? null : 20,
    kind === 'text' ? 'auto' : null,
  ]);
}

/** For each severity a rule, with an alert that is active, one that is acknowledged and one that is resolved; and a rule that is off. */
async function fillAlerts(system: pg.Pool, tenant: string): Promise<void> {
  const severities: Severity[] = ['info', 'warning', 'critical'];
  for (const [index, severity] of [...severities, 'info' as const].entries()) {
    const name = `Rule ${String(index)} of ${tenant}`;
    const { rows } = await system.query<{ id: string }>(
      `insert into rules (rule_id, tenant_id, origin, version, enabled, trigger_count, last_triggered) values (gen_random_uuid(), $1, 'stored', 1, $2, 3, now()) returning rule_id as id`,
      [tenant, index < 3],
    );
    const rule = rows[0]?.id ?? '';
    await system.query(`insert into rule_versions (rule_id, version, tenant_id, definition) values ($1, 1, $2, $3)`, [
      rule,
      tenant,
      JSON.stringify({ name, rule_type: 'threshold', severity }),
    ]);
    if (index === 3) continue;
    for (const [place, status] of ['active', 'acknowledged', 'resolved'].entries()) {
      await system.query(
        `with made as (
           insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit,
                               raised_at, known_at, last_at, acknowledged_by, acknowledged_at, resolved_by, resolved_at)
           values (gen_random_uuid(), $1, $2, 1, $3, $4, 'temperature', $5, $6, 'Too warm', '81.5', 80, '°C', now() - interval '30 minutes',
                   now() - interval '30 minutes', now(), case when $6 <> 'active' then 'maria' end,
                   case when $6 <> 'active' then now() - interval '20 minutes' end,
                   case when $6 = 'resolved' then 'maria' end, case when $6 = 'resolved' then now() end) returning alert_id)
         insert into alert_history (tenant_id, alert_id, at, change, actor) select $1, alert_id, now() - interval '30 minutes', 'raised', 'rule' from made`,
        [tenant, rule, name, `${tenant}-${String(place)}`, severity, status],
      );
    }
  }
}
