import assert from 'node:assert/strict';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, TENANT, addDevices, layCable, plantOn, reading, storeBatch, until } from './support.ts';
import type { Plant } from './support.ts';

describe('rule engine, catching up', () => {
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

  const batches = async (): Promise<number[]> => {
    const { rows } = await database.db.system.query<{ batch: number }>(
      'select batch::int as batch from ingest_batches order by lane, batch',
    );
    return rows.map(({ batch }) => batch);
  };

  it('deletes batches that left ingest five seconds ago, and no younger ones', async () => {
    await plant.open();
    for (const batch of [1, 2, 3]) await storeBatch(database.db, 0, batch, []);
    plant.engine.batchEmitted(0, 1, BASE_MS);
    plant.engine.batchEmitted(0, 2, BASE_MS + 1_000);
    plant.engine.batchEmitted(0, 3, BASE_MS + 1_001);
    plant.clock.at(4.999);
    await plant.engine.checkpoint();
    assert.deepEqual(await batches(), [1, 2, 3]);
    plant.clock.at(6);
    await plant.engine.checkpoint();
    assert.deepEqual(await batches(), [3]);
  });

  it('judges after a kill what had been stored and not judged, and raises nothing twice', async () => {
    const cable = await layCable(database);
    const killed = plantOn(cable.db, plant.clock);
    await killed.engine.start();
    const session = await killed.open();
    const [first, second, third] = [reading(1, 60, { batch: 1 }), reading(2, 40, { batch: 2 }), reading(3, 70, { batch: 3 })];
    await storeBatch(database.db, 0, 1, [first, reading(1, 1, { deviceId: 'boiler-01', batch: 1 })]);
    session.judge(first);
    await until('the first is sent', () => killed.sent.length === 1);
    await killed.alerts.apply(killed.sent[0] ?? assert.fail());
    await cable.cut();
    await storeBatch(database.db, 0, 2, [second]);
    await storeBatch(database.db, 1, 1, [{ ...third, lane: 1 }]);

    const next = plantOn(database.db, plant.clock);
    await next.engine.start();
    const reopened = await next.open();
    plant.clock.at(60);
    await next.engine.checkpoint();
    assert.equal((await batches()).length, 3, 'nothing is deleted before it was replayed');
    for await (const messages of next.engine.replay()) {
      for (const message of messages) {
        assert.equal(message.replay, true);
        reopened.judge(message);
      }
    }
    await until('the rest is sent', () => next.sent.length === 2);
    assert.deepEqual(
      next.sent.map(({ kind }) => kind),
      ['cleared', 'raised'],
    );
    for (const transition of next.sent) await next.alerts.apply(transition);
    const { items } = await next.alerts.list(TENANT, {}, { limit: 10 });
    assert.deepEqual(items.map(({ status }) => status).sort(), ['active', 'resolved']);
    plant.clock.at(66);
    await next.engine.checkpoint();
    assert.deepEqual(await batches(), []);
    await next.engine.stop();
    await cable.remove();
  });

  it('runs no overdue timer before the replay is judged', async () => {
    const conditions = { key: 'temperature', operator: '>' as const, value: 50, duration_seconds: 60 };
    const session = await plant.open({ conditions });
    session.judge(reading(0, 55, { batch: 1 }));
    session.judge(reading(40, 55, { batch: 2 }));
    await plant.engine.stop();
    await storeBatch(database.db, 0, 3, [reading(50, 20, { batch: 3 })]);
    plant.clock.at(70);
    const next = plantOn(database.db, plant.clock);
    await next.engine.start();
    const reopened = await next.open({ conditions });
    next.engine.runTimers();
    for await (const messages of next.engine.replay()) for (const message of messages) reopened.judge(message);
    const other = await next.open({ conditions: { key: 'temperature', operator: '>', value: 1, duration_seconds: 1 } }, 'witness');
    other.judge(reading(69, 5));
    other.judge(reading(69.9, 5));
    await until('timers run again', () => next.sent.length === 1);
    assert.deepEqual(
      next.sent.map(({ rule_id: id }) => id === next.sent[0]?.rule_id),
      [true],
    );
    assert.equal(next.sent[0]?.value, 5);
    await next.engine.stop();
  });

  it('gives what was under way again after a deploy, and leaves it when the reader stops half-way', async () => {
    await plant.open();
    for (const batch of [1, 2]) {
      await storeBatch(database.db, 0, batch, [reading(batch, 60, { batch })]);
      plant.engine.batchEmitted(0, batch, BASE_MS);
    }
    for await (const messages of plant.engine.replay()) {
      assert.equal(messages[0]?.batch, 1);
      break;
    }
    plant.clock.at(30);
    await plant.engine.checkpoint();
    assert.deepEqual(await batches(), [1, 2]);
    const seen: number[] = [];
    for await (const messages of plant.engine.replay()) seen.push(...messages.map(({ batch }) => batch));
    assert.deepEqual(seen, [1, 2]);
  });

  it('goes on when a stored batch cannot be read', async () => {
    await database.db.system.query(`insert into ingest_batches (lane, batch, points) values (0, 1, 'nonsense')`);
    await storeBatch(database.db, 0, 2, [reading(1, 60, { batch: 2 })]);
    await plant.engine.stop();
    const next = plantOn(database.db);
    await next.engine.start();
    const seen: number[] = [];
    for await (const messages of next.engine.replay()) seen.push(messages.length);
    assert.deepEqual(seen, [0, 1]);
    await next.engine.stop();
  });
});
