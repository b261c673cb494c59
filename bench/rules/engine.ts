import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { systemClock } from '../../src/core/clock.ts';
import { EventBus } from '../../src/core/events.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { WiredRuleEngine } from '../../src/engine/engine.ts';
import { startDatabase } from './bench-database.ts';
import type { BenchDatabase } from './bench-database.ts';
import { BenchDevices, benchDevices, deviceIdOf, messageOf, RULE_FRAME, TENANT } from './lone-set.ts';
import { optionsOf, report, seededRandom } from './row.ts';

/**
 * How much of a core the stored rules take: the engine with PostgreSQL, 1,000 rules and 1,000 devices, fed with `rate` messages of one reading a
 * second for `seconds`, checkpoints included. The CPU time of the same feed without any rule is taken off.
 *
 *     engine.ts --rounds 3 --seconds 30 --rate 10000 --devices 1000
 */
const {
  rounds,
  seconds,
  rate,
  devices: deviceCount,
} = optionsOf(process.argv.slice(2), {
  rounds: 3,
  seconds: 30,
  rate: 10_000,
  devices: 1_000,
});

interface Case {
  what: string;
  /** The key that the device at a place sends. */
  key: (place: number) => string;
  rules: AuthoredRule[];
  below?: number;
}

const threshold = (deviceId: string, key: string, value = 80): AuthoredRule => ({
  ...RULE_FRAME,
  name: `Threshold of ${deviceId}`,
  scope: { device_id: deviceId },
  rule_type: 'threshold',
  conditions: { key, operator: '>', value, clear_value: value - 5 },
});

const average = (deviceId: string, key: string): AuthoredRule => ({
  ...RULE_FRAME,
  name: `Average of ${deviceId}`,
  scope: { device_id: deviceId },
  rule_type: 'statistical',
  conditions: { key, function: 'avg', window: '1h', operator: '>', value: 80 },
});

const temperature = (): string => 'temperature';
const ownKey = (place: number): string => `temperature-${String(place)}`;
const places = Array.from({ length: deviceCount }, (_, place) => place);
const CASES: readonly Case[] = [
  { what: 'threshold, a key each', key: ownKey, rules: places.map((place) => threshold(deviceIdOf(place), ownKey(place))), below: 0.5 },
  {
    what: 'threshold, one key for all',
    key: temperature,
    rules: places.map((place) => threshold(deviceIdOf(place), temperature())),
    below: 0.5,
  },
  {
    what: 'threshold, one key for all, a tenth in alarm',
    key: temperature,
    rules: places.map((place) => threshold(deviceIdOf(place), temperature(), place % 10 === 0 ? 10 : 80)),
    below: 0.5,
  },
  {
    what: 'average of 1h, one key for all',
    key: temperature,
    rules: places.map((place) => average(deviceIdOf(place), temperature())),
    below: 0.5,
  },
  {
    what: 'threshold, each for every device',
    key: temperature,
    rules: Array.from({ length: 100 }, (_, place) => ({ ...threshold('all', temperature(), 80 + place), scope: {} })),
  },
];

/** What a feed took: CPU time for each second, of this process and of PostgreSQL. */
interface Load {
  nodeCores: number;
  postgresCores: number;
}

const database = await startDatabase();
try {
  await addDevices();
  const figures = new Map<string, Load[]>(CASES.map(({ what }) => [what, []]));
  const idle: Load[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [first] = CASES;
    if (first !== undefined) idle.push(await measure({ ...first, rules: [] }));
    for (const one of CASES) figures.get(one.what)?.push(await measure(one));
  }
  for (const { what, rules, below } of CASES) {
    const loads = figures.get(what) ?? [];
    const name = `${rules.length.toLocaleString('en')} stored rules at ${rate.toLocaleString('en')}/s, ${what}`;
    const without = (place: number, of: keyof Load): number => (loads[place]?.[of] ?? Number.NaN) - (idle[place]?.[of] ?? 0);
    const goal = below === undefined ? {} : { below };
    report({
      part: 'engine',
      what: `${name}: Node.js`,
      unit: 'cores',
      rounds: loads.map((_, place) => without(place, 'nodeCores')),
      ...goal,
    });
    report({
      part: 'engine',
      what: `${name}: PostgreSQL`,
      unit: 'cores',
      rounds: loads.map((_, place) => without(place, 'postgresCores')),
    });
  }
} finally {
  await database.remove();
}

