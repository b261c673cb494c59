import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { call, Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('telemetry over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let device: Client;
  let gateway: Client;
  let off: () => void;
  let base: number;

  before(async () => {
    fixture = await startApi();
    off = fixture.wire();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['pump-01', 'pump-02', 'boiler']) await admin.post('/devices', { device_id });
    device = Client.withKey(fixture, (await admin.post('/devices/pump-01/credentials', {})).body.key);
    gateway = Client.withKey(fixture, (await admin.post('/api-keys', { name: 'gw', kind: 'gateway', auto_register: true })).body.key);
    base = fixture.clock.nowMs() - 3_600_000;
  });
  after(async () => {
    off();
    await fixture.stop();
  });

  const iso = (offsetMs: number, micros = '000') => new Date(base + offsetMs).toISOString().replace('Z', `${micros}Z`);
  const itemsOf = async (path: string) =>
    (await admin.get(path)).body.items as {
      device_id: string;
      key: string;
      timestamp: string;
      value: unknown;
      unit: string | null;
      quality: number;
    }[];
  const rejectedOf = async (deviceId: string) => (await admin.get(`/telemetry/rejected?device_id=${deviceId}`)).body.items;

  it('stores one message of a device and answers after it is stored', async () => {
    const body = { timestamp: iso(0, '123'), data: { temperature: { value: 28.5, unit: 'C' }, running: true, mode: 'auto' } };
    const answer = await device.post('/telemetry', body);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { stored: 3, duplicates: 0, rejected: [] });
    const [row] = await fixture.sql(`select count(*) as n from telemetry`);
    assert.equal(Number(row?.['n']), 2);
    const items = await itemsOf('/telemetry/pump-01');
    assert.deepEqual(
      items.find(({ key }) => key === 'temperature'),
      { device_id: 'pump-01', key: 'temperature', timestamp: iso(0, '123'), value: 28.5, unit: '°C', quality: 100 },
    );
    assert.equal(items.find(({ key }) => key === 'running')?.value, true);
    assert.equal(items.find(({ key }) => key === 'mode')?.value, 'auto');
    assert.deepEqual(
      (await device.post('/telemetry', body)).body,
      { stored: 0, duplicates: 3, rejected: [] },
      'a repeat stores nothing twice',
    );
  });

  it('stores a list, tells the place and reason of what is bad, and keeps the rest', async () => {
    const answer = await gateway.post('/telemetry', [
      { device_id: 'pump-02', timestamp: iso(1), temperature: 1, bad: null },
      { device_id: 'pump-02', timestamp: '1970-01-01T00:00:00Z', temperature: 2 },
      { device_id: 'no spaces allowed', temperature: 3 },
      { device_id: 5, temperature: 3 },
      { device_id: 'pump-02', timestamp: '2100-01-01T00:00:00Z', temperature: 2 },
      { device_id: 'boiler', timestamp: iso(2), pressure: 4 },
      { device_id: 'boiler', timestamp: iso(3), text: 'x'.repeat(300_000) },
      7,
    ]);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.stored, 2);
    const reasons = answer.body.rejected.map(({ index, field, reason }: { index: number; field: string | null; reason: string }) => [
      index,
      field,
      reason,
    ]);
    assert.deepEqual(reasons, [
      [0, 'bad', 'invalid_value'],
      [1, 'timestamp', 'timestamp_too_old'],
      [2, null, 'invalid_device_id'],
      [3, 'device_id', 'invalid_device_id'],
      [4, 'timestamp', 'timestamp_in_future'],
      [6, null, 'too_large'],
      [7, null, 'invalid_device_id'],
    ]);
    assert.ok(answer.body.rejected.every(({ message }: { message: string }) => message.length > 20));
  });

  it('answers 400 with the reasons when nothing could be stored, and keeps each message', async () => {
    const answer = await device.post('/telemetry', { temperature: null });
    assert.equal(answer.status, 400);
    assert.equal(answer.body.code, 'NO_POINT_STORED');
    assert.equal(answer.body.rejected[0]?.reason, 'invalid_value');
    const [kept] = await rejectedOf('pump-01');
    assert.equal(kept?.raw, '{"temperature":null}');
    assert.equal(kept?.source, 'http');
  });

  it('refuses bodies that are no telemetry, each with its reason', async () => {
    const tenThousand = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${String(n)}`, n]));
    const cases: [string, string][] = [
      ['{"temperature": ', 'malformed_json'],
      ['', 'malformed_json'],
      ['null', 'malformed_json'],
      ['"text"', 'malformed_json'],
      ['[]', 'empty_message'],
      ['{}', 'empty_message'],
      [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'too_deep'],
      [`{"a":${'{"a":'.repeat(50)}1${'}'.repeat(50)}}`, 'too_deep'],
      ['{"a": 1e999}', 'value_out_of_range'],
      ['{"a": "nul\\u0000"}', 'invalid_value'],
      ['{"a\\u0000": 1}', 'invalid_key'],
      ['{"a": {"b": 1}}', 'nested_value'],
      [JSON.stringify(tenThousand), 'too_many_keys'],
      [JSON.stringify(Array.from({ length: 1_001 }, () => ({ a: 1 }))), 'too_large'],
    ];
    for (const [body, reason] of cases) {
      const answer = await device.send('POST', '/telemetry', body, { 'content-type': 'application/json' });
      assert.equal(answer.status, 400, body.slice(0, 60));
      assert.ok(['NO_POINT_STORED', 'INVALID_REQUEST'].includes(answer.body.code));
      if (body === '') continue;
      assert.equal(answer.body.rejected[0]?.reason, reason, body.slice(0, 60));
    }
  });

  it('keeps a number as it was written, so that one beyond double range is not taken for null', async () => {
    const answer = await device.send('POST', '/telemetry', '[{"a": 1}, {"a": -1e999, "b\\"],[": 2}]', {
      'content-type': 'application/json',
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.stored, 2);
    assert.deepEqual(
      answer.body.rejected.map(({ index, field, reason }: { index: number; field: string | null; reason: string }) => [
        index,
        field,
        reason,
      ]),
      [[1, 'a', 'value_out_of_range']],
    );
  });

  it('refuses bodies over 1 MB, of other kinds, and broken ones, without reading telemetry out of them', async () => {
    const large = await device.send('POST', '/telemetry', `[${'{"a":1},'.repeat(200_000)}{"a":1}]`, { 'content-type': 'application/json' });
    assert.equal(large.status, 413);
    assert.equal(large.body.code, 'PAYLOAD_TOO_LARGE');
    const bomb = await call(fixture.url, 'POST', '/api/v1/telemetry', {
      headers: { ...device.headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Blob([gzipSync(Buffer.alloc(20_000_000, ' '))]),
    });
    assert.equal(bomb.status, 413, 'unpacked it is too large');
    const packed = await call(fixture.url, 'POST', '/api/v1/telemetry', {
      headers: { ...device.headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Blob([gzipSync('{"packed": 1}')]),
    });
    assert.equal(packed.body.stored, 1);
    const form = await device.send('POST', '/telemetry', 'temperature=5', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.equal(form.status, 415);
    assert.equal(form.body.code, 'UNSUPPORTED_MEDIA_TYPE');
    const latin = await device.send('POST', '/telemetry', '{"a":1}', { 'content-type': 'application/json', 'content-encoding': 'rot13' });
    assert.equal(latin.status, 415);
  });

  it('lets a device speak for itself alone, and writes down who tries more', async () => {
    const answer = await device.post('/telemetry', { device_id: 'pump-02', data: { temperature: 99 } });
    assert.equal(answer.status, 400);
    assert.equal(answer.body.rejected[0]?.reason, 'forbidden');
    const guess = await device.post('/telemetry', { device_id: 'no-such-pump', data: { temperature: 99 } });
    assert.equal(guess.body.rejected[0]?.reason, 'forbidden', 'a device is not told which others exist');
    const rows = await fixture.sql(`select actor from audit_log where action = 'telemetry.send' and outcome = 'refused'`);
    assert.deepEqual(rows.at(-1)?.['actor'], 'device:pump-01');
    assert.ok((await itemsOf('/telemetry/pump-02')).every(({ value }) => value !== 99));
    const own = await device.post('/telemetry', { device_id: 'pump-01', data: { temperature: 20 } });
    assert.equal(own.body.stored, 1);
  });

  it('registers devices that a gateway names when its key allows it, and only then', async () => {
    assert.equal((await gateway.post('/telemetry', { device_id: 'new-1', t: 1 })).body.stored, 1);
    assert.equal((await admin.get('/devices/new-1')).body.origin, 'gateway');
    const strict = Client.withKey(fixture, (await admin.post('/api-keys', { name: 'strict', kind: 'gateway' })).body.key);
    const refused = await strict.post('/telemetry', { device_id: 'new-2', t: 1 });
    assert.equal(refused.body.rejected[0]?.reason, 'unknown_device');
    assert.equal(
      (await admin.post('/telemetry', { device_id: 'new-2', t: 1 })).body.rejected[0]?.reason,
      'unknown_device',
      'people do not register by sending',
    );
    assert.equal((await admin.post('/telemetry', { device_id: 'boiler', t: 1 })).body.stored, 1);
  });

  it('answers 503 with Retry-After when no flow takes it', async () => {
    off();
    try {
      const answer = await device.post('/telemetry', { temperature: 1 });
      assert.equal(answer.status, 503);
      assert.equal(answer.body.code, 'NO_OUTLET');
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    } finally {
      off = fixture.wire();
    }
  });

  it('pages through readings exactly once, newest first, to the microsecond', async () => {
    const points = Array.from({ length: 60 }, (_, n) => ({
      device_id: 'boiler',
      timestamp: iso(10_000, String(n).padStart(3, '0')),
      data: { flow: n, level: n + 0.5, note: `n${String(n)}` },
    }));
    assert.equal((await gateway.post('/telemetry', points)).body.stored, 180);
    const range = `start=${iso(10_000)}&end=${iso(10_001)}`;
    const seen: string[] = [];
    let last = '~';
    let cursor: string | null = null;
    do {
      const page = await admin.get(
        `/telemetry?device_id=boiler&keys=flow,note&${range}&limit=7${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      assert.equal(page.status, 200);
      for (const item of page.body.items) {
        assert.ok(item.timestamp <= last, 'newest first');
        assert.match(item.timestamp, /\.\d{6}Z$/);
        last = item.timestamp;
        seen.push(`${item.timestamp} ${item.key} ${String(item.value)}`);
      }
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    const expected = points.flatMap(({ timestamp, data }) => [`${timestamp} flow ${String(data.flow)}`, `${timestamp} note ${data.note}`]);
    assert.deepEqual([...seen].sort(), expected.sort());
  });

  it('takes start as included and end as excluded, to the microsecond and in any zone', async () => {
    const times = async (query: string) => (await itemsOf(`/telemetry/boiler?keys=flow&${query}`)).map(({ timestamp }) => timestamp);
    assert.deepEqual(await times(`start=${iso(10_000, '005')}&end=${iso(10_000, '007')}`), [iso(10_000, '006'), iso(10_000, '005')]);
    const bogota = `${new Date(base + 10_000 - 5 * 3_600_000).toISOString().slice(0, -1)}006-05:00`;
    assert.deepEqual(await times(`start=${encodeURIComponent(bogota)}&end=${iso(10_000, '007')}`), [iso(10_000, '006')]);
    for (const query of [
      'start=yesterday',
      'start=2026-01-01',
      'start=2026-01-01T00:00:00',
      `start=${iso(1)}&end=${iso(1)}`,
      'keys=',
      'limit=501',
    ]) {
      assert.equal((await admin.get(`/telemetry?${query}`)).status, 400, query);
    }
  });

  it('finds readings however old they are', async () => {
    await admin.post('/devices', { device_id: 'archive' });
    for (const days of [1, 20, 100, 300]) {
      const day = Math.floor(base / 86_400_000) - days;
      const [from, to] = [day, day + 1].map((n) => new Date(n * 86_400_000).toISOString());
      if (days > 3)
        await fixture.sql(
          `create table telemetry_${String(day)} partition of telemetry for values from ('${String(from)}') to ('${String(to)}')`,
        );
      await fixture.sql(
        `with s as (insert into series (tenant_id, device_id, key, kind) values ('default', 'archive', 'old', 'number') on conflict (device_id, key) do update set key = excluded.key returning series_id)
         insert into telemetry (time, value, series_id, quality) select $1::timestamptz, $2, series_id, 100 from s`,
        [from, days],
      );
    }
    const all: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page = await admin.get(`/telemetry/archive?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);
      all.push(...page.body.items.map(({ value }) => value));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(all, [1, 20, 100, 300]);
    assert.deepEqual(
      (await itemsOf('/telemetry/archive')).map(({ value }) => value),
      [1, 20, 100, 300],
    );
    const start = new Date(base - 150 * 86_400_000).toISOString();
    const end = new Date(base - 10 * 86_400_000).toISOString();
    assert.deepEqual(
      (await itemsOf(`/telemetry/archive?start=${start}&end=${end}`)).map(({ value }) => value),
      [20, 100],
    );
  });

  it('tells unknown devices from empty answers, and takes keys with commas', async () => {
    assert.equal((await admin.get('/telemetry/nobody')).status, 404);
    assert.deepEqual((await admin.get('/telemetry?device_id=nobody')).body, { items: [], next_cursor: null });
    assert.deepEqual((await admin.get('/telemetry/boiler?keys=nothing')).body.items, []);
    assert.equal((await gateway.post('/telemetry', { device_id: 'boiler', 'a,b': 5 })).body.stored, 1);
    assert.equal((await itemsOf('/telemetry/boiler?keys=a,b')).length, 0);
    assert.equal((await itemsOf('/telemetry/boiler?keys=a%2Cb&keys=none')).length, 1);
  });

  it('answers the newest reading of each quantity', async () => {
    await gateway.post('/telemetry', { device_id: 'pump-02', timestamp: iso(20_000, '777'), data: { rpm: 5, ok: false, mode: 'x' } });
    await gateway.post('/telemetry', { device_id: 'pump-02', timestamp: iso(19_000), data: { rpm: 4 } });
    const items = await eventually(async () => {
      const found = await itemsOf('/telemetry/latest?device_id=pump-02&keys=rpm,ok,mode');
      return found.length === 3 ? found : undefined;
    }, 'the newest values to be written');
    assert.deepEqual(items.map(({ key, value, timestamp }) => [key, value, timestamp]).sort(), [
      ['mode', 'x', iso(20_000, '777')],
      ['ok', false, iso(20_000, '777')],
      ['rpm', 5, iso(20_000, '777')],
    ]);
    const devicesOf = async (query: string) => [
      ...new Set((await itemsOf(`/telemetry/latest?limit=500&${query}`)).map(({ device_id }) => device_id)),
    ];
    assert.deepEqual(await devicesOf('device_id=pump-02'), ['pump-02']);
    assert.deepEqual((await devicesOf('device_id=pump-02,boiler,nobody')).sort(), ['boiler', 'pump-02']);
    assert.deepEqual((await devicesOf('device_id=pump-02&device_id=boiler')).sort(), ['boiler', 'pump-02']);
    assert.deepEqual((await devicesOf('device_id=pump-02&device_ids=boiler')).sort(), ['boiler', 'pump-02'], 'the earlier name');
    assert.deepEqual(await devicesOf('device_id=nobody'), []);
    const all: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await admin.get(`/telemetry/latest?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      all.push(...page.body.items.map((item: { device_id: string; key: string }) => `${item.device_id} ${item.key}`));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    // All but what a test put into the tables behind the platform's back.
    const stored = await fixture.sql(
      `select device_id || ' ' || key as name from series s where tenant_id = 'default' and device_id <> 'archive'
          and (exists (select from telemetry t where t.series_id = s.series_id) or exists (select from telemetry_text t where t.series_id = s.series_id))`,
    );
    assert.deepEqual(all.toSorted(), stored.map(({ name }) => String(name)).toSorted());
    assert.equal(all.length, new Set(all).size);
  });

  it('lists what was refused, newest first, by device and reason', async () => {
    const page = await admin.get('/telemetry/rejected?limit=2');
    assert.equal(page.body.items.length, 2);
    assert.ok(BigInt(page.body.items[0]?.id ?? 0) > BigInt(page.body.items[1]?.id ?? 0));
    const next = await admin.get(`/telemetry/rejected?limit=2&cursor=${String(page.body.next_cursor)}`);
    assert.ok(BigInt(next.body.items[0]?.id ?? 0) < BigInt(page.body.items[1]?.id ?? 0));
    const deep = (await admin.get('/telemetry/rejected?reason=too_deep&device_id=pump-01')).body.items;
    assert.ok(deep.length >= 2 && deep.every(({ reason }: { reason: string }) => reason === 'too_deep'));
    assert.ok(deep.every(({ raw, size_bytes }: { raw: string; size_bytes: number }) => raw.length <= 65_536 && size_bytes >= raw.length));
    assert.equal((await admin.get('/telemetry/rejected?reason=whatever')).status, 400);
  });

  it('reads a page from the index, whatever lies in the partitions', async () => {
    const [series] = await fixture.sql(`select series_id from series where device_id = 'boiler' and key = 'flow'`);
    const id = Number(series?.['series_id']);
    await fixture.sql(
      `insert into telemetry (time, value, series_id, quality)
       select $1::timestamptz + n * interval '1 second' - s * interval '1 day', n, $2::int + case when n % 2 = 0 then 0 else 100000 end, 100
         from generate_series(1, 20000) n, generate_series(0, 2) s on conflict do nothing`,
      [new Date(base - 86_400_000).toISOString(), id],
    );
    await fixture.sql('analyze telemetry');
    const client = await fixture.database.db.connect();
    try {
      await client.query('reset role');
      await client.query('begin');
      await client.query(`select set_config('app.tenant', 'default', true)`);
      const plan = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, buffers, format json) ${await bodyOfFunction(fixture)}`,
      );
      const root = plan.rows[0]?.['QUERY PLAN'][0].Plan;
      assert.ok(root !== undefined);
      const rows = scanned(root);
      assert.ok(rows > 0 && rows <= 500, `${String(rows)} rows were read for a page of 100`);
    } finally {
      await client.end();
    }

    async function bodyOfFunction(of: ApiFixture): Promise<string> {
      const [row] = await of.sql(`select prosrc from pg_proc where proname = 'readings_of_series'`);
      const values: Record<string, string> = {
        ids: `array[${String(id)}]`,
        from_time: 'null::timestamptz',
        to_time: 'null::timestamptz',
        last_time: 'null::timestamptz',
        last_series: 'null::int',
        wanted: '100',
      };
      return String(row?.['prosrc']).replaceAll(
        /\b(ids|from_time|to_time|last_time|last_series|wanted)\b/g,
        (name) => values[name] ?? name,
      );
    }
  });
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Rows that were read from telemetry itself. */
function scanned(node: PlanNode): number {
  const own =
    node['Relation Name']?.startsWith('telemetry') === true
      ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
      : 0;
  return own + (node.Plans ?? []).reduce((sum, inner) => sum + scanned(inner), 0);
}
