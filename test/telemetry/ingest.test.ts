import assert from 'node:assert/strict';
import { EventBus } from '../../src/core/events.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import type { GatewayPrincipal, Principal } from '../../src/core/principal.ts';
import type { SourceMessage } from '../../src/sources/types.ts';
import { RejectedMessageRepository } from '../../src/storage/repositories/rejected-messages.ts';
import { SeriesRepository } from '../../src/storage/repositories/series.ts';
import { decodeBatch } from '../../src/telemetry/batch-codec.ts';
import { TelemetryIngest } from '../../src/telemetry/ingest-service.ts';
import { PostgresLaneStorage } from '../../src/telemetry/lane-storage.ts';
import { LatestWriter } from '../../src/telemetry/latest-writer.ts';
import { RejectedLog } from '../../src/telemetry/rejected-log.ts';
import { SeriesRegistry } from '../../src/telemetry/series-registry.ts';
import type { IngestOutcome } from '../../src/telemetry/types.ts';
import { until } from '../nodes/support/until.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const GATEWAY: GatewayPrincipal = {
  kind: 'gateway',
  tenantId: 'default',
  permissions: new Set(),
  credentialId: 'c',
  name: 'g',
  autoRegister: true,
};

describe('telemetry ingest', () => {
  let database: TestDatabase;
  let registry: SeriesRegistry;
  let ingest: TelemetryIngest;
  let latest: LatestWriter;
  let devices: Map<string, { tenantId: string }>;
  let storages: PostgresLaneStorage[];
  let emitted: StoredTelemetry[];
  let storageErrors = 0;
  const days = new Set<number>();
  const clock = { at: NOW_MS, nowMs: () => clock.at };

  async function ensureDay(day: number): Promise<void> {
    if (days.has(day)) return;
    const from = new Date(day * DAY_MS).toISOString();
    const to = new Date((day + 1) * DAY_MS).toISOString();
    for (const table of ['telemetry', 'telemetry_text']) {
      await queryOnce(
        database.connection,
        `create table ${table}_${String(day)} partition of ${table} for values from ('${from}') to ('${to}')`,
      );
    }
    days.add(day);
  }

  async function createDevice(deviceId: string): Promise<void> {
    await queryOnce(database.connection, `insert into devices (device_id, tenant_id, name) values ($1, 'default', $1)`, [deviceId]);
    devices.set(deviceId, { tenantId: 'default' });
  }

  beforeEach(async () => {
    database = await createTestDatabase();
    days.clear();
    devices = new Map();
    emitted = [];
    storageErrors = 0;
    clock.at = NOW_MS;
    const store = new SeriesRepository(database.db);
    registry = new SeriesRegistry(store);
    latest = new LatestWriter({ registry, store, logger: silentLogger });
    storages = [0, 1].map(() => new PostgresLaneStorage(database.db, { ensureDay }));
    const events = new EventBus<PlatformEvents>();
    events.on('telemetry.stored', (telemetry) => emitted.push(telemetry));
    await registry.load();
    ingest = new TelemetryIngest({
      laneStorages: storages,
      registry,
      devices: { lookup: (id) => devices.get(id), registerFromGateway: (_tenant, id) => createDevice(id), seen: () => undefined },
      rejected: new RejectedLog({ store: new RejectedMessageRepository(database.db), clock, logger: silentLogger, purge: () => undefined }),
      latest,
      events,
      clock,
      logger: silentLogger,
      days,
      epoch: 1,
      maxAgeMs: 366 * DAY_MS,
      maxFutureMs: 600_000,
      refusesAll: () => undefined,
      onStorageError: () => void (storageErrors += 1),
      batchEmitted: () => undefined,
    });
    await createDevice('pump-01');
  });

  afterEach(async () => {
    await ingest.stop();
    await latest.stop();
    await Promise.all(storages.map((storage) => storage.close()));
    await database.drop();
  });

  function source(payload: unknown, deviceId = 'pump-01'): SourceMessage {
    const raw = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    return {
      kind: 'mqtt',
      principal: GATEWAY,
      deviceId,
      key: undefined,
      topic: `insa/devices/${deviceId}/telemetry`,
      raw,
      index: 0,
      receivedAtMs: clock.at,
      sender: 'gateway',
    };
  }

  function send(payload: unknown, deviceId = 'pump-01'): Promise<IngestOutcome> {
    return new Promise((resolve) => ingest.ingest({ payload, source: source(payload, deviceId), trusted: undefined }, resolve));
  }

  const rowsOf = (sql: string) => queryOnce(database.connection, sql);
  const stored = () =>
    rowsOf(`select s.key, coalesce(t.value::text, x.value) as value, to_char(coalesce(t.time, x.time) at time zone 'utc', 'HH24:MI:SS.US') as at
      from series s left join telemetry t using (series_id) left join telemetry_text x using (series_id) order by s.key, 3`);

  it('answers for a device of another tenant as for one that does not exist, whoever asks', async () => {
    devices.set('pump-99', { tenantId: 'other' });
    const strict: GatewayPrincipal = { ...GATEWAY, autoRegister: false };
    const user: Principal = { kind: 'user', tenantId: 'default', permissions: new Set(), userId: 'u', username: 'ana', role: 'admin' };
    const own: Principal = { kind: 'device', tenantId: 'default', permissions: new Set(), deviceId: 'pump-01', credentialId: 'c' };
    const answersTo = async (principal: Principal, deviceId: string) => {
      const given = { ...source({ t: 1 }, deviceId), principal };
      const outcome = await new Promise<IngestOutcome>((resolve) =>
        ingest.ingest({ payload: { t: 1 }, source: given, trusted: undefined }, resolve),
      );
      return JSON.stringify(outcome).replaceAll(deviceId, '<id>');
    };
    for (const principal of [strict, user, own]) assert.equal(await answersTo(principal, 'pump-99'), await answersTo(principal, 'pump-98'));
    const flow = (device_id: string) =>
      new Promise<IngestOutcome>((resolve) =>
        ingest.ingest(
          { payload: { t: 1 }, source: undefined, trusted: { deviceId: device_id, key: undefined, tenantId: 'default', topic: null } },
          resolve,
        ),
      );
    assert.match(JSON.stringify(await flow('pump-99')), /unknown_device/);
    assert.match(await answersTo(GATEWAY, 'pump-99'), /unknown_device/);
    assert.deepEqual(devices.get('pump-99'), { tenantId: 'other' });
  });

  it('stores numbers, booleans and texts, and hands on what it stored', async () => {
    const outcome = await send({ t: 1.5, on: true, state: 'ok' });
    assert.equal(outcome.kind === 'stored' && outcome.stored, 3);
    assert.deepEqual(await stored(), [
      { key: 'on', value: '1', at: '12:00:00.000000' },
      { key: 'state', value: 'ok', at: '12:00:00.000000' },
      { key: 't', value: '1.5', at: '12:00:00.000000' },
    ]);
    assert.deepEqual(
      emitted[0]?.points.map(({ key, value }) => [key, value]),
      [
        ['t', 1.5],
        ['on', true],
        ['state', 'ok'],
      ],
    );
  });

  it('makes arrival times unique, so that a thousand readings of one millisecond stay a thousand', async () => {
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, i) => send({ t: i })));
    assert.ok(outcomes.every((outcome) => outcome.kind === 'stored' && outcome.stored === 1));
    const [count] = await rowsOf(
      'select count(*)::int as n, count(distinct time)::int as times, max(time) - min(time) as span from telemetry',
    );
    assert.equal(count?.n, 1_000);
    assert.equal(count?.times, 1_000);
    const values = await rowsOf('select value from telemetry order by time');
    assert.deepEqual(
      values.map(({ value }) => value),
      Array.from({ length: 1_000 }, (_, i) => i),
    );
  });

  it('recognises a repeat by its time, and hands nothing on for it', async () => {
    const message = { timestamp: NOW_MS - 1_000, data: { t: 1, state: 'ok' } };
    await send(message);
    const outcome = await send(message);
    assert.deepEqual(outcome, { kind: 'stored', telemetry: undefined, stored: 0, duplicates: 2, rejected: [] });
    assert.equal(emitted.length, 1);
  });

  it('hands on the new points of a batch when another lane stored one of them between', async () => {
    await send({ timestamp: NOW_MS - 5_000, data: { t: 1, p: 1 } });
    // What another lane would have committed while this batch was on its way: the registry of series does not know of it.
    await rowsOf(`insert into telemetry (time, value, series_id, quality)
      select to_timestamp(${String(NOW_MS / 1_000)}), 2, series_id, 100 from series where key = 't'`);
    const outcome = await send({ timestamp: NOW_MS, data: { t: 2, p: 3 } });
    assert.deepEqual(outcome.kind === 'stored' && [outcome.stored, outcome.duplicates], [1, 1]);
    assert.deepEqual(
      emitted.at(-1)?.points.map(({ key, value }) => [key, value]),
      [['p', 3]],
    );
    assert.equal((await stored()).length, 4);
  });

  it('counts repeats exactly when they share a commit with new points', async () => {
    const at = (offset: number, value: number) => ({ timestamp: NOW_MS + offset, data: { t: value } });
    const outcomes = await Promise.all([send([at(0, 1), at(0, 1), at(1, 2)]), send([at(1, 2), at(2, 3)]), send(at(1, 9))]);
    const counts = outcomes.map((o) => (o.kind === 'stored' ? [o.stored, o.duplicates, o.rejected.length] : o.kind));
    assert.deepEqual(counts, [[2, 1, 0], [1, 1, 0], 'rejected']);
    assert.equal(outcomes[2]?.kind === 'rejected' && outcomes[2].reason, 'conflict');
    assert.deepEqual(
      (await stored()).map(({ value }) => value),
      ['1', '2', '3'],
    );
  });

  it('keeps the first of two different values at one time, and the other as a rejected message', async () => {
    await send({ timestamp: NOW_MS, data: { t: 1, p: 5 } });
    const outcome = await send({ timestamp: NOW_MS, data: { t: 2, p: 5 } });
    assert.equal(outcome.kind === 'stored' && outcome.duplicates, 1);
    assert.equal(outcome.kind === 'stored' && outcome.rejected[0]?.reason, 'conflict');
    const [kept] = await rowsOf(`select reason, field, convert_from(raw, 'UTF8') as raw from rejected_messages`);
    assert.deepEqual([kept?.reason, kept?.field], ['conflict', 't']);
    assert.deepEqual(
      (await stored()).map(({ value }) => value),
      ['5', '1'],
    );
  });

  it('stores a reading without a time even when another has its arrival time', async () => {
    await send({ timestamp: NOW_MS, data: { t: 1 } });
    const outcome = await send({ t: 1 });
    assert.equal(outcome.kind === 'stored' && outcome.stored, 1);
    assert.deepEqual(
      (await stored()).map(({ at }) => at),
      ['12:00:00.000000', '12:00:00.000001'],
    );
  });

  it('rejects another kind and another unit, and takes spellings of one unit for one', async () => {
    await send({ data: { t: { value: 1, unit: 'C' } } });
    clock.at += 1;
    const outcomes = [
      await send({ t: 'hot' }),
      await send({ data: { t: { value: 300, unit: 'K' } } }),
      await send({ data: { t: { value: 2, unit: '°C' } } }),
    ];
    assert.deepEqual(
      outcomes.map((o) => (o.kind === 'rejected' ? o.reason : o.kind)),
      ['kind_mismatch', 'unit_mismatch', 'stored'],
    );
    assert.deepEqual(await rowsOf('select unit from series'), [{ unit: '°C' }]);
  });

  it('gives a series the first unit that comes', async () => {
    await send({ t: 1 });
    await send({ data: { t: { value: 2, unit: 'bar' } } });
    assert.deepEqual(await rowsOf('select unit from series'), [{ unit: 'bar' }]);
  });

  it('stores old readings into days that had no partition yet', async () => {
    const outcome = await send([{ timestamp: NOW_MS - 300 * DAY_MS, data: { t: 1 } }, { t: 2 }]);
    assert.equal(outcome.kind === 'stored' && outcome.stored, 2);
    assert.equal(days.size, 2);
  });

  it('registers a device that a gateway speaks for, and refuses bad ids', async () => {
    assert.equal((await send({ t: 1 }, 'new-device')).kind, 'stored');
    const outcomes = [await send({ t: 1 }, 'bad id'), await send({ t: 1 }, 'latest')];
    assert.deepEqual(
      outcomes.map((o) => o.kind === 'rejected' && o.reason),
      ['invalid_device_id', 'invalid_device_id'],
    );
  });

  it('keeps the order of a sender while a series is created', async () => {
    const order: number[] = [];
    await Promise.all(Array.from({ length: 50 }, (_, i) => send(i === 20 ? { t: i, fresh: 1 } : { t: i }).then(() => order.push(i))));
    assert.deepEqual(
      order,
      Array.from({ length: 50 }, (_, i) => i),
    );
    const values = await rowsOf(`select value from telemetry join series using (series_id) where key = 't' order by time`);
    assert.deepEqual(
      values.map(({ value }) => value),
      order,
    );
  });

  it('limits a device to 1,000 series', async () => {
    const outcome = await send(
      Array.from({ length: 2 }, (_, m) => Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${String(m)}-${String(i)}`, i]))),
    );
    assert.equal(outcome.kind === 'stored' && outcome.stored, 1_000);
    assert.equal(outcome.kind === 'stored' && outcome.rejected[0]?.reason, 'too_many_series');
  });

  it('finds the message that the database refuses and stores its neighbours', async () => {
    await send({ t: 0, other: 0 });
    const [series] = await rowsOf(`select series_id from series where key = 'other'`);
    await queryOnce(
      database.connection,
      `alter table telemetry add constraint poison check (series_id <> ${String(series?.series_id)} or value < 10)`,
    );
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i === 7 ? { other: 10 } : { t: i + 1 })));
    assert.deepEqual(
      outcomes.map((o) => (o.kind === 'rejected' ? o.reason : o.kind)),
      Array.from({ length: 20 }, (_, i) => (i === 7 ? 'database_refused' : 'stored')),
    );
    const [count] = await rowsOf('select count(*)::int as n from telemetry');
    assert.equal(count?.n, 2 + 19);
  });

  it('waits where the database refuses everything for a while, and rejects nothing then', async () => {
    await send({ t: 0 });
    await queryOnce(database.connection, 'revoke insert on telemetry from insa_ingest');
    const outcome = send({ t: 1 });
    await until(() => storageErrors > 0, 'a refusal');
    await queryOnce(database.connection, 'grant insert on telemetry to insa_ingest');
    assert.equal((await outcome).kind, 'stored');
    assert.deepEqual(await rowsOf('select reason from rejected_messages'), []);
  });

  it('keeps back what it stores while it is held, and its order', async () => {
    await send({ t: 0 });
    ingest.hold();
    const first = send({ t: 1 });
    await until(async () => (await rowsOf('select 1 from telemetry')).length === 2, 'the commit');
    const second = send({ t: 2 });
    assert.equal(emitted.length, 1);
    ingest.release();
    assert.deepEqual([(await first).kind, (await second).kind], ['stored', 'stored']);
    assert.deepEqual(
      emitted.map(({ points }) => points[0]?.value),
      [0, 1, 2],
    );
  });

  it('writes each commit down in arrival order for those who judge it', async () => {
    await send({ timestamp: NOW_MS, data: { t: 1.25, on: false, state: 'läuft' } });
    const [row] = await rowsOf('select lane, batch::float8 as batch, points from ingest_batches');
    const lookup = { byId: (id: number) => registry.byId(id), tenantOf: () => 'default' };
    const [message] = decodeBatch(Number(row?.lane), row?.points as Buffer, lookup);
    assert.deepEqual(message, { ...emitted[0], replay: true });
    assert.equal(message?.batch, row?.batch);
  });

  it('gives messages back while their database is away and goes on when it returns', async () => {
    await send({ t: 1 });
    const repeat = send({ timestamp: NOW_MS + 1, data: { t: 2 } });
    await queryOnce(
      database.connection,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    assert.equal((await repeat).kind, 'stored', 'a lost connection is opened again and the batch written once more');
    assert.equal(emitted.length, 2, 'what was written again is still judged');
    const [count] = await rowsOf('select count(*)::int as n from telemetry');
    assert.equal(count?.n, 2);
  });

  it('knows the newest value of every kind after a restart', async () => {
    await send({ level: 2.5, running: true, stopped: false, mode: 'auto', empty: '' });
    const fresh = new SeriesRegistry(new SeriesRepository(database.db));
    await fresh.load();
    const values = ['level', 'running', 'stopped', 'mode', 'empty'].map((key) => fresh.ofDevice('pump-01')?.get(key)?.latestValue);
    assert.deepEqual(values, [2.5, true, false, 'auto', '']);
  });

  it('knows the newest points after a restart, even when telemetry_latest is behind', async () => {
    await send({ timestamp: NOW_MS, data: { t: 1, state: 'a' } });
    await latest.stop();
    await send({ timestamp: NOW_MS + 5, data: { t: 2, state: 'b' } });
    const reloaded = new SeriesRegistry(new SeriesRepository(database.db));
    await reloaded.load();
    const series = reloaded.ofDevice('pump-01');
    assert.equal(series?.get('t')?.newestUs, (NOW_MS + 5) * 1_000);
    assert.equal(series?.get('t')?.latestValue, 2);
    assert.equal(series?.get('state')?.newestUs, (NOW_MS + 5) * 1_000);
    assert.equal(series?.get('state')?.latestValue, 'b');
  });
});
