import assert from 'node:assert/strict';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addSeries, Line, point, preparePartitions } from './line.ts';
import { BASE_MS, TENANT, addDevices, highTemperature } from './support.ts';

const hot: AuthoredRule = { ...highTemperature, conditions: { key: 'temperature', operator: '>', value: 50 } };
const hotForTenSeconds: AuthoredRule = { ...hot, conditions: { key: 'temperature', operator: '>', value: 50, duration_seconds: 10 } };
const hotOnAverage: AuthoredRule = {
  ...hot,
  rule_type: 'statistical',
  conditions: { key: 'temperature', function: 'avg', window: '1m', operator: '>', value: 50 },
};

function iso(at: number): string {
  return new Date(BASE_MS + at * 1_000).toISOString();
}

describe('readings that come late', () => {
  let database: TestDatabase;
  let line: Line;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    await preparePartitions(database);
    await addSeries(database.db, ['pump-01'], ['temperature']);
    line = new Line(database.db);
    await line.plant.engine.start();
  });

  afterEach(async () => {
    await line.stop();
    await database.drop();
  });

  /** A reading that arrives when it was read, or later. */
  async function comes(at: number, value: number, arrival = at): Promise<void> {
    line.clock.at(arrival);
    await line.take('pump-01', [point('temperature', at, value)]);
    await line.settled();
  }

  const shown = async (): Promise<unknown[]> =>
    (await line.alerts()).map(({ status, resolved_by: by, raised_at: raised, resolved_at: over }) => [
      status,
      by,
      (Date.parse(raised) - BASE_MS) / 1_000,
      over === null ? null : (Date.parse(over) - BASE_MS) / 1_000,
    ]);
  const onlyAlert = async () => {
    const [alert, ...others] = await line.alerts();
    assert.ok(alert !== undefined && others.length === 0);
    return line.plant.alerts.told(TENANT, alert.id);
  };
  const published = (): unknown[] => line.plant.published.map(({ payload }) => (JSON.parse(payload) as { status: string }).status);

  it('withdraw an alert that should never have been', async () => {
    await line.wire(hotForTenSeconds);
    await comes(0, 60);
    await comes(12, 60);
    assert.deepEqual(await shown(), [['active', null, 12, null]]);
    await comes(5, 40, 13);
    assert.deepEqual(await shown(), [['resolved', 'withdrawn by late readings', 12, 12]]);
    assert.deepEqual(line.told, ['raised pump-01', 'updated pump-01 resolved']);
    assert.deepEqual(published(), ['active', 'resolved']);
    const { history } = await onlyAlert();
    assert.deepEqual(
      history.map(({ change, actor, note }) => [change, actor, note]),
      [
        ['raised', 'rule', null],
        ['corrected', 'rule', `A reading that came late shows that the condition did not hold at ${iso(12)}.`],
      ],
    );
  });

  it('add what nobody knew as an alert that is over, without telling it as a new one', async () => {
    await line.wire(hot);
    await comes(0, 40);
    await comes(10, 40);
    await comes(4, 60, 11);
    assert.deepEqual(await shown(), [['resolved', 'condition cleared', 4, 10]]);
    assert.deepEqual(line.told, ['updated pump-01 resolved']);
    assert.deepEqual(published(), ['resolved']);
    const { history, alert } = await onlyAlert();
    assert.deepEqual(
      history.map(({ change }) => change),
      ['corrected'],
    );
    assert.deepEqual([alert.value, alert.known_at], [60, iso(11)]);
    const { rows } = await database.db.system.query('select trigger_count::int as n from rules');
    assert.deepEqual(rows, [{ n: 0 }], 'nobody was alerted');
  });

  it('of hours of silence tell of what is over with the reading that began it and the count of all', async () => {
    await line.wire(hot);
    await comes(-7_000, 20, 0);
    await comes(-6_990, 80, 0.1);
    await comes(-6_980, 70, 0.2);
    await comes(-6_970, 10, 0.3);
    const { alert } = await onlyAlert();
    assert.deepEqual([alert.status, alert.value, alert.occurrences, alert.last_value], ['resolved', 80, 2, 10]);
    assert.match(alert.message, /80/);
    assert.deepEqual(published(), ['resolved']);
  });

  it('move the beginning and the end of an alert', async () => {
    await line.wire(hot);
    await comes(10, 60);
    const { alert: first } = await onlyAlert();
    await comes(6, 60, 11);
    await comes(20, 40);
    await comes(15, 40, 21);
    assert.deepEqual(await shown(), [['resolved', 'condition cleared', 6, 15]]);
    const { alert, history } = await onlyAlert();
    assert.equal(alert.id, first.id);
    assert.deepEqual(
      history.map(({ change, note }) => [change, note]),
      [
        ['raised', null],
        ['corrected', `Readings that came late show that it held from ${iso(6)} to now, not from ${iso(10)}.`],
        ['cleared', null],
        ['corrected', `Readings that came late show that it held from ${iso(6)} to ${iso(15)}, not from ${iso(6)} to ${iso(20)}.`],
      ],
    );
    assert.equal(line.told.filter((text) => text.startsWith('raised')).length, 1);
  });

  it('raise what they complete and what still holds, with its true start', async () => {
    await line.wire({ ...hotForTenSeconds, message: '' });
    await comes(0, 60);
    await comes(4, 40);
    await comes(9, 60);
    await comes(18, 60);
    await comes(7, 60, 19);
    assert.deepEqual(await shown(), [['active', null, 17, null]]);
    assert.deepEqual(line.told, ['raised pump-01']);
    assert.equal(line.plant.sent[0]?.since, iso(7));
  });

  it('alert anew of what was told to be over and is not, with its true start', async () => {
    await line.wire(hotOnAverage);
    await comes(0, 100);
    await comes(10, 0);
    assert.deepEqual(await shown(), [['resolved', 'condition cleared', 0, 10]]);
    await comes(5, 100, 11);
    assert.deepEqual((await shown()).toSorted(), [
      ['active', null, 0, null],
      ['resolved', 'withdrawn by late readings', 0, 10],
    ]);
    await comes(20, 0);
    assert.deepEqual((await shown()).toSorted(), [
      ['resolved', 'condition cleared', 0, 20],
      ['resolved', 'withdrawn by late readings', 0, 10],
    ]);
  });

  it('leave alone what a person has resolved', async () => {
    await line.wire(hotForTenSeconds, 'withdrawn');
    await line.wire(hotOnAverage, 'opened again');
    await comes(0, 60);
    await comes(12, 60);
    line.clock.at(12.5);
    for (const { id } of await line.alerts()) await line.plant.alerts.resolve(TENANT, id, 'ana');
    await comes(20, 0);
    await comes(5, 45, 21);
    await comes(14, 90, 21);
    assert.deepEqual(await shown(), [
      ['resolved', 'ana', 0, 12.5],
      ['resolved', 'ana', 12, 12.5],
    ]);
  });

  it('are applied once, however often what they decided is sent', async () => {
    await line.wire(hot);
    await comes(10, 60);
    await comes(6, 60, 11);
    const correction = line.plant.sent.find(({ kind }) => kind === 'corrected') ?? assert.fail('nothing was corrected');
    assert.deepEqual(await line.plant.alerts.apply(correction), { kind: 'none', alert: undefined });
    const { history } = await onlyAlert();
    assert.equal(history.length, 2);
  });

  it('are only counted when they are older than the lateness of the rule', async () => {
    await line.wire({ ...hot, lateness_seconds: 30 });
    for (const at of [0, 20, 60, 100]) await comes(at, 40);
    await comes(69, 60, 101);
    await comes(40, 60, 102);
    assert.deepEqual(await shown(), []);
    await line.settled();
    const { rows } = await database.db.system.query('select late_count::int as n, late_last from rule_states');
    assert.deepEqual(rows, [{ n: 2, late_last: new Date(BASE_MS + 69_000) }]);
    await comes(71, 60, 103);
    assert.deepEqual(await shown(), [['resolved', 'condition cleared', 71, 100]]);
  });

  it('are judged after a restart as if there had been none, and what they corrected is not lost with a kill', async () => {
    const noticed: unknown[] = [];
    await line.wire(hotForTenSeconds);
    await comes(0, 60);
    await comes(12, 60);
    for (const end of ['stop', 'kill', 'unheard'] as const) {
      // Nobody hears of what the last but one platform decided.
      if (end === 'unheard') {
        line.end();
        await comes(5, 40, 13);
        noticed.push(await shown());
      }
      if (end === 'kill') await line.kill();
      else await line.stop();
      const next = new Line(database.db, { clock: line.clock, firstBatch: line.lastBatch });
      await next.plant.engine.start();
      await next.wire(hotForTenSeconds);
      line = next;
      await line.catchUp();
      await line.settled();
      noticed.push(await shown());
    }
    const active = [['active', null, 12, null]];
    assert.deepEqual(noticed, [active, active, active, [['resolved', 'withdrawn by late readings', 12, 12]]]);
  });

  describe('of a device that was away for hours', () => {
    const HOURS_3 = 10_800;

    /** All that it has kept, 500 points a message, a message every tenth of a second. */
    async function comesBack(valueAt: (at: number) => number): Promise<void> {
      line.clock.at(0);
      const kept = Array.from({ length: 5_400 }, (_, i) => -HOURS_3 + 2 * i);
      for (let first = 0; first < kept.length; first += 500) {
        line.clock.ms += 100;
        await line.take(
          'pump-01',
          kept.slice(first, first + 500).map((at) => point('temperature', at, valueAt(at))),
        );
      }
      for (let i = 0; i < 10; i++) {
        line.clock.at(2 + i);
        await line.take('pump-01', [point('temperature', 2 + i, valueAt(2 + i))]);
        await line.runTimers();
      }
    }

    for (const rule of [hot, hotForTenSeconds]) {
      const delay = rule === hot ? 0 : 10;
      const name = rule === hot ? 'at once' : 'after a duration';

      it(`alert once of what still holds, with its true start (${name})`, async () => {
        await line.wire(rule);
        // Hot for two minutes of every half hour, and for good since an hour ago.
        await comesBack((at) => (at >= -3_600 || (at + HOURS_3 + 900) % 1_800 < 120 ? 60 : 40));
        assert.deepEqual(
          line.told.filter((text) => text.startsWith('raised')),
          ['raised pump-01'],
        );
        const healed = [0, 1, 2, 3].map((i) => -HOURS_3 + 900 + i * 1_800);
        assert.deepEqual(await shown(), [
          ...healed.map((at) => ['resolved', 'condition cleared', at + delay, at + 120]),
          ['active', null, -3_600 + delay, null],
        ]);
        const [raised] = line.plant.sent.filter(({ kind }) => kind === 'raised');
        assert.equal(raised?.since, iso(-3_600));
        assert.ok((raised.held ?? []).length > 0, 'it says why it is told so late');
      });

      it(`alert of nothing when all has healed; the history tells it (${name})`, async () => {
        await line.wire(rule);
        await comesBack((at) => ((at + HOURS_3 + 900) % 1_800 < 120 ? 60 : 40));
        assert.deepEqual(
          line.told.filter((text) => text.startsWith('raised')),
          [],
        );
        const healed = [0, 1, 2, 3, 4, 5].map((i) => -HOURS_3 + 900 + i * 1_800);
        assert.deepEqual(
          await shown(),
          healed.map((at) => ['resolved', 'condition cleared', at + delay, at + 120]),
        );
      });
    }

    it('alert of nothing when the newest comes first', async () => {
      await line.wire(hot);
      await comes(0, 40);
      await line.take(
        'pump-01',
        Array.from({ length: 3_000 }, (_, i) => point('temperature', -2 - 2 * i, 60)),
      );
      await line.settled();
      // What is within the lateness is put right in its place, without waking anybody; what is older is counted.
      assert.deepEqual(
        line.told.filter((text) => text.startsWith('raised')),
        [],
      );
      const { rows } = await database.db.system.query('select late_count::int as n from rule_states');
      assert.deepEqual(rows, [{ n: 2_970 }]);
      assert.deepEqual(await shown(), [['resolved', 'condition cleared', -60, 0]]);
    });
  });
});
