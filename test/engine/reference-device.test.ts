import assert from 'node:assert/strict';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addDevices, plantOn, reading, until } from './support.ts';
import type { Plant } from './support.ts';

describe('a comparison of all devices with one of them', () => {
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

  it('judges the others, and not that one against itself', async () => {
    const session = await plant.openRule({
      ...{ name: 'Hotter than the boiler', rule_type: 'comparison', scope: {}, severity: 'warning', message: '' },
      conditions: { left: { key: 'temperature' }, operator: '>=', right: { device_id: 'boiler-01', key: 'temperature' } },
    });
    plant.clock.at(3);
    session.judge(reading(1, 60, { deviceId: 'boiler-01' }));
    session.judge(reading(2, 61));
    session.judge(reading(3, 62, { deviceId: 'boiler-01' }));
    await until('both are sent', () => plant.sent.length >= 2);
    assert.deepEqual(
      plant.sent.map(({ kind, device_id: device }) => `${kind} ${device}`),
      ['raised pump-01', 'cleared pump-01'],
    );
  });
});
