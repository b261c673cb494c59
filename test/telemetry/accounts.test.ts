import assert from 'node:assert/strict';
import pg from 'pg';
import { silentLogger } from '../../src/core/logger.ts';
import { EventBus } from '../../src/core/events.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { DevicePrincipal, GatewayPrincipal, Principal } from '../../src/core/principal.ts';
import { deleteJudgedBatches, lastBatches } from '../../src/storage/repositories/ingest-batches.ts';
import { RejectedMessageRepository } from '../../src/storage/repositories/rejected-messages.ts';
import { SeriesRepository } from '../../src/storage/repositories/series.ts';
import { TelemetryIngest } from '../../src/telemetry/ingest-service.ts';
import { PostgresLaneStorage } from '../../src/telemetry/lane-storage.ts';
import { LatestWriter } from '../../src/telemetry/latest-writer.ts';
import { RejectedLog } from '../../src/telemetry/rejected-log.ts';
import { SeriesRegistry } from '../../src/telemetry/series-registry.ts';
import type { IngestOutcome } from '../../src/telemetry/types.ts';
import { accountsOf } from '../support/accounts.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-06-01T12:30:00Z');
const GATEWAY: GatewayPrincipal = {
  kind: 'gateway',
  tenantId: 'default',
  permissions: new Set(),
  credentialId: 'c',
  name: 'g',
  autoRegister: true,
};
const PUMP: DevicePrincipal = { kind: 'device', tenantId: 'default', permissions: new Set(), deviceId: 'pump-01', credentialId: 'd' };

