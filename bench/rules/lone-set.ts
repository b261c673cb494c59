import type pg from 'pg';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { StoredPoint, StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { newUuid, uuidOfName } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { RuleDeviceInfo, RuleDevices } from '../../src/engine/ports.ts';
import { RuleRun } from '../../src/engine/rule-run.ts';
import { RuleSet } from '../../src/engine/rule-set.ts';
import type { Database, Queryable } from '../../src/storage/database.ts';

/** The tenant of every bench. */
export const TENANT = 'default';
/** When the readings of a bench begin, epoch milliseconds: always the same, so that every run judges the same ones. */
export const BASE_MS = Date.UTC(2026, 0, 5);

/** A database that nobody may ask: what is measured with it decides nothing, so there is nothing to write. */
class NoDatabase implements Database {
  readonly isolation = 'query';

  get system(): pg.Pool {
    throw new Error('This bench measures without a database, but a rule wanted to read or write.');
  }

  transaction<Result>(_work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return Promise.reject(new Error('This bench measures without a database, but a rule decided something.'));
  }

  asTenant<Result>(_tenantId: string, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.transaction(work);
  }

  snapshotAsTenant<Result>(_tenantId: string, look: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.transaction(look);
  }

  readAsTenant<Result>(_tenantId: string, read: (db: Queryable) => Promise<Result>): Promise<Result> {
    return this.transaction(read);
  }

  connect(): Promise<pg.Client> {
    return Promise.reject(new Error('This bench measures without a database.'));
  }
}

/** The registered devices of a bench; all are there. */
export class BenchDevices implements RuleDevices {
  private readonly known: ReadonlyMap<string, RuleDeviceInfo>;

  constructor(known: ReadonlyMap<string, RuleDeviceInfo>) {
    this.known = known;
  }

  lookup(deviceId: string): RuleDeviceInfo | undefined {
    return this.known.get(deviceId);
  }

  ids(): Iterable<string> {
    return this.known.keys();
  }

  isOffline(): boolean {
    return false;
  }

  awaySinceMs(): number | null {
    return null;
  }
}

/** `count` devices, `bench-0000` and so on. */
export function benchDevices(count: number): Map<string, RuleDeviceInfo> {
  return new Map(
    Array.from({ length: count }, (_, i) => [deviceIdOf(i), { name: `Device ${String(i)}`, type: 'bench', location: 'Hall' }] as const),
  );
}

/** The id of the device at a place. */
export function deviceIdOf(place: number): string {
  return `bench-${String(place).padStart(4, '0')}`;
}

/** What all rules of the bench have beside their conditions. */
export const RULE_FRAME = { scope: {}, severity: 'warning', message: '{{device.name}}: {{value}} {{unit}}' } as const;

/** A set of rules as the engine runs it, on its own: no database, no timers. What it decides fails the bench. */
export function loneSet(rules: readonly AuthoredRule[], devices: RuleDevices): RuleSet {
  const common = { clock: { nowMs: () => BASE_MS }, newId: newUuid, devices };
  const set = new RuleSet({
    ...common,
    db: new NoDatabase(),
    listeningSinceMs: BASE_MS,
    logger: silentLogger,
    tenantId: TENANT,
    signal: new AbortController().signal,
    arm: () => undefined,
    onTransition: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  for (const [priority, rule] of rules.entries()) {
    const definition = { ...rule, rule_id: uuidOfName(`bench ${String(priority)}`), version: 1 };
    const readingsOf: RuleSet['readingsOf'] = (series) => set.readingsOf(series);
    set.add(new RuleRun({ ...common, rule: definition, tenantId: TENANT, startedAtMs: 0, priority, readingsOf }));
  }
  return set;
}

/** A stored message of one device with a reading for each key, to be changed and judged again and again. */
export function messageOf(deviceId: string, keys: readonly string[]): StoredTelemetry {
  const points = keys.map((key): StoredPoint => ({ key, value: 0, timestamp: 0, time_us: 0, unit: '°C', quality: 100 }));
  return { tenant_id: TENANT, device_id: deviceId, points, lane: 0, batch: 0, received_at: 0 };
}
