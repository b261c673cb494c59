import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deleteDevice, purgeStep } from '../../src/storage/repositories/devices.ts';
import { until } from '../nodes/support/until.ts';
import { DAY_MS, NOW_MS, RollupFixture } from './rollup-support.ts';

const MINUTE_MS = 60_000;
/** The last whole minute that is closed at NOW_MS: it ended 10 s before. */
const LAST = Math.floor(NOW_MS / MINUTE_MS) * MINUTE_MS - MINUTE_MS;

describe('the roll-up by the minute', () => {
  let fixture: RollupFixture;

  beforeEach(async () => {
    fixture = await RollupFixture.start();
  });
  afterEach(() => fixture.end());

  const minutes = () =>
    fixture.sql(`select s.key, to_char(m.time at time zone 'UTC', 'HH24:MI') as at, m.n, m.sum, m.min, m.max, m.m2
                   from telemetry_1m m join series s using (series_id) order by s.key, m.time`);
  const marks = async () => Number((await fixture.sql('select count(*) as n from rollup_dirty'))[0]?.['n']);

  it('has n, sum, min, max and the squared differences of each minute that is over, of numbers and booleans', async () => {
    await fixture.rollup.catchUp();
    fixture.clock.at += MINUTE_MS;
    const at = NOW_MS;
    for (const [i, value] of [1, 2, 6].entries()) await fixture.store({ atMs: at + i, value });
    await fixture.store({ atMs: at, key: 'on', value: true });
    await fixture.store({ atMs: at + 1, key: 'on', value: false });
    await fixture.store({ atMs: at, key: 'mode', value: 'auto' });
    await fixture.store({ atMs: at + MINUTE_MS, value: 99 });
    await fixture.rollup.catchUp();
    assert.deepEqual(await minutes(), [
      { key: 'on', at: '12:00', n: 2, sum: 1, min: 0, max: 1, m2: 0.5 },
      { key: 't', at: '12:00', n: 3, sum: 9, min: 1, max: 6, m2: 14 },
    ]);
    assert.equal(await marks(), 0, 'readings of open minutes mark nothing');
  });

  it('waits five seconds after the end of a minute', async () => {
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: NOW_MS, value: 1 });
    fixture.clock.at = LAST + 2 * MINUTE_MS + 4_999;
    await fixture.rollup.catchUp();
    assert.deepEqual(await minutes(), []);
    fixture.clock.at += 1;
    await fixture.rollup.catchUp();
    assert.equal((await minutes()).length, 1);
  });

  for (const history of [false, true]) {
    it(`computes a closed minute anew when ${history ? 'past telemetry is imported' : 'a reading comes late'}; until then figures are right without it`, async () => {
      await fixture.rollup.catchUp();
      await fixture.store({ atMs: LAST + 1_000, value: 1 });
      await fixture.rollup.catchUp();
      await fixture.store({ atMs: LAST + 2_000, value: 3, history });
      await fixture.store({ atMs: LAST - 3 * DAY_MS, value: 5, history });
      assert.equal(await marks(), 2);
      await fixture.assertSame(3_600, LAST - 4 * DAY_MS, NOW_MS);
      await fixture.rollup.catchUp();
      assert.equal(await marks(), 0);
      assert.deepEqual(
        (await minutes()).map(({ n, sum }) => [n, sum]),
        [
          [1, 5],
          [2, 4],
        ],
      );
      await fixture.assertSame(3_600, LAST - 4 * DAY_MS, NOW_MS);
    });
  }

  it('closes no minute while a write is under way that began before', async () => {
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: NOW_MS, value: 1 });
    const holder = await fixture.database.db.connect();
    try {
      // Lets the roll-up read, and keeps ingest from writing.
      await holder.query('begin');
      await holder.query('lock table telemetry in share mode');
      const stored = fixture.store({ atMs: NOW_MS + 1, value: 2 });
      const held = `select from pg_locks where relation = 'telemetry'::regclass and not granted`;
      await until(async () => (await fixture.sql(held)).length > 0, 'the write to be held');
      fixture.clock.at += 2 * MINUTE_MS;
      const caughtUp = fixture.rollup.catchUp();
      for (let look = 0; look < 20; look += 1) {
        const [state] = await fixture.sql('select closed_until <= to_timestamp($1::float8) as open from rollup_state', [NOW_MS / 1_000]);
        assert.equal(state?.['open'], true);
      }
      await holder.query('rollback');
      await Promise.all([stored, caughtUp]);
    } finally {
      await holder.end();
    }
    assert.deepEqual(
      (await minutes()).map(({ n, sum }) => [n, sum]),
      [[2, 3]],
    );
    assert.equal(await marks(), 0);
  });

  it('marks minutes when readings, repeats and texts come in one batch', async () => {
    await fixture.rollup.catchUp();
    await Promise.all([
      fixture.store({ atMs: LAST, value: 1 }),
      fixture.store({ atMs: LAST, value: 1 }),
      fixture.store({ atMs: LAST, key: 'mode', value: 'auto' }),
      fixture.store({ atMs: LAST + 30_000, value: 2 }),
    ]);
    await fixture.rollup.catchUp();
    assert.deepEqual(
      (await minutes()).map(({ n, sum }) => [n, sum]),
      [[2, 3]],
    );
  });

  it('rolls up what was stored before there was a roll-up, the newest day first, and goes on after a restart', async () => {
    await fixture.rollup.stop();
    await fixture.sql('delete from rollup_state');
    for (let day = 0; day < 4; day++) await fixture.ensureDay(Math.floor(NOW_MS / DAY_MS) - day);
    await fixture.sql(
      `insert into series (tenant_id, device_id, key, kind) select 'default', 'pump-01', 'k' || i, 'number' from generate_series(1, 60) i`,
    );
    await fixture.sql(
      `insert into telemetry (time, value, series_id, quality)
       select to_timestamp($1::float8) - i * interval '997 seconds', i, series_id, 100 from series, generate_series(1, 250) i`,
      [NOW_MS / 1_000],
    );
    await fixture.restart();
    const from = NOW_MS - 4 * DAY_MS;
    await fixture.assertSame(3_600, from, NOW_MS);
    await fixture.restart();
    await fixture.rollup.catchUp();
    await fixture.assertSame(3_600, from, NOW_MS);
    const [{ rolled, complete } = {}] = await fixture.sql(
      `select (select sum(n) from telemetry_1m) = (select count(*) from telemetry) as rolled, complete_from = '-infinity' as complete from rollup_state`,
    );
    assert.deepEqual([rolled, complete], [true, true]);
  });

  it('goes on where it stood when the platform was down for days', async () => {
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: NOW_MS, value: 7 });
    fixture.clock.at += 2 * DAY_MS;
    await fixture.restart();
    await fixture.rollup.catchUp();
    assert.deepEqual(
      (await minutes()).map(({ n, sum }) => [n, sum]),
      [[1, 7]],
    );
  });

  it('takes minutes back that closed while the clock was wrong', async () => {
    fixture.clock.at += 300 * DAY_MS;
    await fixture.restart();
    fixture.clock.at = NOW_MS;
    await fixture.restart();
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: NOW_MS, value: 1 });
    assert.equal(await marks(), 0);
    fixture.clock.at += 2 * MINUTE_MS;
    await fixture.rollup.catchUp();
    assert.equal((await minutes()).length, 1);
    await fixture.assertSame(60, NOW_MS - DAY_MS, NOW_MS + DAY_MS);
  });

  it('is not held up by values whose squares no double holds', async () => {
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: LAST, value: 1e308 });
    await fixture.store({ atMs: LAST + 1, value: 1.5e308 });
    await fixture.store({ atMs: LAST - MINUTE_MS, value: 2 });
    await fixture.rollup.catchUp();
    assert.deepEqual(
      (await minutes()).map(({ n, sum, max }) => [n, sum, max]),
      [
        [1, 2, 2],
        [2, NaN, 1.5e308],
      ],
    );
    await fixture.assertSame(3_600, NOW_MS - DAY_MS, NOW_MS);
  });

  it('differs by no more than the order of additions where large readings cancel', async () => {
    await fixture.rollup.catchUp();
    const values = [986_543.210_987, -3.3e-5, 123_456.789_012, -986_543.210_987, 1.1e-4, -123_456.789_012];
    for (const [i, value] of values.entries()) await fixture.store({ atMs: LAST - i * MINUTE_MS, value });
    await fixture.rollup.catchUp();
    await fixture.assertSame(3_600, LAST - DAY_MS, NOW_MS);
  });

  it('goes with a removed device', async () => {
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: LAST, value: 1 });
    await fixture.store({ device: 'pump-02', atMs: LAST, value: 2 });
    await fixture.rollup.catchUp();
    await fixture.store({ atMs: LAST + 1, value: 3 });
    const { db } = fixture.database;
    await db.transaction((tx) => deleteDevice(tx, 'default', 'pump-01'));
    for (let next: number | undefined = 0; next !== undefined;) next = await purgeStep(db.system, next);
    await fixture.rollup.catchUp();
    const [{ n, marked } = {}] = await fixture.sql(
      'select (select count(*)::int from telemetry_1m) as n, (select count(*)::int from rollup_dirty) as marked',
    );
    assert.deepEqual([n, marked], [1, 0]);
  });

  it('gives the figures of the readings themselves at every moment, whatever comes late and whenever it is restarted', async () => {
    const reading = fc.record({
      kind: fc.constant('store' as const),
      device: fc.constantFrom('pump-01', 'pump-02'),
      agoMs: fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 3 * DAY_MS })),
      value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      history: fc.boolean(),
    });
    const step = fc.oneof(
      { weight: 12, arbitrary: reading },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1_000, max: 200_000 }) }) },
      { weight: 3, arbitrary: fc.constant({ kind: 'roll up' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('compare' as const),
          bucket: fc.constantFrom(60, 300, 3_600, 86_400),
          zone: fc.constantFrom(null, 'America/Bogota', 'Asia/Kathmandu'),
          fromAgoMs: fc.integer({ min: 60_000, max: 4 * DAY_MS }),
          untilAgoMs: fc.integer({ min: -60_000, max: 59_000 }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const underWay: Promise<unknown>[] = [];
        for (const one of steps) {
          const nowMs = fixture.clock.at;
          if (one.kind === 'advance') fixture.clock.at += one.ms;
          else if (one.kind === 'store') {
            underWay.push(fixture.store({ device: one.device, atMs: nowMs - one.agoMs, value: one.value, history: one.history }));
          } else if (one.kind === 'roll up') underWay.push(fixture.rollup.catchUp());
          else if (one.kind === 'restart') await fixture.restart();
          else {
            const zone = one.bucket === 86_400 ? one.zone : null;
            await fixture.assertSame(one.bucket, nowMs - one.fromAgoMs, nowMs - one.untilAgoMs, zone);
          }
        }
        await Promise.all(underWay);
        await fixture.rollup.catchUp();
        await fixture.assertSame(60, fixture.clock.at - 5 * DAY_MS, fixture.clock.at + DAY_MS);
        assert.equal(await marks(), 0);
        const [{ missing } = {}] = await fixture.sql(
          `select count(*)::int as missing from (
             select series_id, date_bin('1 minute', time, 'epoch') as time, count(*)::int as n from telemetry, rollup_state
              where time < closed_until group by 1, 2) r
             left join telemetry_1m m using (series_id, time) where m.n is distinct from r.n`,
        );
        assert.equal(missing, 0, 'every reading of a closed minute is in the roll-up');
      }),
      { numRuns: 12 },
    );
  });
});
