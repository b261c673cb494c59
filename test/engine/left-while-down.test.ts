import assert from 'node:assert/strict';
import { newUuid } from '../../src/core/ids.ts';
import { insertStoredRule, writeStoredRule } from '../../src/storage/repositories/rulebook.ts';
import type { StoredDefinition } from '../../src/storage/repositories/rulebook.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addDevices, highTemperature, plantOn, reading, TENANT, until } from './support.ts';
import type { Plant } from './support.ts';

describe('an alert of a stored rule that does not go on after a downtime', () => {
  let database: TestDatabase;
  let plant: Plant;
  let ruleId: string;
  const definition: StoredDefinition = { ...highTemperature, scope: { device_type: 'pump' }, priority: 5, actions: [] };

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    plant = plantOn(database.db);
    await plant.engine.start();
    ruleId = newUuid();
    const change = { tenantId: TENANT, ruleId, actor: 'ann', nowMs: plant.clock.nowMs() };
    await database.db.transaction((tx) => insertStoredRule(tx, change, { definition, enabled: true }));
    (await openStored(plant)).judge(reading(1, 60));
    await until('it is raised', async () => (await resolvedBy()).length === 1);
    await plant.engine.stop();
  });

  afterEach(async () => {
    plant.alerts.stop();
    await database.drop();
  });

  const openStored = (on: Plant) =>
    on.engine.openStored({
      nodeId: 'stored',
      tenantId: TENANT,
      onTransition: (transition) => void on.alerts.apply(transition),
      onError: (error) => on.errors.push(error),
    });
  const resolvedBy = async () => (await database.db.system.query<{ resolved_by: string | null }>('select resolved_by from alerts')).rows;
  const start = async (move: (next: Plant) => void = () => undefined) => {
    const next = plantOn(database.db, plant.clock);
    move(next);
    await next.engine.start();
    await openStored(next);
    await next.engine.stop();
  };

  it('is resolved by the change of the rule when that was to start anew', async () => {
    plant.clock.at(2);
    const change = { tenantId: TENANT, ruleId, actor: 'ann', nowMs: plant.clock.nowMs() };
    const anew = { version: 1, definition: { ...definition, name: 'Hot' }, enabled: true, restarts: true };
    await database.db.transaction((tx) => writeStoredRule(tx, change, anew));
    await start();
    assert.deepEqual(await resolvedBy(), [{ resolved_by: 'rule changed' }]);
  });

  it('is resolved by the move of the device when that left the scope', async () => {
    await start((next) => next.devices.set('pump-01', { name: 'Pump 1', type: 'press', location: 'Hall A' }));
    assert.deepEqual(await resolvedBy(), [{ resolved_by: 'device out of scope' }]);
  });

  it('goes on otherwise', async () => {
    await start();
    assert.deepEqual(await resolvedBy(), [{ resolved_by: null }]);
  });
});
