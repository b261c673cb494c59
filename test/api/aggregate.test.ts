import assert from 'node:assert/strict';
import type { AggregateItem, TelemetryColumns } from '../../src/contracts/telemetry-ranges.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const itemsOf = (answer: Answer): AggregateItem[] => answer.body.items as unknown as AggregateItem[];

/** GET /telemetry/aggregate, and GET /telemetry/{device_id} in columns. */
describe('figures over telemetry', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let hour: number;
  const iso = (offsetMs: number) => new Date(hour + offsetMs).toISOString();

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['pump-01', 'pump-02', 'silent']) await admin.post('/devices', { device_id });
    hour = Math.floor(fixture.clock.nowMs() / HOUR_MS - 6) * HOUR_MS;
    const send = (device_id: string, offsetMs: number, data: object) => ({ device_id, timestamp: iso(offsetMs), data });
    const sent = await admin.post('/telemetry?mode=history', [
      send('pump-01', 0, { temperature: { value: 2, unit: 'C' }, running: true, mode: 'auto' }),
      send('pump-01', 20_000, { temperature: 4, running: false }),
      send('pump-01', 40_000, { temperature: 9, running: true }),
      send('pump-01', 90_000, { temperature: 5 }),
      send('pump-01', 2 * HOUR_MS, { temperature: -1 }),
      send('pump-02', 30_000, { temperature: 100 }),
    ]);
    assert.equal(sent.body.stored, 10);
  });
  after(() => fixture.stop());

  const path = (query: Record<string, string>) => `/telemetry/aggregate?${new URLSearchParams(query).toString()}`;
  const day = () => ({ start: iso(0), end: iso(3 * HOUR_MS) });
  const ask = (query: Record<string, string>) => admin.get(path({ ...day(), device_id: 'pump-01', keys: 'temperature', ...query }));

  it('are by device, key and time, with the functions asked for', async () => {
    const answer = await ask({ bucket: '1m', functions: 'avg,min,max,sum,count,stddev' });
    assert.equal(answer.status, 200, answer.text);
    const [first, ...others] = itemsOf(answer);
    const { stddev, ...exact } = first ?? { stddev: null };
    assert.deepEqual(exact, {
      device_id: 'pump-01',
      key: 'temperature',
      unit: '°C',
      start: iso(0),
      avg: 5,
      min: 2,
      max: 9,
      sum: 15,
      count: 3,
    });
    assert.ok(Math.abs((stddev ?? 0) - Math.sqrt(13)) < 1e-12);
    assert.deepEqual(
      others.map(({ start, count, stddev: none }) => [start, count, none]),
      [
        [iso(MINUTE_MS), 1, null],
        [iso(2 * HOUR_MS), 1, null],
      ],
    );
    assert.equal(answer.body.next_cursor, null);
  });

  it('are average, minimum, maximum and count unless asked otherwise, of every device when none is named', async () => {
    const items = itemsOf(await admin.get(path({ ...day(), keys: 'temperature', bucket: '1h' })));
    assert.deepEqual(
      items.map(({ device_id, start, avg, min, max, count }) => [device_id, start, avg, min, max, count]),
      [
        ['pump-01', iso(0), 5, 2, 9, 4],
        ['pump-01', iso(2 * HOUR_MS), -1, -1, -1, 1],
        ['pump-02', iso(0), 100, 100, 100, 1],
      ],
    );
    assert.ok(!('sum' in (items[0] ?? {})));
  });

  it('count booleans as 0 and 1', async () => {
    const [item] = itemsOf(await ask({ keys: 'running', bucket: '1h', functions: 'avg,sum,count' }));
    assert.deepEqual([item?.sum, item?.count], [2, 3]);
    assert.ok(Math.abs((item?.avg ?? 0) - 2 / 3) < 1e-12);
  });

  it('have buckets without a reading only when asked', async () => {
    const filled = itemsOf(await ask({ bucket: '1h', fill: 'null', functions: 'avg,count' }));
    assert.deepEqual(
      filled.map(({ start, avg, count }) => [start, avg, count]),
      [
        [iso(0), 5, 4],
        [iso(HOUR_MS), null, 0],
        [iso(2 * HOUR_MS), -1, 1],
      ],
    );
  });

  it('take readings from `start` on and before `end`, also inside a minute', async () => {
    const [item, ...others] = itemsOf(await ask({ bucket: '1m', start: iso(20_000), end: iso(40_000), functions: 'sum' }));
    assert.deepEqual([item?.start, item?.sum, others.length], [iso(0), 4, 0]);
  });

  it('are of the last 24 hours unless a period is given', async () => {
    const items = itemsOf(await admin.get('/telemetry/aggregate?device_id=pump-01&keys=temperature&bucket=7d&functions=count'));
    assert.equal(
      items.reduce((sum, { count = 0 }) => sum + count, 0),
      5,
    );
  });

  it('have the days of a time zone, over a change of the clocks too', async () => {
    for (const table of ['telemetry', 'telemetry_1m']) {
      await fixture.sql(`create table ${table}_spring partition of ${table} for values from ('2025-03-29') to ('2025-04-01')`);
    }
    await fixture.sql(
      `insert into telemetry (time, value, series_id, quality) select t, 1, series_id, 100 from series,
         generate_series('2025-03-29 00:00+00'::timestamptz, '2025-03-31 23:00+00', interval '1 hour') t where device_id = 'pump-02'`,
    );
    const period = { start: '2025-03-29T23:00:00Z', end: '2025-03-31T22:00:00Z' };
    const query = { ...period, device_id: 'pump-02', keys: 'temperature', bucket: '1d', functions: 'count' };
    const expected = [
      ['2025-03-29T23:00:00.000Z', 23],
      ['2025-03-30T22:00:00.000Z', 24],
    ];
    for (const fill of [{}, { fill: 'null' }]) {
      const items = itemsOf(await admin.get(path({ ...query, timezone: 'Europe/Berlin', ...fill })));
      assert.deepEqual(
        items.map(({ start, count }) => [start, count]),
        expected,
      );
    }
    assert.deepEqual(
      itemsOf(await admin.get(path(query))).map(({ start, count }) => [start, count]),
      [
        ['2025-03-29T00:00:00.000Z', 1],
        ['2025-03-30T00:00:00.000Z', 24],
        ['2025-03-31T00:00:00.000Z', 22],
      ],
    );
  });

  it('are the same from the roll-up and from the readings', async () => {
    await fixture.rollup.start();
    await fixture.rollup.catchUp();
    for (const bucket of ['5s', '90', '1m', '15m', '1h', '1d']) {
      const query = { bucket, functions: 'avg,min,max,sum,count,stddev' };
      const raw = itemsOf(await ask({ ...query, source: 'raw' }));
      assert.ok(raw.length > 0);
      assert.deepEqual(itemsOf(await ask(query)), raw, bucket);
    }
    // Whoever takes the roll-up away shows that it was used.
    await fixture.sql('update telemetry_1m set max = 12345');
    assert.ok(itemsOf(await ask({ bucket: '1h' })).every(({ max }) => max === 12_345));
    assert.ok(itemsOf(await ask({ bucket: '90' })).every(({ max = 0 }) => (max ?? 0) < 10));
  });

  it('are refused with the bucket that would do when there would be too many', async () => {
    const year = { start: '2025-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' };
    const answer = await ask({ ...year, bucket: '1m' });
    assert.equal(answer.status, 400);
    assert.equal(answer.body.errors[0]?.field, 'bucket');
    assert.match(answer.body.errors[0]?.message ?? '', /525,600 buckets over 1 series.*"bucket=1h"/);
    assert.equal((await ask({ ...year, bucket: '1h' })).status, 200);
    const many = await ask({ start: '1970-01-01T00:00:00Z', end: '9999-01-01T00:00:00Z', bucket: '30d' });
    assert.match(many.body.errors[0]?.message ?? '', /shorter period/);
  });

  it('name the field that is wrong', async () => {
    const cases: [Record<string, string>, string][] = [
      [{ bucket: '0' }, 'bucket'],
      [{ bucket: '1y' }, 'bucket'],
      [{ bucket: '-5m' }, 'bucket'],
      [{ bucket: '400d' }, 'bucket'],
      [{ bucket: '1h', functions: 'avg,median' }, 'functions'],
      [{ bucket: '1h', timezone: 'Europe/Berlin' }, 'timezone'],
      [{ bucket: '1d', timezone: 'Mars/Base' }, 'timezone'],
      [{ bucket: '1d', timezone: '+02:00' }, 'timezone'],
      [{ bucket: '1h', end: iso(-1) }, 'end'],
      [{ bucket: '1h', start: 'yesterday' }, 'start'],
      [{ bucket: '1h', fill: '0' }, 'fill'],
      [{ bucket: '1h', keys: 'mode' }, 'keys'],
      [{ bucket: '1h', limit: '5' }, 'limit'],
    ];
    for (const [query, field] of cases) {
      const answer = await ask(query);
      assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, field], JSON.stringify(query) + answer.text);
    }
    assert.equal((await admin.get('/telemetry/aggregate')).body.errors[0]?.field, 'bucket');
  });

  it('answer 404 for a device that does not exist, and for one of another tenant', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.sql(`insert into devices (device_id, tenant_id, name) values ('theirs', 'acme', 'x')`);
    await fixture.sql(`insert into series (tenant_id, device_id, key, kind) values ('acme', 'theirs', 'temperature', 'number')`);
    for (const device_id of ['nobody', 'theirs']) {
      for (const route of ['aggregate?bucket=1h&', 'export?']) {
        const answer = await admin.get(`/telemetry/${route}device_id=pump-01,${device_id}`);
        assert.deepEqual([answer.status, answer.body.code], [404, 'NOT_FOUND'], route);
      }
    }
    assert.deepEqual(itemsOf(await admin.get('/telemetry/aggregate?bucket=1h&device_id=silent')), []);
    const ids = new Set(itemsOf(await admin.get('/telemetry/aggregate?bucket=1h')).map(({ device_id }) => device_id));
    assert.ok(!ids.has('theirs'));
  });

  describe('in columns', () => {
    const columns = async (query: string): Promise<TelemetryColumns> => {
      const answer = await admin.get(`/telemetry/pump-01?format=columns&${query}`);
      assert.equal(answer.status, 200, answer.text);
      return answer.body as unknown as TelemetryColumns;
    };

    it('are the readings of one quantity, oldest first, with six digits', async () => {
      const us = (offsetMs: number) => iso(offsetMs).replace('Z', '000Z');
      assert.deepEqual(await columns('keys=temperature'), {
        ...{ device_id: 'pump-01', key: 'temperature', kind: 'number', unit: '°C' },
        timestamps: [us(0), us(20_000), us(40_000), us(90_000), us(2 * HOUR_MS)],
        values: [2, 4, 9, 5, -1],
        qualities: [100, 100, 100, 100, 100],
        next_cursor: null,
      });
      assert.deepEqual((await columns('keys=running')).values, [true, false, true]);
      assert.deepEqual((await columns('keys=mode')).values, ['auto']);
      assert.deepEqual((await columns(`keys=temperature&start=${iso(20_000)}&end=${iso(90_000)}`)).values, [4, 9]);
      assert.deepEqual((await columns(`keys=temperature&start=${iso(80_000)}&end=${iso(85_000)}`)).values, []);
    });

    it('come in pages', async () => {
      const values: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: TelemetryColumns = await columns(`keys=temperature&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        assert.ok(page.values.length <= 2 && page.timestamps.length === page.values.length);
        values.push(...page.values);
        cursor = page.next_cursor;
      }
      assert.deepEqual(values, [2, 4, 9, 5, -1]);
    });

    it('need one quantity that the device has', async () => {
      for (const query of [
        '',
        'keys=temperature,running',
        'keys=nothing',
        'keys=temperature&cursor=rubbish',
        'keys=temperature&limit=100001',
      ]) {
        assert.equal((await admin.get(`/telemetry/pump-01?format=columns&${query}`)).status, 400, query);
      }
      assert.equal((await admin.get('/telemetry/nobody?format=columns&keys=temperature')).status, 404);
      assert.equal((await admin.get('/telemetry/pump-01?limit=501')).body.errors[0]?.field, 'limit');
    });
  });
});
