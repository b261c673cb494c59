import assert from 'node:assert/strict';
import type { Alert } from '../../src/contracts/alerts.ts';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, TestClock } from './support.ts';
import { addSeries, Keeper, Line, point, preparePartitions } from './line.ts';

const common = { name: 'Hot', scope: {}, severity: 'warning' as const, message: '' };

function iso(at: number): string {
  return new Date(BASE_MS + at * 1_000).toISOString();
}

/** Runs work on several databases at the same time, each taking the next one of `items`. */
async function spread<Item>(items: readonly Item[], work: (database: TestDatabase, item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    const database = await createTestDatabase();
    await preparePartitions(database);
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(database, item);
    await database.drop();
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

/** How a platform ends and comes back, or only its flows. */
const ENDS = ['stop', 'kill', 'deploy'] as const;
type End = (typeof ENDS)[number];

describe('a restart in the middle of a duration of 60 s', () => {
  const hotForAMinute: AuthoredRule = {
    ...common,
    rule_type: 'threshold',
    conditions: { key: 'temperature', operator: '>', value: 50, duration_seconds: 60 },
  };
  const DOWN_SECONDS = 3;

  for (const end of ENDS) {
    it(`moves the alert at no second of it (${end}), neither of wired nor of stored rules`, async () => {
      const restarts = Array.from({ length: 61 }, (_, second) => second);
      await spread(restarts, async (database, second) => {
        const deviceId = `pump-${String(second)}`;
        await addSeries(database.db, [deviceId], ['temperature']);
        const rule: AuthoredRule = { ...hotForAMinute, scope: { device_id: deviceId } };
        const clock = new TestClock();
        const ruleId = await new Keeper(database.db, clock).create(rule);
        let line = new Line(database.db, { clock, firstBatch: second * 100, deviceIds: [deviceId] });
        const open = async (): Promise<void> => {
          await line.wire(rule, `node-${String(second)}`);
          await line.openStored();
        };
        await line.plant.engine.start();
        await open();

        const restart = async (): Promise<void> => {
          if (end === 'deploy') {
            await line.deploy(open);
            return;
          }
          // What came last was stored and acknowledged, and not judged any more.
          if (end === 'kill') await line.take(deviceId, [point('temperature', second + 0.001, 60)], { unjudged: true });
          await (end === 'kill' ? line.kill() : line.stop());
          clock.at(second + DOWN_SECONDS);
          line = new Line(database.db, { clock, firstBatch: line.lastBatch, deviceIds: [deviceId] });
          await line.plant.engine.start();
          await open();
          await line.catchUp();
        };

        for (let at = 0; at <= 70; at++) {
          if (clock.nowMs() <= BASE_MS + at * 1_000) {
            clock.at(at);
            if (at % 5 === 0) await line.take(deviceId, [point('temperature', at, 60)]);
            await line.runTimers();
          }
          if (at === second) await restart();
          // Sometimes the state was written before the end, sometimes it was not.
          if (at % 7 === 0) await line.plant.engine.checkpoint();
        }
        await line.settled();

        const alerts = (await line.alerts()).filter(({ device_id: id }) => id === deviceId);
        assert.deepEqual(
          alerts.map(({ raised_at: raised, status }) => [raised, status]),
          [
            [iso(60), 'active'],
            [iso(60), 'active'],
          ],
          `restart at ${String(second)} s`,
        );
        assert.ok(alerts.some(({ rule_id: id }) => id === ruleId));
        const latestMs = BASE_MS + 61_000 + (end === 'deploy' ? 0 : DOWN_SECONDS * 1_000);
        for (const { known_at: known } of alerts)
          assert.ok(Date.parse(known) <= latestMs, `known at ${known} after a restart at ${String(second)} s`);
        const told = line.told.filter((text) => text.startsWith('raised'));
        assert.ok(told.length <= 2);
        await line.stop();
        await new Keeper(database.db, clock).remove(ruleId);
        await database.db.system.query('delete from ingest_batches');
      });
    });
  }
});

describe('restarts at random', () => {
  const rules: AuthoredRule[] = [
    {
      ...common,
      name: 'duration',
      rule_type: 'threshold',
      conditions: { key: 'a', operator: '>', value: 50, clear_value: 48, duration_seconds: 12 },
    },
    { ...common, name: 'at once', rule_type: 'threshold', conditions: { key: 'a', operator: '>', value: 53 }, cooldown_seconds: 15 },
    {
      ...common,
      name: 'average',
      rule_type: 'statistical',
      conditions: { key: 'a', function: 'avg', window: '20s', operator: '>', value: 50.37, clear_value: 49.37, min_samples: 2 },
    },
    {
      ...common,
      name: 'compared',
      rule_type: 'comparison',
      conditions: { left: { key: 'a' }, operator: '>', right: { key: 'b' }, offset: 1, duration_seconds: 8, tolerance_seconds: 20 },
    },
  ];

  /** The same numbers for the same seed (mulberry32). */
  function randomOf(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
  }

  interface Arrival {
    key: string;
    at: number;
    value: number;
    arrival: number;
  }

  /** Readings of two quantities, a good part of them late by at most 50 s. */
  function stream(random: (below: number) => number): Arrival[] {
    const arrivals: Arrival[] = [];
    for (let at = 0; at < 240; at += 1 + random(6)) {
      const value = 46 + random(10);
      const delay = random(4) === 0 ? random(50) : 0;
      arrivals.push({ key: random(3) === 0 ? 'b' : 'a', at: at + random(900) / 1_000, value, arrival: at + delay + 1 });
    }
    return arrivals.sort((a, b) => a.arrival - b.arrival);
  }

  /** What the alerts tell in the end of when which rule held. */
  function log(alerts: readonly Alert[]): string[] {
    return alerts
      .filter(({ resolved_by: by }) => by !== 'withdrawn by late readings')
      .map(({ rule_name: name, raised_at: raised, resolved_at: over }) => `${name} ${raised.slice(14, 23)} ${over?.slice(14, 23) ?? 'now'}`)
      .toSorted();
  }

  async function run(
    database: TestDatabase,
    arrivals: readonly Arrival[],
    name: string,
    endAt: (second: number) => End | undefined,
  ): Promise<string[]> {
    await addSeries(database.db, [name], ['a', 'b']);
    await database.db.system.query('delete from ingest_batches');
    const clock = new TestClock();
    const keeper = new Keeper(database.db, clock);
    const scoped = rules.map((rule) => ({ ...rule, scope: { device_id: name } }));
    const [first, second, ...others] = scoped;
    const stored = await Promise.all(others.map((rule) => keeper.create(rule)));
    let line = new Line(database.db, { clock, deviceIds: [name] });
    const open = async (): Promise<void> => {
      if (first !== undefined) await line.wire(first, `${name} 1`);
      if (second !== undefined) await line.wire(second, `${name} 2`);
      await line.openStored();
    };
    await line.plant.engine.start();
    await open();
    const waiting = [...arrivals];
    for (let at = 0; at <= 310; at++) {
      clock.at(at);
      await line.runTimers();
      const end = endAt(at);
      for (let next = waiting[0]; next !== undefined && next.arrival <= at; next = waiting[0]) {
        waiting.shift();
        // What comes in the last second before a kill is stored and not judged.
        await line.take(name, [point(next.key, next.at, next.value)], { unjudged: end === 'kill' });
      }
      if (end === undefined) continue;
      if (end === 'deploy') await line.deploy(open);
      else {
        await (end === 'kill' ? line.kill() : line.stop());
        line = new Line(database.db, { clock, firstBatch: line.lastBatch, deviceIds: [name] });
        await line.plant.engine.start();
        await open();
        await line.catchUp();
      }
    }
    await line.settled();
    const alerts = (await line.alerts()).filter(({ device_id: id }) => id === name);
    assert.deepEqual(line.plant.errors, []);
    await line.stop();
    for (const ruleId of stored) await keeper.remove(ruleId);
    return log(alerts);
  }

  it('leave the same log of alerts as if there had been none', async () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
    let episodes = 0;
    await spread(seeds, async (database, seed) => {
      const arrivals = stream(randomOf(seed));
      const expected = await run(database, arrivals, `calm-${String(seed)}`, () => undefined);
      const random = randomOf(seed * 1_000);
      const ends = new Map(Array.from({ length: 6 }, () => [random(300), ENDS[random(3)]] as const));
      const found = await run(database, arrivals, `rough-${String(seed)}`, (at) => ends.get(at));
      assert.deepEqual(found, expected, `seed ${String(seed)}, ends ${JSON.stringify([...ends])}`);
      episodes += expected.length;
    });
    assert.ok(episodes > 50, `there was something to compare (${String(episodes)} episodes)`);
  });
});
