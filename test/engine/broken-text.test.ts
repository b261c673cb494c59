import assert from 'node:assert/strict';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addDevices, plantOn, reading, until } from './support.ts';
import type { Plant } from './support.ts';

describe('a text reading that no column can hold', () => {
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

  it('ends the silence of its device and holds up no other decision', async () => {
    const session = await plant.openRule({
      ...{ name: 'Silent', rule_type: 'schedule', scope: {}, severity: 'warning', message: '' },
      conditions: { schedule: '* * * * *', timezone: 'UTC', check: 'no_data', key: 'temperature', seconds: 60 },
    });
    plant.clock.at(120);
    plant.engine.runTimers();
    await until('both are missed', () => plant.sent.length === 2);
    const broken = reading(121, 0);
    broken.points = broken.points.map((point) => ({ ...point, value: 'a\ud800b' }));
    session.judge(broken);
    session.judge(reading(122, 20, { deviceId: 'boiler-01' }));
    await until('both are heard', () => plant.sent.length === 4);
    assert.deepEqual(
      plant.sent.slice(2).map(({ kind, device_id: device, value }) => [kind, device, value]),
      [
        ['cleared', 'pump-01', 'a\ufffdb'],
        ['cleared', 'boiler-01', 20],
      ],
    );
    assert.deepEqual(plant.errors, []);
  });

  it('in a unit is told, and keeps no other device from being judged and recorded', async () => {
    const session = await plant.open();
    const broken = reading(1, 90);
    broken.points = broken.points.map((point) => ({ ...point, unit: 'a\ud800b' }));
    session.judge(broken);
    session.judge(reading(1, 91, { deviceId: 'boiler-01' }));
    await until('the other device is told of', () => plant.sent.length === 1);
    assert.equal(plant.sent[0]?.device_id, 'boiler-01');
    assert.match(plant.errors.map(({ message }) => message).join(), /device "pump-01" cannot be stored; it begins anew there/);
    session.judge(reading(2, 92));
    await until('it is judged anew', () => plant.sent.length === 2);
    assert.deepEqual([plant.sent[1]?.kind, plant.sent[1]?.device_id, plant.sent[1]?.value], ['raised', 'pump-01', 92]);
  });
});