async function addDevices(): Promise<void> {
  await database.db.system.query(
    `insert into devices (device_id, tenant_id, name, type, location) select id, $1, id, 'bench', 'Hall' from unnest($2::text[]) as u (id)`,
    [TENANT, places.map(deviceIdOf)],
  );
}

/** Stores the rules of a case instead of those before. */
async function storeRules(rules: readonly AuthoredRule[]): Promise<void> {
  const rows = rules.map((definition) => ({ id: newUuid(), definition: JSON.stringify(definition) }));
  await database.db.transaction(async (tx) => {
    for (const table of ['rule_states', 'rule_transitions', 'rule_versions', 'rules']) await tx.query(`delete from ${table}`);
    const values = [TENANT, rows.map(({ id }) => id), rows.map(({ definition }) => definition)];
    await tx.query(
      `insert into rules (rule_id, tenant_id, origin, version, started_at) select id, $1, 'stored', 1, now() from unnest($2::uuid[], $3::text[]) as u (id, definition)`,
      values,
    );
    await tx.query(
      `insert into rule_versions (rule_id, version, tenant_id, definition) select id, 1, $1, definition::jsonb from unnest($2::uuid[], $3::text[]) as u (id, definition)`,
      values,
    );
  });
}

async function measure({ rules, key }: Case): Promise<Load> {
  await storeRules(rules);
  const engine = engineOn(database);
  await engine.start();
  const fail = (error: Error): void => {
    throw error;
  };
  const session = await engine.openStored({ nodeId: 'bench', tenantId: TENANT, onTransition: () => undefined, onError: fail });
  const messages = places.map((place) => messageOf(deviceIdOf(place), [key(place)]));
  try {
    // Rules meet their devices and the compiler meets the code before it counts.
    await feed(messages, 2, (telemetry) => session.judge(telemetry));
    const before = { node: process.cpuUsage(), postgresMs: database.cpuMs() };
    const tookMs = await feed(messages, seconds, (telemetry) => session.judge(telemetry));
    const { user, system } = process.cpuUsage(before.node);
    const postgresMs = database.cpuMs() - before.postgresMs;
    if (session.summary().rules !== rules.length)
      throw new Error(`${String(session.summary().rules)} rules judged instead of ${String(rules.length)}.`);
    const late = tookMs / (seconds * 1_000);
    if (late > 1.1) throw new Error(`The feed took ${late.toFixed(2)} times as long as it should: the machine is too busy to measure.`);
    return { nodeCores: (user + system) / 1_000 / tookMs, postgresCores: postgresMs / tookMs };
  } finally {
    await session.close(false);
    await engine.stop();
    await expectStates(rules);
  }
}

/** What is measured is only worth something if the states were really written. */
async function expectStates(rules: readonly AuthoredRule[]): Promise<void> {
  const pairs = rules.reduce((sum, { scope }) => sum + (scope.device_id === undefined ? deviceCount : 1), 0);
  const { rows } = await database.db.system.query<{ n: number }>('select count(*)::int as n from rule_states');
  if (rows[0]?.n !== pairs) throw new Error(`${String(rows[0]?.n)} states are stored instead of ${String(pairs)}.`);
}

function engineOn({ db }: BenchDatabase): WiredRuleEngine {
  return new WiredRuleEngine({
    db,
    clock: systemClock,
    newId: newUuid,
    logger: silentLogger,
    events: new EventBus<PlatformEvents>(),
    devices: new BenchDevices(benchDevices(deviceCount)),
    alerts: { closeOpen: () => Promise.resolve() },
    decodeBatch: () => [],
  });
}

/** Gives `rate` readings a second to `judge`, a hundredth of them every 10 ms, the devices in turn; answers how long it took. */
async function feed(
  messages: readonly StoredTelemetry[],
  forSeconds: number,
  judge: (telemetry: StoredTelemetry) => void,
): Promise<number> {
  const random = seededRandom(3);
  const startedAt = performance.now();
  const total = rate * forSeconds;
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * rate));
    const nowMs = systemClock.nowMs();
    for (; sent < due; sent += 1) {
      const message = messages[sent % messages.length];
      const point = message?.points[0];
      if (message === undefined || point === undefined) continue;
      message.batch += 1;
      message.received_at = nowMs;
      point.timestamp = nowMs;
      // Two readings of a device within one millisecond, when the machine was busy, still have two times.
      point.time_us = Math.max(nowMs * 1_000, point.time_us + 1);
      point.value = 20 + random();
      judge(message);
    }
    await delay(10);
  }
  return performance.now() - startedAt;
}