describe('the account of a device', () => {
  let database: TestDatabase;
  let registry: SeriesRegistry;
  let ingest: TelemetryIngest;
  let history: TelemetryIngest;
  let storages: PostgresLaneStorage[];
  let rejected: RejectedLog;
  let latest: LatestWriter;
  let accounts: ReturnType<typeof accountsOf>;
  const devices = new Map<string, { tenantId: string }>();
  const days = new Set<number>();
  const clock = { at: NOW_MS, nowMs: () => clock.at };
  const sql = (text: string, values?: unknown[]) => queryOnce(database.connection, text, values);

  async function ensureDay(day: number): Promise<void> {
    if (days.has(day)) return;
    const [from, to] = [day, day + 1].map((one) => new Date(one * DAY_MS).toISOString());
    for (const table of ['telemetry', 'telemetry_text', 'telemetry_1m']) {
      await sql(`create table ${table}_${String(day)} partition of ${table} for values from ('${from ?? ''}') to ('${to ?? ''}')`);
    }
    days.add(day);
  }

  async function createDevice(deviceId: string): Promise<void> {
    await sql(`insert into devices (device_id, tenant_id, name) values ($1, 'default', $1)`, [deviceId]);
    devices.set(deviceId, { tenantId: 'default' });
  }

  function newIngest(lanes: PostgresLaneStorage[]): TelemetryIngest {
    return new TelemetryIngest({
      laneStorages: lanes,
      registry,
      devices: { lookup: (id) => devices.get(id), registerFromGateway: (_tenant, id) => createDevice(id), seen: () => undefined },
      rejected,
      latest,
      events: new EventBus<PlatformEvents>(),
      clock,
      logger: silentLogger,
      days,
      epoch: 1,
      maxAgeMs: 366 * DAY_MS,
      maxFutureMs: 600_000,
      refusesAll: () => undefined,
      onStorageError: () => undefined,
      batchEmitted: () => undefined,
    });
  }

  beforeEach(async () => {
    database = await createTestDatabase();
    days.clear();
    devices.clear();
    clock.at = NOW_MS;
    const store = new SeriesRepository(database.db);
    registry = new SeriesRegistry(store);
    await registry.load();
    latest = new LatestWriter({ registry, store, logger: silentLogger });
    rejected = new RejectedLog({ store: new RejectedMessageRepository(database.db), clock, logger: silentLogger, purge: () => undefined });
    storages = (['live', 'live', 'history'] as const).map((purpose) => new PostgresLaneStorage(database.db, { ensureDay }, purpose));
    ingest = newIngest(storages.slice(0, 2));
    history = newIngest(storages.slice(2));
    accounts = accountsOf(database.db, clock);
    await createDevice('pump-01');
  });

  afterEach(async () => {
    await ingest.stop();
    await history.stop();
    await latest.stop();
    await Promise.all(storages.map((storage) => storage.close()));
    await database.drop();
  });

  function sendTo(
    service: TelemetryIngest,
    payload: unknown,
    { deviceId = 'pump-01', principal = GATEWAY }: { deviceId?: string; principal?: Principal } = {},
  ): Promise<IngestOutcome> {
    const raw = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    const source = {
      ...{ kind: 'mqtt' as const, principal, deviceId, key: undefined, topic: `insa/devices/${deviceId}/telemetry`, raw, index: 0 },
      ...{ receivedAtMs: clock.at, sender: principal.kind },
    };
    return new Promise((resolve) => service.ingest({ payload, source, trusted: undefined }, resolve));
  }
  const send = (payload: unknown, of?: { deviceId?: string; principal?: Principal }) => sendTo(ingest, payload, of);
  const at = (offset: number, data: object, sequence?: number) => ({ timestamp: NOW_MS + offset, data, metadata: { sequence } });

  /** The account of an hour, after everything is added up; zeros are left out. */
  async function account(deviceId = 'pump-01', hourMs = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS): Promise<Record<string, number>> {
    await accounts.accountant.catchUp();
    const rows = await sql('select * from telemetry_accounts where device_id = $1 and hour = $2', [deviceId, new Date(hourMs)]);
    const counts = Object.entries(rows[0] ?? {}).filter(([name]) => !['tenant_id', 'device_id', 'hour'].includes(name));
    return Object.fromEntries(counts.map(([name, value]) => [name, Number(value)] as const).filter(([, value]) => value !== 0));
  }

  const judgeAll = async () => deleteJudgedBatches(database.db.system, await lastBatches(database.db.system));
  const unbalanced = async () => (await accounts.reconciler.look()).unbalanced;

  it('counts new points, repeats, conflicts and refused points of one message, each once', async () => {
    await send(at(0, { t: 1, p: 5, state: 'ok' }));
    await send(at(0, { t: 1, p: 6, state: 'ok', 'bad key\u0001': 3 }));
    assert.deepEqual(await account(), { messages: 2, received: 7, stored: 3, duplicates: 2, rejected: 2, conflicts: 1 });
    assert.deepEqual(await unbalanced(), []);
  });

  it('counts a message of which nothing can be stored, and one that cannot be read as one point', async () => {
    await send({ timestamp: 'never', data: { t: 1 } });
    await send('no json');
    await send([{ t: 'a' }, { t: { x: 1 } }]);
    assert.deepEqual(await account(), { messages: 3, received: 4, stored: 1, rejected: 3 });
    assert.deepEqual(await unbalanced(), []);
  });

  it('counts by the hour of arrival, whatever time readings have', async () => {
    await send(at(-5 * DAY_MS, { t: 1 }));
    clock.at += HOUR_MS;
    await send([at(-5 * DAY_MS, { t: 1 }), at(0, { t: 2 })]);
    assert.deepEqual(await account(), { messages: 1, received: 1, stored: 1 });
    assert.deepEqual(await account('pump-01', Math.floor(clock.at / HOUR_MS) * HOUR_MS), {
      messages: 1,
      received: 2,
      stored: 1,
      duplicates: 1,
    });
    const counted = await sql(`select day::text, stored::int from account_days order by day`);
    assert.deepEqual(counted, [
      { day: '2026-05-27', stored: 1 },
      { day: '2026-06-01', stored: 1 },
    ]);
  });

  it('counts a point as judged when its batch is, and history as not to be judged', async () => {
    await Promise.all([send({ t: 1 }), send({ t: 2 }), send({ t: 3 }, { principal: PUMP })]);
    await sendTo(history, at(-DAY_MS, { t: 4, u: 5 }));
    assert.deepEqual(await account(), { messages: 4, received: 5, stored: 5, history: 2 });
    assert.deepEqual(await unbalanced(), []);
    await judgeAll();
    assert.deepEqual(await account(), { messages: 4, received: 5, stored: 5, history: 2, judged: 3 });
    assert.deepEqual(await unbalanced(), []);
    await send({ t: 6 });
    assert.deepEqual(await account(), { messages: 5, received: 6, stored: 6, history: 2, judged: 3 });
    assert.deepEqual(await sql('select lane from account_waiting'), [
      { lane: Number((await sql('select lane from ingest_batches'))[0]?.['lane']) },
    ]);
  });

  it('counts nothing for a device that did not send, and nothing for ids that no device has', async () => {
    await createDevice('pump-02');
    await send({ t: 1 }, { deviceId: 'pump-02', principal: PUMP });
    await send({ t: 1 }, { deviceId: 'bad id' });
    rejected.add(
      {
        tenantId: 'default',
        deviceId: 'x\u0000y',
        source: 'mqtt',
        topic: null,
        reason: 'not_settled',
        message: 'm',
        field: null,
        raw: Buffer.alloc(0),
      },
      () => undefined,
    );
    await rejected.drain();
    await accounts.accountant.catchUp();
    assert.deepEqual(await sql('select * from telemetry_accounts'), []);
    assert.deepEqual(await sql('select * from account_entries'), []);
  });

  it('counts what the database refuses as rejected, and its neighbours as stored', async () => {
    await send({ t: 1, state: 'a' });
    await sql(`alter table telemetry_text add constraint no_bad check (value <> 'bad')`);
    await Promise.all([send({ t: 2, state: 'fine' }), send({ t: 3, state: 'bad' }), send({ t: 4, state: 'well' })]);
    assert.deepEqual(await account(), { messages: 4, received: 8, stored: 6, rejected: 2 });
    assert.deepEqual(await unbalanced(), []);
  });

  it('counts a commit once that was told as failed and had succeeded, however late it is tried again', async () => {
    await send({ t: 0, u: 0, state: 'off' });
    for (const [i, [path, wait]] of (
      [
        ['ingest_fast', 'is waiting'],
        ['ingest_fast', 'added up'],
        ['commit', 'is waiting'],
        ['commit', 'added up'],
      ] as const
    ).entries()) {
      const connect = database.db.connect.bind(database.db);
      let lost = 0;
      // The connection breaks after the server has committed: what pg tells then is all that the lane can know.
      database.db.connect = async () => {
        const client = await connect();
        const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
        Object.assign(client, {
          query: async (...all: unknown[]) => {
            const result = await query(...all);
            if (lost > 0 || !JSON.stringify(all[0]).includes(path)) return result;
            lost += 1;
            if (wait === 'added up') await accounts.accountant.catchUp();
            throw new Error('Connection terminated unexpectedly');
          },
        });
        return client;
      };
      await Promise.all(storages.map((storage) => storage.close()));
      // A text goes the exact way.
      const more = path === 'commit' ? { state: 'on' } : { u: 1 };
      const outcome = await send([at(1_000 * (i + 1), { t: 5 }), at(1_000 * (i + 1), more)]);
      assert.equal(lost, 1, `${path}, ${wait}`);
      assert.equal(outcome.kind === 'stored' && outcome.stored, 2);
      database.db.connect = connect;
    }
    assert.deepEqual(await account(), { messages: 5, received: 11, stored: 11 });
    assert.deepEqual(await unbalanced(), []);
  });

  it('follows the numbers of messages over repeats, changes of order, restarts of the platform and refused messages', async () => {
    await send([at(0, { t: 1 }, 10), at(1, { t: 2 }, 11)]);
    await send(at(2, { t: 3 }, 14));
    assert.deepEqual(await account(), {
      ...{ messages: 2, received: 3, stored: 3, numbered: 3, missing: 2, first_number: 10, last_number: 14 },
    });
    accounts = accountsOf(database.db, clock);
    await send(at(2, { t: 3 }, 14));
    await send({ timestamp: 'never', data: { t: 1 }, metadata: { sequence: 12 } });
    await send(at(3, { t: 1 }, 13));
    await send({ data: { t: 1 }, metadata: { sequence: 'fifteen' } });
    const now = await account();
    assert.deepEqual([now['numbered'], now['missing'] ?? 0, now['unreadable'], now['restarts'] ?? 0], [5, 0, 1, 0]);
    await send({ t: 1, metadata: { seq: 1 } });
    assert.equal((await account())['restarts'], 1);
    assert.equal((await account())['missing'] ?? 0, 0);
  });

  it('puts right the hour in which a gap was noticed, and tells what is missing of this hour and the one before, after a restart too', async () => {
    const missing = async () => (await accounts.reconciler.look()).recentlyMissing;
    await send(at(0, { t: 1 }, 1));
    await send(at(1, { t: 1 }, 4));
    assert.deepEqual([(await account())['missing'], await missing()], [2, 2]);
    accounts = accountsOf(database.db, clock);
    assert.equal(await missing(), 2);
    clock.at += HOUR_MS;
    await send(at(2, { t: 1 }, 3));
    assert.deepEqual([(await account())['missing'], await missing()], [1, 1]);
    assert.equal((await account('pump-01', NOW_MS - 30 * 60_000 + HOUR_MS))['numbered'], 1);
    clock.at += HOUR_MS;
    // What comes of an older gap does not hide a new one.
    await send([at(3, { t: 1 }, 2), at(4, { t: 1 }, 6)]);
    assert.deepEqual([(await account())['missing'] ?? 0, await missing()], [0, 1]);
  });

  it('goes with its device, and what still waits is not given to a new one of that name', async () => {
    await send(at(0, { t: 1 }, 1));
    await account();
    await send(at(1, { t: 2 }, 2));
    await sql(`delete from devices where device_id = 'pump-01'`);
    registry.forget('pump-01');
    await createDevice('pump-01');
    await send(at(2, { t: 2, u: 1 }, 7));
    await judgeAll();
    await accounts.accountant.catchUp();
    assert.deepEqual(await account(), { messages: 1, received: 2, stored: 2, judged: 2, numbered: 1, first_number: 7, last_number: 7 });
    assert.deepEqual(await unbalanced(), []);
  });

  it('shows an account that does not add up, points that nobody will judge, and readings that are gone or were never counted', async () => {
    await createDevice('pump-02');
    await createDevice('pump-03');
    await createDevice('pump-04');
    for (const deviceId of ['pump-01', 'pump-02', 'pump-03', 'pump-04']) await send({ t: 1, state: 'on' }, { deviceId });
    const lines: object[] = [];
    const logger = { ...silentLogger, error: (fields: object) => void lines.push(fields) };
    accounts = accountsOf(database.db, clock, undefined, logger);
    await accounts.accountant.catchUp();
    assert.deepEqual(await unbalanced(), []);
    await sql(`update telemetry_accounts set received = received + 1 where device_id = 'pump-01'`);
    await sql(`update account_waiting set body = replace(body, 'pump-02', 'pump-x')`);
    await sql(`delete from telemetry_text where series_id in (select series_id from series where device_id = 'pump-03')`);
    await sql(
      `insert into telemetry select time + interval '1 second', 9, series_id, 100 from telemetry join series using (series_id) where device_id = 'pump-04'`,
    );
    assert.deepEqual(await unbalanced(), ['pump-01', 'pump-02', 'pump-03', 'pump-04']);
    assert.deepEqual(await sql(`select device_id, difference::int from account_days where difference <> 0 order by 1`), [
      { device_id: 'pump-03', difference: -1 },
      { device_id: 'pump-04', difference: 1 },
    ]);
    const [part, hour, day] = ['accounts', '2026-06-01T12:00:00.000Z', '2026-06-01'];
    assert.deepEqual(lines, [
      { part, deviceId: 'pump-01', check: 'received', at: hour, points: 1 },
      { part, deviceId: 'pump-02', check: 'waiting', at: hour, points: 2 },
      { part, deviceId: 'pump-03', check: 'readings', at: day, points: -1 },
      { part, deviceId: 'pump-04', check: 'readings', at: day, points: 1 },
    ]);
    await unbalanced();
    assert.equal(lines.length, 4, 'what was told is not told again at the next look');
    await sql(`update telemetry_accounts set received = received - 1 where device_id = 'pump-01'`);
    assert.deepEqual(await unbalanced(), ['pump-02', 'pump-03', 'pump-04']);
    await sql(`update telemetry_accounts set received = received + 3 where device_id = 'pump-01'`);
    await unbalanced();
    assert.deepEqual(lines.slice(4), [{ part, deviceId: 'pump-01', check: 'received', at: hour, points: 3 }]);
  });

  it('compares days exactly while commits are not added up yet, and tells how long points wait', async () => {
    await send([at(0, { t: 1 }), at(1, { t: 2, state: 'x' })]);
    await accounts.accountant.catchUp();
    await send([at(2, { t: 3 }), at(3, { t: 4, state: 'y' })]);
    clock.at += 5 * 60_000;
    const found = { unbalanced: [], judgingLagMs: 300_000, pendingCommits: 1, recentlyMissing: 0 };
    assert.deepEqual(await accounts.reconciler.look(), found);
  });

  it('forgets days whose readings the retention drops', async () => {
    accounts = accountsOf(database.db, clock, 3);
    await send([at(-5 * DAY_MS, { t: 1 }), at(0, { t: 2 })]);
    await accounts.accountant.catchUp();
    await sql(`delete from telemetry where time < now() - interval '100 years' or value = 1`);
    assert.deepEqual(await unbalanced(), []);
    assert.deepEqual(await sql('select day::text from account_days'), [{ day: '2026-06-01' }]);
  });

  it('adds up from many lanes and devices exactly what is in the tables', async () => {
    for (let i = 0; i < 8; i++) await createDevice(`m-${String(i)}`);
    const sends: Promise<IngestOutcome>[] = [];
    for (let i = 0; i < 400; i++) {
      const deviceId = `m-${String(i % 8)}`;
      const data = { t: i % 5, ...(i % 7 === 0 ? { state: 'on' } : {}) };
      const principal: Principal = i % 3 === 0 ? GATEWAY : { ...PUMP, deviceId };
      // One of them through all lanes, the other with its numbers always the same way.
      sends.push(sendTo(i % 11 === 0 ? history : ingest, { timestamp: NOW_MS + Math.floor(i / 16), data }, { deviceId, principal }));
      sends.push(send(at(Math.floor(i / 16), data, Math.floor(i / 8)), { deviceId, principal: { ...PUMP, deviceId } }));
      if (i % 40 === 0) await accounts.accountant.catchUp();
    }
    const outcomes = await Promise.all(sends);
    await accounts.accountant.catchUp();
    assert.ok(outcomes.every(({ kind }) => kind !== 'unavailable'));
    const [sums] =
      await sql(`select sum(messages)::int as messages, sum(stored)::int as stored, sum(received - stored - duplicates - rejected)::int as unaccounted,
      sum(missing)::int as missing, sum(numbered)::int as numbered, sum(conflicts)::int as conflicts from telemetry_accounts`);
    const [rows] = await sql('select ((select count(*) from telemetry) + (select count(*) from telemetry_text))::int as n');
    assert.deepEqual(
      [sums?.['messages'], sums?.['stored'], sums?.['unaccounted'], sums?.['missing'], sums?.['numbered']],
      [800, rows?.['n'], 0, 0, 400],
    );
    assert.ok(Number(sums?.['conflicts']) > 0);
    assert.deepEqual(await unbalanced(), []);
  });

  it('says what it is to the role of the platform alone: requests may read and nothing else', async () => {
    await send({ t: 1 });
    await accounts.accountant.catchUp();
    const read = await database.db.asTenant(
      'default',
      async (tx) => (await tx.query('select device_id from telemetry_accounts')).rows as object[],
    );
    assert.equal(read.length, 1);
    await assert.rejects(
      database.db.asTenant('default', (tx) => tx.query('delete from telemetry_accounts')),
      (error) => error instanceof pg.DatabaseError && error.code === '42501',
    );
  });
});
