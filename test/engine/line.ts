import type { Alert } from '../../src/contracts/alerts.ts';
import type { AuthoredRule, RuleTransition } from '../../src/contracts/rules.ts';
import type { RunningState } from '../../src/contracts/stored-rules.ts';
import type { StoredPoint, StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';
import { insertStoredRule, removeStoredRule, switchStoredRule, writeStoredRule } from '../../src/storage/repositories/rulebook.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, TENANT, plantOn, TestClock } from './support.ts';
import type { Plant, TestPresence } from './support.ts';

/** Whatever of a plant judges telemetry. */
interface Judging {
  judge(telemetry: StoredTelemetry): void;
}

/** The platform's clock, the same before and after a restart. */
export { TestClock };

/** A point of a message, `at` seconds after the base. */
export function point(key: string, at: number, value: number, quality = 100): StoredPoint {
  const timestamp = Math.floor(BASE_MS + at * 1_000);
  return { key, value, timestamp, time_us: Math.round(BASE_MS * 1_000 + at * 1_000_000), unit: null, quality };
}

/**
 * What the platform does around rules: messages are stored as the ingest service stores them and judged by the sessions; what these decide goes
 * to the alert service at once, as through a wire.
 */
export class Line {
  readonly plant: Plant;
  /** Events of alerts, in order. */
  readonly told: string[] = [];
  private readonly db: OpenDatabase;
  private readonly cable = { isCut: false };
  private readonly sessions: (Judging & { close(removed: boolean): Promise<void> })[] = [];
  private readonly applying = new Set<Promise<unknown>>();
  private readonly lane: number;
  private batch: number;
  private isAlive = true;

  constructor(
    db: OpenDatabase,
    options: {
      clock?: TestClock;
      presence?: (events: Plant['events']) => TestPresence;
      lane?: number;
      firstBatch?: number;
      deviceIds?: readonly string[];
    } = {},
  ) {
    this.db = db;
    this.plant = plantOn(behind(db, this.cable), options.clock, options.presence);
    for (const id of options.deviceIds ?? []) this.plant.devices.set(id, { name: id, type: '', location: '' });
    this.lane = options.lane ?? 0;
    this.batch = options.firstBatch ?? 0;
    this.plant.events.on('alert.raised', ({ alert }) => this.told.push(`raised ${alert.device_id}`));
    this.plant.events.on('alert.updated', ({ update }) => this.told.push(`updated ${update.alert.device_id} ${update.status}`));
  }

  get clock(): TestClock {
    return this.plant.clock;
  }

  get lastBatch(): number {
    return this.batch;
  }

  /** Opens a wired rule whose decisions reach the alert service. */
  async wire(rule: AuthoredRule, nodeId = 'node-1', options: { tenantId?: string } = {}) {
    const session = await this.plant.engine.open({ nodeId, tenantId: options.tenantId ?? TENANT, rule, ...this.wires() });
    this.sessions.push(session);
    return session;
  }

  /** Opens the stored rules likewise. */
  async openStored(tenantId = TENANT) {
    const session = await this.plant.engine.openStored({ nodeId: `stored of ${tenantId}`, tenantId, ...this.wires() });
    this.sessions.push(session);
    return session;
  }

  /** A message comes at the present: it is stored, and judged unless `unjudged`. */
  async take(deviceId: string, points: StoredPoint[], options: { unjudged?: boolean } = {}): Promise<void> {
    this.batch += 1;
    const telemetry: StoredTelemetry = {
      tenant_id: TENANT,
      device_id: deviceId,
      points,
      lane: this.lane,
      batch: this.batch,
      received_at: this.clock.nowMs(),
    };
    await storeTelemetry(this.db, telemetry);
    if (options.unjudged === true) return;
    this.plant.engine.batchEmitted(this.lane, this.batch, this.clock.nowMs());
    this.judge(telemetry);
  }

  /** Every session judges a message. */
  judge(telemetry: StoredTelemetry): void {
    for (const session of this.sessions) session.judge(telemetry);
  }

  /** Judges what was stored and perhaps not judged, then lets timers run, as at the start of the platform. */
  async catchUp(): Promise<void> {
    for await (const messages of this.plant.engine.replay()) for (const message of messages) this.judge(message);
    await new Promise((resolve) => setTimeout(resolve, 210));
  }

  /** Resolves when every decision until now is recorded and applied. */
  async settled(): Promise<void> {
    // The first may be one that was under way, and began before the newest decisions.
    await this.plant.engine.checkpoint();
    await this.plant.engine.checkpoint();
    await new Promise((resolve) => setImmediate(resolve));
    while (this.applying.size > 0) await Promise.all(this.applying);
  }

  /** A full deploy: every session is closed and opened again, and what was under way is given to the new ones. */
  async deploy(open: () => Promise<void>): Promise<void> {
    await Promise.all(this.sessions.splice(0).map((session) => session.close(false)));
    await open();
    for await (const messages of this.plant.engine.replay()) for (const message of messages) this.judge(message);
    await this.settled();
  }

  /** Runs due timers; resolves when what they decided is applied. */
  async runTimers(): Promise<void> {
    this.plant.engine.runTimers();
    await this.settled();
  }

  /** All alerts, the first raised first. */
  async alerts(tenantId = TENANT): Promise<Alert[]> {
    const all: Alert[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await this.plant.alerts.list(tenantId, {}, { limit: 500, cursor });
      all.push(...page.items);
      cursor = page.next_cursor;
    }
    return all.sort((a, b) => a.raised_at.localeCompare(b.raised_at) || a.device_id.localeCompare(b.device_id));
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    await this.plant.engine.stop();
    this.end();
  }

  /** As after SIGKILL: what is not in the database by now never comes there, and what was decided reaches nobody. */
  async kill(): Promise<void> {
    this.end();
    this.cable.isCut = true;
    await this.plant.engine.stop();
  }

  /** What was decided reaches nobody from now on. */
  end(): void {
    this.isAlive = false;
    this.plant.alerts.stop();
  }

  private wires() {
    return {
      onTransition: (transition: RuleTransition) => {
        this.plant.sent.push(transition);
        if (!this.isAlive) return;
        const applied = this.plant.alerts.apply(transition).catch(() => undefined);
        this.applying.add(applied);
        void applied.finally(() => this.applying.delete(applied));
      },
      onError: (error: Error) => this.plant.errors.push(error),
    };
  }
}

/** The database behind a cable that can be cut. */
function behind(db: OpenDatabase, cable: { isCut: boolean }): OpenDatabase {
  const cut = (): Promise<never> => Promise.reject(new Error('The cable is cut.'));
  return {
    ...db,
    system: new Proxy(db.system, {
      get: (pool, name) => (name === 'query' && cable.isCut ? cut : (Reflect.get(pool, name) as unknown)),
    }),
    transaction: (work) => (cable.isCut ? cut() : db.transaction(work)),
    asTenant: (tenantId, work) => db.asTenant(tenantId, work),
    readAsTenant: (tenantId, read) => db.readAsTenant(tenantId, read),
  };
}

/** Stored rules, kept as the keeper of stored rules keeps them. */
export class Keeper {
  private readonly db: OpenDatabase;
  private readonly clock: TestClock;
  private readonly tenantId: string;
  private readonly versions = new Map<string, number>();

  constructor(db: OpenDatabase, clock: TestClock, tenantId = TENANT) {
    this.db = db;
    this.clock = clock;
    this.tenantId = tenantId;
  }

  async create(rule: AuthoredRule, { priority = 5, enabled = true, tell }: { priority?: number; enabled?: boolean; tell?: Plant } = {}) {
    const ruleId = newUuid();
    const definition = { ...rule, priority, actions: [] };
    await this.db.transaction((tx) => insertStoredRule(tx, this.changeOf(ruleId), { definition, enabled }));
    this.versions.set(ruleId, 1);
    await tell?.engine.storedRuleChanged(this.tenantId, ruleId, 'reset');
    return ruleId;
  }

  async edit(ruleId: string, rule: AuthoredRule, runningState: RunningState, tell?: Plant): Promise<void> {
    const definition = { ...rule, priority: 5, actions: [] };
    const change = { version: this.versions.get(ruleId) ?? 1, definition, enabled: true, restarts: runningState === 'reset' };
    this.versions.set(ruleId, await this.db.transaction((tx) => writeStoredRule(tx, this.changeOf(ruleId), change)));
    await tell?.engine.storedRuleChanged(this.tenantId, ruleId, runningState);
  }

  async toggle(ruleId: string, enabled: boolean, tell?: Plant): Promise<void> {
    await this.db.transaction((tx) => switchStoredRule(tx, this.changeOf(ruleId), enabled));
    await tell?.engine.storedRuleChanged(this.tenantId, ruleId, 'reset');
  }

  async remove(ruleId: string, tell?: Plant): Promise<void> {
    await this.db.transaction((tx) => removeStoredRule(tx, this.changeOf(ruleId)));
    await tell?.engine.storedRuleChanged(this.tenantId, ruleId, 'reset');
  }

  private changeOf(ruleId: string) {
    return { tenantId: this.tenantId, ruleId, actor: 'ana', nowMs: this.clock.nowMs() };
  }
}

/** Makes room for telemetry around the base. */
export async function preparePartitions(database: TestDatabase): Promise<void> {
  await new Partitions({ connection: database.connection, clock: { nowMs: () => BASE_MS }, logger: silentLogger }).ensure(1);
}

/** Registers devices and series of theirs. */
export async function addSeries(db: OpenDatabase, deviceIds: readonly string[], keys: readonly string[]): Promise<void> {
  await db.system.query(
    `insert into devices (device_id, tenant_id, name) select d, 'default', d from unnest($1::text[]) d on conflict do nothing`,
    [deviceIds],
  );
  await db.system.query(
    `insert into series (tenant_id, device_id, key, kind) select 'default', d, k, 'number' from unnest($1::text[]) d, unnest($2::text[]) k`,
    [deviceIds, keys],
  );
}

/** One message as the ingest service leaves it: readings, the newest of each series, and the batch that is to be judged. */
export async function storeTelemetry(db: OpenDatabase, telemetry: StoredTelemetry): Promise<void> {
  const { device_id: deviceId, points, lane, batch } = telemetry;
  const values = [
    deviceId,
    points.map(({ key }) => key),
    points.map(({ time_us: timeUs }) => String(timeUs)),
    points.map(({ value }) => value),
    points.map(({ quality }) => quality),
  ];
  const from = `from unnest($2::text[], $3::int8[], $4::float8[], $5::int[]) as p (key, us, value, quality)
                join series s on s.device_id = $1 and s.key = p.key`;
  const columns = `series_id, 'epoch'::timestamptz + us * interval '1 microsecond', value, quality`;
  await db.transaction(async (tx) => {
    await tx.query(`insert into telemetry (series_id, time, value, quality) select ${columns} ${from} on conflict do nothing`, values);
    await tx.query(
      `insert into telemetry_latest (series_id, time, value, quality) select distinct on (series_id) ${columns} ${from} order by series_id, us desc
       on conflict (series_id) do update set time = greatest(telemetry_latest.time, excluded.time)`,
      values,
    );
    await tx.query('insert into ingest_batches (lane, batch, points) values ($1, $2, $3)', [
      lane,
      batch,
      Buffer.from(JSON.stringify([telemetry])),
    ]);
  });
}
