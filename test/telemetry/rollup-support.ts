import assert from 'node:assert/strict';
import { EventBus } from '../../src/core/events.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { GatewayPrincipal } from '../../src/core/principal.ts';
import { RejectedMessageRepository } from '../../src/storage/repositories/rejected-messages.ts';
import { RollupRepository } from '../../src/storage/repositories/rollup.ts';
import { SeriesRepository } from '../../src/storage/repositories/series.ts';
import { ClosedMinutes } from '../../src/telemetry/closed-minutes.ts';
import { TelemetryIngest } from '../../src/telemetry/ingest-service.ts';
import { PostgresLaneStorage } from '../../src/telemetry/lane-storage.ts';
import type { LanePurpose } from '../../src/telemetry/lane-storage.ts';
import { LatestWriter } from '../../src/telemetry/latest-writer.ts';
import { RejectedLog } from '../../src/telemetry/rejected-log.ts';
import { Rollup } from '../../src/telemetry/rollup.ts';
import { SeriesRegistry } from '../../src/telemetry/series-registry.ts';
import type { IngestOutcome } from '../../src/telemetry/types.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

export const DAY_MS = 86_400_000;
export const NOW_MS = Date.parse('2026-06-03T12:00:10Z');
const GATEWAY: GatewayPrincipal = {
  kind: 'gateway',
  tenantId: 'default',
  permissions: new Set(),
  credentialId: 'c',
  name: 'g',
  autoRegister: false,
};

/** One reading to be stored: where, when (epoch milliseconds) and what. */
export interface Sent {
  device?: string;
  key?: string;
  atMs: number;
  value: number | boolean | string;
  /** Past telemetry, that nobody judges. */
  history?: boolean;
}

/** Ingest and the roll-up on a real database; `restart` ends both and begins anew, as the program does. */
export class RollupFixture {
  readonly database: TestDatabase;
  readonly clock = { at: NOW_MS, nowMs: (): number => this.clock.at };
  rollup: Rollup;
  private readonly days = new Set<number>();
  private readonly making = new Map<number, Promise<void>>();
  private lanes: { ingest: TelemetryIngest; storages: PostgresLaneStorage[]; purpose: LanePurpose }[] = [];
  private runs = 0;

  private constructor(database: TestDatabase) {
    this.database = database;
    this.rollup = this.newRollup(new ClosedMinutes());
  }

  static async start(): Promise<RollupFixture> {
    const fixture = new RollupFixture(await createTestDatabase());
    for (const id of ['pump-01', 'pump-02']) {
      await fixture.sql(`insert into devices (device_id, tenant_id, name) values ($1, 'default', $1)`, [id]);
    }
    await fixture.open();
    return fixture;
  }

  sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(this.database.connection, text, values);
  }

  async store(sent: Sent): Promise<IngestOutcome> {
    const { device: deviceId = 'pump-01', key = 't', atMs, value, history = false } = sent;
    const lane = this.lanes.find(({ purpose }) => (purpose === 'history') === history);
    const raw = Buffer.from(JSON.stringify({ timestamp: atMs, data: { [key]: value } }));
    const source = { principal: GATEWAY, deviceId, key: undefined, topic: '', raw, index: 0, receivedAtMs: atMs, sender: deviceId };
    return new Promise((resolve) =>
      lane?.ingest.ingest({ payload: raw, source: { ...source, kind: 'mqtt' as const }, trusted: undefined }, resolve),
    );
  }

  /** As after a kill: nothing is told to end well but what would keep the test from ending. */
  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  /** Both ways to compute figures, in one statement and therefore of the same readings; fails when they differ. */
  async assertSame(bucketSeconds: number, from: number, until: number, zone: string | null = null): Promise<void> {
    const rows = await this.database.db.asTenant('default', async (tx) => {
      const of = (rolledUp: boolean) =>
        `aggregates_of_series((select array_agg(series_id) from series), to_timestamp($1::float8), to_timestamp($2::float8), $3::float8 * interval '1 second', $4, ${String(rolledUp)}, true)`;
      const { rows: both } = await tx.query(
        `select r.series_id as rolled_series, r.start, r.n, r.sum, r.min, r.max, r.stddev,
                w.series_id as raw_series, w.n as raw_n, w.sum as raw_sum, w.min as raw_min, w.max as raw_max, w.stddev as raw_stddev
           from ${of(true)} r full join ${of(false)} w on w.series_id = r.series_id and w.start = r.start`,
        [from / 1_000, until / 1_000, bucketSeconds, zone],
      );
      return both as Record<string, number | string | null>[];
    });
    for (const row of rows) {
      const shown = JSON.stringify(row);
      for (const exact of ['n', 'min', 'max']) assert.equal(row[exact], row[`raw_${exact}`], shown);
      const largest = Math.max(Math.abs(Number(row['min'])), Math.abs(Number(row['max'])));
      assertNear(row['sum'] ?? null, row['raw_sum'] ?? null, Number(row['n']) * largest, shown);
      assertNear(row['stddev'] ?? null, row['raw_stddev'] ?? null, Number(row['n']) * largest, shown);
    }
  }

  async end(): Promise<void> {
    await this.close();
    await this.database.drop();
  }

  async ensureDay(day: number): Promise<void> {
    if (this.days.has(day)) return;
    const making = this.making.get(day) ?? this.makeDay(day);
    this.making.set(day, making);
    await making;
    this.days.add(day);
  }

  private async makeDay(day: number): Promise<void> {
    const [from, to] = [day, day + 1].map((one) => new Date(one * DAY_MS).toISOString());
    for (const table of ['telemetry', 'telemetry_text', 'telemetry_1m']) {
      await this.sql(`create table ${table}_${String(day)} partition of ${table} for values from ('${from ?? ''}') to ('${to ?? ''}')`);
    }
  }

  private newRollup(closed: ClosedMinutes): Rollup {
    const days = { ensureDay: (day: number) => this.ensureDay(day) };
    return new Rollup({ store: new RollupRepository(this.database.db), closed, days, clock: this.clock, logger: silentLogger });
  }

  private async open(): Promise<void> {
    const closed = new ClosedMinutes();
    const { db } = this.database;
    this.rollup = this.newRollup(closed);
    await this.rollup.start();
    const store = new SeriesRepository(db);
    const registry = new SeriesRegistry(store);
    await registry.load();
    const days = { ensureDay: (day: number) => this.ensureDay(day) };
    this.runs += 1;
    this.lanes = (['live', 'history'] as const).map((purpose) => {
      const storages = purpose === 'live' ? [0, 1] : [0];
      const laneStorages = storages.map(() => new PostgresLaneStorage(db, days, purpose, closed));
      const ingest = new TelemetryIngest({
        laneStorages,
        registry,
        devices: { lookup: () => ({ tenantId: 'default' }), registerFromGateway: () => Promise.resolve(), seen: () => undefined },
        rejected: new RejectedLog({
          store: new RejectedMessageRepository(db),
          clock: this.clock,
          logger: silentLogger,
          purge: () => undefined,
        }),
        latest: new LatestWriter({ registry, store, logger: silentLogger }),
        events: new EventBus<PlatformEvents>(),
        clock: this.clock,
        logger: silentLogger,
        days: this.days,
        epoch: this.runs,
        maxAgeMs: 366 * DAY_MS,
        maxFutureMs: 600_000,
        refusesAll: () => undefined,
        onStorageError: () => undefined,
        batchEmitted: () => undefined,
      });
      return { ingest, storages: laneStorages, purpose };
    });
  }

  private async close(): Promise<void> {
    await this.rollup.stop();
    for (const { ingest, storages } of this.lanes) {
      await ingest.stop();
      await Promise.all(storages.map((storage) => storage.close()));
    }
  }
}

/** What adding up in another order may change, in parts of the summands: they cancel, so the result itself is no measure. */
const ROUNDING = 1e-12;
/** Below this a square has fewer digits than a number, or is zero: deviations of readings so small are noise. */
const SMALLEST_SQUARED = 1e-150;

/** Equal but for the order of additions; `scale`: how large the summands are together. */
function assertNear(actual: number | string | null, expected: number | string | null, scale: number, shown: string): void {
  if (typeof actual !== 'number' || typeof expected !== 'number' || Number.isNaN(expected)) {
    assert.equal(actual, expected, shown);
    return;
  }
  assert.ok(Math.abs(actual - expected) <= Math.max(ROUNDING * scale, SMALLEST_SQUARED), shown);
}
