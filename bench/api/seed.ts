import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import type { BenchDatabase } from '../rules/bench-database.ts';

/** A device that sends, with its key. */
export interface BenchDevice {
  id: string;
  key: string;
}

/** The device with a long history, and its quantity: one reading a second. */
export const HISTORY = { deviceId: 'history-1hz', key: 'temperature' } as const;

const DAY_MS = 86_400_000;

/**
 * Keys of programs that may read. The platform limits requests by the key (devices 100 a minute, others 300), so a bench that sends more has to use many:
 * this is the one place that knows how the limits are met.
 */
export async function createReaders(database: BenchDatabase, count: number): Promise<string[]> {
  return (
    await createKeys(
      database,
      Array.from({ length: count }, () => ({ kind: 'program', deviceId: null })),
    )
  ).map(({ key }) => key);
}

/** Devices `bench-0000` and so on, each with a key. Through the API it would take as long as its limits say. */
export async function createDevices(database: BenchDatabase, count: number): Promise<BenchDevice[]> {
  const ids = Array.from({ length: count }, (_, place) => `bench-${String(place).padStart(4, '0')}`);
  await database.db.system.query(
    `insert into devices (device_id, tenant_id, name, type, location) select id, 'default', 'Pump ' || id, 'pump', 'Hall A' from unnest($1::text[]) as id`,
    [ids],
  );
  const keys = await createKeys(
    database,
    ids.map((deviceId) => ({ kind: 'device', deviceId })),
  );
  return ids.map((id, place) => ({ id, key: keys[place]?.key ?? '' }));
}

async function createKeys(
  database: BenchDatabase,
  wanted: readonly { kind: 'program' | 'device'; deviceId: string | null }[],
): Promise<{ key: string }[]> {
  const made = wanted.map((one) => ({ ...one, id: randomUUID(), key: `insa_${one.kind}_${randomBytes(24).toString('base64url')}` }));
  await database.db.system.query(
    `insert into credentials (credential_id, tenant_id, kind, device_id, name, prefix, key_hash, permissions)
     select id, 'default', kind, device_id, 'bench', left(key, 12), decode(hash, 'hex'),
            case kind when 'program' then array['devices:read', 'telemetry:read', 'alerts:read'] else array['telemetry:write'] end
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as k (id, kind, device_id, key, hash)`,
    [
      made.map(({ id }) => id),
      made.map(({ kind }) => kind),
      made.map(({ deviceId }) => deviceId),
      made.map(({ key }) => key),
      made.map(({ key }) => createHash('sha256').update(key).digest('hex')),
    ],
  );
  return made;
}

/** So many alerts, half of them open; the open ones of a rule each, as there is one open alert for a rule and device. */
export async function createAlerts(database: BenchDatabase, count: number): Promise<void> {
  await database.db.system.query(
    `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit,
                         raised_at, known_at, last_value, last_at, resolved_by, resolved_at)
     select gen_random_uuid(), 'default', gen_random_uuid(), 1, 'High temperature', 'bench-' || lpad((i % 1000)::text, 4, '0'), 'temperature',
            (array['info', 'warning', 'critical'])[i % 3 + 1], case when i % 2 = 0 then 'active' else 'resolved' end,
            'Pump ' || i || ': 81.5 °C is over 80', '81.5', 80, '°C', at, at, '81.5', at,
            case when i % 2 = 1 then 'admin' end, case when i % 2 = 1 then at end
       from generate_series(1, $1::int) i, lateral (select now() - i * interval '1 minute' as at) times`,
    [count],
  );
}

/** A reading a second over so many days until now; answers when it begins, epoch milliseconds. */
export async function createHistory(database: BenchDatabase, days: number): Promise<number> {
  const endMs = Math.floor(systemClock.nowMs() / 60_000) * 60_000;
  const startMs = endMs - days * DAY_MS;
  const partitions = new Partitions({ connection: { connectionString: database.url }, clock: systemClock, logger: silentLogger });
  for (let day = 0; day <= days; day += 1) await partitions.ensureFor(startMs + day * DAY_MS);
  const { system } = database.db;
  await system.query(`insert into devices (device_id, tenant_id, name) values ($1, 'default', 'A reading a second')`, [HISTORY.deviceId]);
  const { rows } = await system.query<{ id: number }>(
    `insert into series (tenant_id, device_id, key, kind, unit) values ('default', $1, $2, 'number', '°C') returning series_id as id`,
    [HISTORY.deviceId, HISTORY.key],
  );
  for (let day = 0; day < days; day += 1) {
    await system.query(
      `insert into telemetry (time, value, series_id, quality)
       select to_timestamp($1::float8) + s * interval '1 second', 50 + 20 * sin(s / 3000.0) + (s * 7919 % 1000) / 1000.0, $2, 100
         from generate_series(0, 86399) s`,
      [(startMs + day * DAY_MS) / 1_000, rows[0]?.id],
    );
  }
  await system.query('analyze telemetry');
  return startMs;
}
