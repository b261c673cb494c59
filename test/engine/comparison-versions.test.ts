import assert from 'node:assert/strict';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addDevices, plantOn, reading, until } from './support.ts';
import type { Plant } from './support.ts';

describe('a comparison with another device that is changed', () => {
  let database: TestDatabase;
  let plant: Plant;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    plant = plantOn(database.db);
    await plant.engine.start();
  });

  afterEach(async () => {
    plant.alerts.stop();
    await plant.engine.stop();
    await database.drop();
  });

  const rule = (message: string) => ({
    ...{ name: 'Hotter than the boiler', rule_type: 'comparison' as const, scope: {}, severity: 'warning' as const, message },
    conditions: {
      left: { key: 'temperature' },
      operator: '>' as const,
      // In another order than the database gives it back.
      right: { device_id: 'boiler-01', key: 'temperature' },
    },
  });

  it('keeps its alerts when only its words are changed', async () => {
    const session = await plant.openRule(rule(''));
    plant.clock.at(2);
    session.judge(reading(1, 60, { deviceId: 'boiler-01' }));
    session.judge(reading(2, 61));
    await until('it is sent', () => plant.sent.length === 1);
    for (const transition of plant.sent) await plant.alerts.apply(transition);
    await session.close(false);
    const changed = await plant.openRule(rule('{{device.name}} is hotter'));
    assert.equal(changed.summary().activeDevices, 1);
    const { rows } = await database.db.system.query('select status, resolved_by from alerts');
    assert.deepEqual(rows, [{ status: 'active', resolved_by: null }]);
  });
});
