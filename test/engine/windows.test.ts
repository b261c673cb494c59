import assert from 'node:assert/strict';
import type { WiredRule } from '../../src/storage/repositories/rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, addDevices, plantOn, reading, until } from './support.ts';
import type { Plant } from './support.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { silentLogger } from '../../src/core/logger.ts';

const average: WiredRule = {
  name: 'Average temperature',
  rule_type: 'statistical',
  scope: { device_type: 'pump' },
  conditions: { key: 'temperature', function: 'avg', window: '1m', operator: '>', value: 50, min_samples: 3 },
  severity: 'warning',
  message: '{{value}} {{unit}}',
};

describe('a rule with a window', () => {
  let database: TestDatabase;
  let plant: Plant;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    const clock = { nowMs: () => BASE_MS };
    await new Partitions({ connection: database.connection, clock, logger: silentLogger }).ensure(1);
    await database.db.system.query(
      `insert into series (tenant_id, device_id, key, kind, unit)
       select 'default', d, k, 'number', '°C' from unnest('{pump-01,boiler-01}'::text[]) d, unnest('{temperature,pressure}'::text[]) k`,
    );
    plant = plantOn(database.db);
    await plant.engine.start();
  });

  afterEach(async () => {
    plant.alerts.stop();
    await plant.engine.stop();
    await database.drop();
  });

  /** As the ingest service leaves them: in the telemetry and as the newest. */
  async function store(values: Readonly<Record<number, number>>, { deviceId = 'pump-01', quality = 100 } = {}): Promise<void> {
    for (const [at, value] of Object.entries(values)) {
      const parameters = [deviceId, new Date(BASE_MS + Number(at) * 1_000), value, quality];
      await database.db.system.query(
        `insert into telemetry (series_id, time, value, quality)
         select series_id, $2, $3, $4 from series where device_id = $1 and key = 'temperature'`,
        parameters,
      );
      await database.db.system.query(
        `insert into telemetry_latest (series_id, time, value, quality)
         select series_id, $2, $3, $4 from series where device_id = $1 and key = 'temperature'
         on conflict (series_id) do update set time = greatest(telemetry_latest.time, excluded.time)`,
        parameters,
      );
    }
  }

  it('is primed from what was stored before it was deployed', async () => {
    await store({ [-100]: 1_000, [-20]: 60, [-10]: 60 });
    const session = await plant.openRule(average);
    await store({ 0: 45 });
    session.judge(reading(0, 45));
    await until('the average is raised', () => plant.sent.length === 1);
    assert.deepEqual(
      [plant.sent[0]?.kind, plant.sent[0]?.value, plant.sent[0]?.message, plant.sent[0]?.threshold],
      ['raised', 55, '55 °C', 50],
    );
  });

  it('takes no other device, no bad reading and nothing before its time from what is stored', async () => {
    await store({ [-20]: 40 });
    await store({ [-9]: 1_000 }, { deviceId: 'boiler-01' });
    await store({ [-8]: 1_000 }, { quality: 10 });
    await store({ 0: 51, 10: 1_000 });
    const session = await plant.openRule({
      ...average,
      min_quality: 50,
      conditions: { ...average.conditions, min_samples: 2 },
    });
    session.judge(reading(0, 51));
    assert.deepEqual([plant.sent, session.summary().lastValue], [[], 45.5]);
  });

  it('goes on after a restart as if there had been none', async () => {
    const session = await plant.openRule(average);
    for (const [at, value] of [
      [0, 40],
      [10, 50],
      [20, 51],
    ] as const) {
      await store({ [at]: value });
      session.judge(reading(at, value));
    }
    // Late: it takes its place, and what it makes true and still is so is raised as if it had come in time.
    assert.equal(plant.sent.length, 0);
    await store({ 5: 100 });
    session.judge(reading(5, 100));
    await until('the average is raised', () => plant.sent.length === 1);
    assert.deepEqual([plant.sent[0]?.kind, plant.sent[0]?.at], ['raised', new Date(BASE_MS + 10_000).toISOString()]);
    await plant.engine.stop();
    plant.alerts.stop();

    // Stored while it stopped, judged afterwards.
    await store({ 30: 50 });
    plant = plantOn(database.db);
    await plant.engine.start();
    const again = await plant.openRule(average);
    again.judge(reading(30, 50));
    assert.equal(again.summary().lastValue, 58.2);
    again.judge(reading(66, 0));
    await until('it is cleared', () => plant.sent.some(({ kind }) => kind === 'cleared'));
    // Nobody applied the raise, so it was sent once more, and not made anew.
    assert.deepEqual(
      plant.sent.map(({ kind, value }) => [kind, value]),
      [
        ['raised', 190 / 3],
        ['repeated', 58.2],
        ['cleared', 37.75],
      ],
    );
  });

  it('goes on with another window when it is changed, and what is active stays so', async () => {
    await store({ [-50]: 90, [-40]: 90 });
    const session = await plant.openRule(average);
    await store({ 0: 30 });
    session.judge(reading(0, 30));
    await until('the average is raised', () => plant.sent.length === 1);
    await session.close(false);
    const changed = { ...average, conditions: { ...average.conditions, window: 30, min_samples: 1 } } as WiredRule;
    const again = await plant.openRule(changed);
    assert.equal(again.summary().activeDevices, 1);
    await store({ 10: 40 });
    again.judge(reading(10, 40));
    await until('it is cleared', () => plant.sent.some(({ kind }) => kind === 'cleared'));
    assert.equal(plant.sent.at(-1)?.value, 35);
  });
});
