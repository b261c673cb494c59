import assert from 'node:assert/strict';
import pg from 'pg';
import { silentLogger } from '../../src/core/logger.ts';
import { Maintenance, purgeRejected } from '../../src/storage/maintenance.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const DAY_MS = 86_400_000;
const NOON = Date.parse('2025-10-27T12:00:00Z');

describe('partitions', () => {
  let database: TestDatabase;
  let nowMs = NOON;
  let partitions: Partitions;

  beforeEach(async () => {
    nowMs = NOON;
    database = await createTestDatabase();
    partitions = new Partitions({ connection: database.connection, clock: { nowMs: () => nowMs }, logger: silentLogger });
  });
  afterEach(() => database.drop());

  async function names(parent = 'telemetry'): Promise<unknown[]> {
    const rows = await queryOnce(
      database.connection,
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1`,
      [parent],
    );
    return rows.map(({ name }) => name);
  }

  function insert(time: string): Promise<unknown> {
    return database.db.system.query('insert into telemetry values ($1, 1, 1, 100)', [time]);
  }

  it('exist for today and seven days ahead, of numbers and of texts, from midnight to midnight UTC', async () => {
    await partitions.ensure(7);
    assert.equal((await names()).length, 8);
    assert.deepEqual([(await names()).at(0), (await names()).at(-1)], ['telemetry_20251027', 'telemetry_20251103']);
    assert.deepEqual((await names('telemetry_text')).at(0), 'telemetry_text_20251027');
    await insert('2025-10-27T00:00:00Z');
    await insert('2025-11-03T23:59:59.999999Z');
    await assert.rejects(insert('2025-10-26T23:59:59.999999Z'), /no partition/);
    await assert.rejects(insert('2025-11-04T00:00:00Z'), /no partition/);
  });

  it('are known without asking the database, also after a restart', async () => {
    assert.ok(!partitions.has(NOON));
    await partitions.ensure(1);
    assert.ok(
      partitions.has(NOON) && partitions.has(NOON + DAY_MS) && !partitions.has(NOON + 2 * DAY_MS) && !partitions.has(NOON - DAY_MS),
    );
    const again = new Partitions({ connection: database.connection, clock: { nowMs: () => nowMs }, logger: silentLogger });
    await again.ensure(0);
    assert.ok(again.has(NOON + DAY_MS));
  });

  it('are like their parent, so that a repeated point is recognised', async () => {
    await partitions.ensure(0);
    await insert('2025-10-27T01:00:00Z');
    const again = await database.db.system.query(`insert into telemetry values ('2025-10-27T01:00:00Z', 1, 1, 100) on conflict do nothing`);
    assert.equal(again.rowCount, 0);
    const checks = await queryOnce(
      database.connection,
      `select from pg_constraint where conrelid = 'telemetry_20251027'::regclass and contype = 'c'`,
    );
    assert.equal(checks.length, 0);
  });

  it('of past days are made when a late point comes; callers of one day share the work', async () => {
    const past = NOON - 300 * DAY_MS;
    await Promise.all([
      partitions.ensureFor(past),
      partitions.ensureFor(past + 1),
      partitions.ensureFor(past - DAY_MS),
      partitions.ensureFor(past),
    ]);
    assert.ok(partitions.has(past) && partitions.has(past - DAY_MS));
    assert.equal((await names()).length, 2);
    await partitions.ensureFor(past);
  });

  it('are made while somebody reads and writes telemetry in a long transaction', async () => {
    await partitions.ensure(0);
    const reader = new pg.Client(database.connection);
    await reader.connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from telemetry');
      await reader.query(`insert into telemetry values ('2025-10-27T02:00:00Z', 1, 1, 100)`);
      await partitions.ensureFor(NOON - DAY_MS);
      await insert('2025-10-26T12:00:00Z');
      await reader.query('commit');
    } finally {
      await reader.end();
    }
  });

  it('that cannot be made are told to the caller, and made at the next try', async () => {
    await queryOnce(database.connection, 'alter table telemetry rename to hidden');
    await assert.rejects(partitions.ensureFor(NOON), /does not exist/);
    await queryOnce(database.connection, 'alter table hidden rename to telemetry');
    await partitions.ensureFor(NOON);
    assert.ok(partitions.has(NOON));
  });

  it('older than the retention are dropped by whole days', async () => {
    for (const daysAgo of [0, 1, 29, 30, 31, 40]) await partitions.ensureFor(NOON - daysAgo * DAY_MS);
    const dropped = await partitions.dropOlderThan(30);
    assert.deepEqual(dropped.sort(), [
      ...['telemetry_1m_20250917', 'telemetry_1m_20250926'],
      ...['telemetry_20250917', 'telemetry_20250926', 'telemetry_text_20250917', 'telemetry_text_20250926'],
    ]);
    assert.deepEqual(await names(), ['telemetry_20250927', 'telemetry_20250928', 'telemetry_20251026', 'telemetry_20251027']);
    assert.ok(!partitions.has(NOON - 31 * DAY_MS) && partitions.has(NOON - 30 * DAY_MS));
    assert.deepEqual(await queryOnce(database.connection, `select relname from pg_class where relname ~ '^telemetry.*2025091'`), []);
  });

  it('that are being read are dropped later, and nobody who writes waits for that', async () => {
    await partitions.ensure(0);
    await partitions.ensureFor(NOON - 40 * DAY_MS);
    const reader = new pg.Client(database.connection);
    await reader.connect();
    try {
      await reader.query('begin isolation level repeatable read');
      await reader.query('select count(*) from telemetry');
      const dropping = partitions.dropOlderThan(30);
      await insert('2025-10-27T03:00:00Z');
      assert.ok(!(await dropping).includes('telemetry_20250917'));
      await reader.query('commit');
    } finally {
      await reader.end();
    }
    assert.ok((await partitions.dropOlderThan(30)).includes('telemetry_20250917'));
    assert.deepEqual(await names(), ['telemetry_20251027']);
  });

  it('a day that was left half detached comes back when its points do', async () => {
    await partitions.ensureFor(NOON);
    await queryOnce(database.connection, 'alter table telemetry detach partition telemetry_20251027');
    await partitions.ensure(0);
    await insert('2025-10-27T03:00:00Z');
  });

  it('the maintenance makes days ahead, drops old ones and purges rejected messages', async () => {
    await partitions.ensureFor(NOON - 40 * DAY_MS);
    const { db } = database;
    await reject(NOON - 8 * DAY_MS, 10);
    await reject(NOON, 10);
    const clock = { nowMs: () => nowMs };
    const maintenance = new Maintenance({ db, partitions, clock, logger: silentLogger, retentionDays: 30, notificationDays: 400 });
    await maintenance.start();
    assert.ok(partitions.has(NOON + 7 * DAY_MS));
    await maintenance.run();
    await maintenance.stop();
    await maintenance.stop();
    assert.ok(!partitions.has(NOON - 40 * DAY_MS));
    assert.equal((await db.system.query('select from rejected_messages')).rowCount, 1);
  });

  it('of rejected messages the newest stay when they are too many bytes', async () => {
    for (let index = 0; index < 20; index += 1) await reject(NOON + index, 10_000);
    assert.equal(await purgeRejected(database.db, NOON, 5 * 10_200), 15);
    const { rows } = await database.db.system.query<{ received_at: Date }>('select received_at from rejected_messages order by 1 limit 1');
    assert.equal(rows[0]?.received_at.getTime(), NOON + 15);
    assert.equal(await purgeRejected(database.db, NOON, 5 * 10_200), 0);
  });

  async function reject(atMs: number, bytes: number): Promise<void> {
    await database.db.system.query(
      `insert into rejected_messages (tenant_id, received_at, source, reason, message, raw, size_bytes) values ('default', $1, 'mqtt', 'malformed', 'x', $2, $3)`,
      [new Date(atMs), Buffer.alloc(bytes, 7), bytes],
    );
  }
});
