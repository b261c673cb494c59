import assert from 'node:assert/strict';
import { runBacktest } from '../../src/backtest/run-backtest.ts';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { addDevices, BASE_MS, plantOn, TENANT } from '../engine/support.ts';
import type { Plant } from '../engine/support.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** Readings come at whole steps of the clock, and timers run at each of them. */
const STEP_SECONDS = 0.25;
const STEPS = 8_000;

interface Sent {
  step: number;
  key: string;
  value: number;
}

/** Two values that wander around 50, with silences; the same for the same seed. */
function wander(seed: number): Sent[] {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const sent: Sent[] = [];
  let [temperature, pressure] = [50, 50];
  for (let step = 1; step < STEPS; step += 1 + Math.floor(random() * (random() < 0.05 ? 60 : 8))) {
    temperature += (random() - 0.5) * 4 + (50 - temperature) * 0.02;
    pressure += (random() - 0.5) * 4 + (50 - pressure) * 0.02;
    // At different instants: two readings of one instant are put right afterwards, which is another log of the same alerts.
    sent.push(step % 2 === 0 ? { step, key: 'temperature', value: temperature } : { step, key: 'pressure', value: pressure });
  }
  return sent;
}

const common = { name: 'x', severity: 'info', message: '', scope: { device_id: 'pump-01' } } as const;
const limit = { key: 'temperature', operator: '>', value: 51, clear_value: 49.5 } as const;
const RULES: [what: string, rule: AuthoredRule][] = [
  ['a threshold', { ...common, rule_type: 'threshold', conditions: limit }],
  ['a duration, which timers complete', { ...common, rule_type: 'threshold', conditions: { ...limit, duration_seconds: 7 } }],
  ['a cooldown', { ...common, rule_type: 'threshold', conditions: { ...limit, duration_seconds: 2 }, cooldown_seconds: 60 }],
  [
    'a window',
    {
      ...common,
      rule_type: 'statistical',
      conditions: { ...limit, function: 'avg', window: '30s', value: 50.5, clear_value: 50, min_samples: 3 },
    },
  ],
  [
    'a comparison',
    {
      ...common,
      rule_type: 'comparison',
      conditions: {
        left: { key: 'temperature' },
        operator: '>',
        right: { key: 'pressure' },
        offset: 2,
        tolerance_seconds: 5,
        duration_seconds: 3,
      },
    },
  ],
  [
    'a schedule',
    {
      ...common,
      rule_type: 'schedule',
      conditions: { schedule: '* * * * *', timezone: 'UTC', check: 'no_data', key: 'temperature', seconds: 3 },
    },
  ],
];

describe('a backtest of a period', () => {
  let database: TestDatabase;
  let plant: Plant;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    plant = plantOn(database.db);
    await plant.engine.start();
  });
  afterEach(async () => {
    await plant.engine.stop();
    plant.alerts.stop();
    await database.drop();
  });

  /** What the engine raises and clears while the readings come one by one. */
  async function live(rule: AuthoredRule, sent: readonly Sent[]): Promise<string[]> {
    const session = await plant.openRule(rule);
    const byStep = new Map(sent.map((each) => [each.step, each]));
    for (let step = 0; step < STEPS; step++) {
      plant.clock.at(step * STEP_SECONDS);
      const reading = byStep.get(step);
      if (reading !== undefined) {
        const timestamp = plant.clock.ms;
        const point = { key: reading.key, value: reading.value, timestamp, time_us: timestamp * 1_000, unit: null, quality: 100 };
        session.judge({ tenant_id: TENANT, device_id: 'pump-01', points: [point], lane: 0, batch: step + 1, received_at: timestamp });
      }
      // Of the same instant the reading comes first, as in a replay; the other way round it would be put right afterwards.
      plant.engine.runTimers();
    }
    await plant.engine.checkpoint();
    assert.deepEqual(plant.errors, []);
    return plant.sent
      .filter(({ kind }) => kind !== 'repeated')
      .map(({ kind, at, since }) => (kind === 'raised' ? `raised ${at} since ${since}` : `${kind} ${at}`));
  }

  async function store(sent: readonly Sent[]): Promise<void> {
    await new Partitions({ connection: database.connection, clock: plant.clock, logger: silentLogger }).ensureFor(BASE_MS);
    await database.db.system.query(
      `insert into series (tenant_id, device_id, key, kind) values ('default', 'pump-01', 'temperature', 'number'), ('default', 'pump-01', 'pressure', 'number')`,
    );
    await database.db.system.query(
      `insert into telemetry (time, value, series_id, quality)
       select to_timestamp(ms / 1000.0), value, series_id, 100
         from unnest($1::float8[], $2::text[], $3::float8[]) as w (ms, key, value) join series s on s.key = w.key`,
      [sent.map(({ step }) => BASE_MS + step * STEP_SECONDS * 1_000), sent.map(({ key }) => key), sent.map(({ value }) => value)],
    );
  }

  for (const [place, [what, rule]] of RULES.entries()) {
    it(`gives what the engine gave live: ${what}`, async () => {
      const sent = wander(place + 1);
      const log = await live(rule, sent);
      await store(sent);
      const { run } = await runBacktest(
        {
          tenantId: TENANT,
          run: rule,
          compared: undefined,
          deviceId: undefined,
          startMs: BASE_MS,
          endMs: BASE_MS + (STEPS - 1) * STEP_SECONDS * 1_000,
          notes: [],
        },
        database.db.system,
        { progress: () => undefined, isCancelled: () => false },
      );
      const replayed = run.alerts.flatMap(({ raised_at: at, since, cleared_at: clearedAt }) => [
        `raised ${at} since ${since}`,
        ...(clearedAt === null ? [] : [`cleared ${clearedAt}`]),
      ]);
      assert.ok(replayed.length >= 6, `only ${String(replayed.length)} transitions`);
      assert.deepEqual(replayed, log);
    });
  }
});
