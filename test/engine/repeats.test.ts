import assert from 'node:assert/strict';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, TestClock } from './support.ts';
import { addSeries, Line, point, preparePartitions } from './line.ts';

const rule: AuthoredRule = {
  name: 'Hot',
  scope: {},
  severity: 'warning',
  message: '',
  rule_type: 'threshold',
  conditions: { key: 'temperature', operator: '>', value: 50 },
};

describe('a burst of readings that is followed by silence', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let clock: TestClock;
  let line: Line;

  beforeEach(async () => {
    database = await createTestDatabase();
    await preparePartitions(database);
    await addSeries(database.db, ['pump-01'], ['temperature']);
    clock = new TestClock();
    line = await started();
    for (const at of [0, 1, 2, 3]) {
      clock.at(at);
      await line.take('pump-01', [point('temperature', at, 60 + at)]);
    }
    await line.settled();
  });

  afterEach(async () => {
    await line.stop();
    await database.drop();
  });

  async function started(firstBatch = 0): Promise<Line> {
    const next = new Line(database.db, { clock, firstBatch });
    await next.plant.engine.start();
    await next.wire(rule);
    return next;
  }

  async function counted() {
    const [alert] = await line.alerts();
    return { occurrences: alert?.occurrences, lastValue: alert?.last_value, lastAt: alert?.last_at };
  }

  const all = { occurrences: 4, lastValue: 63, lastAt: new Date(BASE_MS + 3_000).toISOString() };

  it('is counted within ten seconds', async () => {
    assert.equal((await counted()).occurrences, 1, 'repeats are reported together');
    clock.at(9.9);
    await line.runTimers();
    assert.equal((await counted()).occurrences, 1);
    clock.at(10);
    await line.runTimers();
    assert.deepEqual(await counted(), all);
    clock.at(100);
    await line.runTimers();
    assert.deepEqual(await counted(), all, 'and counted once');
  });

  for (const end of ['stop', 'kill'] as const) {
    it(`is counted after a restart (${end})`, async () => {
      await (end === 'kill' ? line.kill() : line.stop());
      clock.at(60);
      line = await started(line.lastBatch);
      await line.catchUp();
      await line.runTimers();
      assert.deepEqual(await counted(), all);
    });
  }
});
