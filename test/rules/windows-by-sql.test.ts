import assert from 'node:assert/strict';
import fc from 'fast-check';
import { STATISTICS } from '../../src/contracts/rule-terms.ts';
import type { Statistic } from '../../src/contracts/rules.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { JudgeRun } from '../support/judge-run.ts';
import type { TestReading } from '../support/judge-run.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const BASE_MS = Date.UTC(2026, 5, 1, 5);
const LATENESS_SECONDS = 60;

/** What SQL computes for the window that ends with each reading; null where it has no figure. */
const FIGURES = `
  select (extract(epoch from t.time) * 1000000)::bigint::text as time_us, f.*
    from telemetry t cross join lateral (
      select avg(value), min(value), max(value), stddev_samp(value) as stddev, sum(value), count(*)::int,
             percentile_cont(0.5) within group (order by value) as median,
             percentile_cont(0.95) within group (order by value) as p95,
             ((array_agg(value order by time desc))[1] - (array_agg(value order by time))[1])
               / nullif(extract(epoch from max(time) - min(time))::float8, 0) as rate
        from telemetry w
       where w.series_id = t.series_id and w.time <= t.time and w.time > t.time - $2 * interval '1 second') f
   where t.series_id = $1 order by t.time`;

type Figures = Record<Statistic, number | null> & { time_us: string };

interface Series {
  windowSeconds: number;
  /** In the order of their times. */
  readings: TestReading[];
  /** How much later each arrives, within the lateness. */
  delaysMs: number[];
}

const anySeries: fc.Arbitrary<Series> = fc
  .record({
    windowSeconds: fc.constantFrom(2, 30, 60, 600),
    rows: fc.array(
      fc.record({
        gapUs: fc.oneof(fc.integer({ min: 1, max: 4_000_000 }), fc.integer({ min: 1, max: 60_000_000 })),
        value: fc.oneof(
          fc.double({ min: -1e3, max: 1e3, noNaN: true }),
          fc.integer({ min: 0, max: 5 }),
          fc.double({ min: 1e6, max: 1e6 + 1, noNaN: true }),
        ),
        delayMs: fc.oneof(
          { weight: 3, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: LATENESS_SECONDS * 1_000 }) },
        ),
      }),
      { minLength: 100, maxLength: 150, size: 'max' },
    ),
  })
  .map(({ windowSeconds, rows }) => {
    let timeUs = BASE_MS * 1_000;
    // Six digits: what a device sends, and no number too small for the aggregates of SQL.
    const readings = rows.map(({ gapUs, value }) => ({ timeUs: (timeUs += gapUs), value: Math.round(value * 1e6) / 1e6 }));
    return { windowSeconds, readings, delaysMs: rows.map(({ delayMs }) => delayMs) };
  });

function judgeOf(statistic: Statistic, windowSeconds: number): JudgeRun {
  const conditions = { key: 'k', function: statistic, window: windowSeconds, operator: '!=' as const, value: 1e300 };
  const common = { name: 'r', scope: {}, severity: 'info' as const, message: '', lateness_seconds: LATENESS_SECONDS };
  return new JudgeRun({ ...common, rule_type: 'statistical', conditions });
}

describe('the figure of a statistical rule', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createTestDatabase();
    await new Partitions({ connection: database.connection, clock: { nowMs: () => BASE_MS }, logger: silentLogger }).ensure(1);
    await database.db.system.query(`insert into devices (tenant_id, device_id, name) values ('default', 'd', 'd') on conflict do nothing`);
  });

  after(async () => {
    await database.drop();
  });

  async function store(name: string, readings: readonly TestReading[]): Promise<number> {
    const { rows } = await database.db.system.query<{ series_id: number }>(
      `insert into series (tenant_id, device_id, key, kind) values ('default', 'd', $1, 'number') returning series_id`,
      [name],
    );
    const seriesId = rows[0]?.series_id ?? 0;
    await database.db.system.query(
      `insert into telemetry (series_id, time, value, quality)
       select $1, timestamptz 'epoch' + us * interval '1 microsecond', value, 100 from unnest($2::bigint[], $3::float8[]) r (us, value)`,
      [seriesId, readings.map(({ timeUs }) => timeUs), readings.map(({ value }) => Number(value))],
    );
    return seriesId;
  }

  it('is what SQL computes from the same points at each reading, and after late ones too', async () => {
    for (const [index, { windowSeconds, readings, delaysMs }] of fc.sample(anySeries, 12).entries()) {
      const seriesId = await store(`k${String(index)}`, readings);
      const { rows } = await database.db.system.query<Figures>(FIGURES, [seriesId, windowSeconds]);
      assert.equal(rows.length, readings.length);
      for (const statistic of STATISTICS) {
        const inOrder = judgeOf(statistic, windowSeconds);
        for (const [place, reading] of readings.entries()) {
          inOrder.point(reading);
          check(inOrder, statistic, rows[place]);
        }
        const late = judgeOf(statistic, windowSeconds);
        const arrivals = readings
          .map((reading, place) => ({ reading, place, arrivedAtMs: reading.timeUs / 1_000 + (delaysMs[place] ?? 0) }))
          .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
        let newest = 0;
        for (const [given, { reading, place, arrivedAtMs }] of arrivals.entries()) {
          late.point(reading, arrivedAtMs);
          newest = Math.max(newest, place);
          // Everything until the newest is there: the figure is that of all stored points.
          if (given === newest) check(late, statistic, rows[newest]);
        }
      }
    }
  });
});

function check(run: JudgeRun, statistic: Statistic, row: Figures | undefined): void {
  const should = row?.[statistic] ?? null;
  // SQL has no figure where the rule judges nothing; what it has as null is told by the reading before.
  if (should === null) return;
  assert.equal(run.judge.view().lastUs, Number(row?.time_us));
  const is = Number(run.judge.view().lastValue);
  // SQL adds in another order and with other rounding; a spread near zero of large values has few digits.
  const tolerance =
    1e-9 * Math.max(1, Math.abs(should)) + (statistic === 'stddev' ? 1e-6 : 0) + (statistic === 'rate' ? 1e-6 * Math.abs(should) : 0);
  assert.ok(Math.abs(is - should) <= tolerance, `${statistic}: ${is}, not ${should}`);
}
