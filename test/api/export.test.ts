import assert from 'node:assert/strict';
import http from 'node:http';
import { parse } from 'csv-parse/sync';
import { csvCell } from '../../src/api/routes/telemetry/export-format.ts';
import { isoTimes } from '../../src/api/routes/telemetry/iso-times.ts';
import { Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const POINTS = 300_000;

/** GET /telemetry/export. */
describe('export of telemetry', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let startMs: number;
  const iso = (offsetMs: number) => new Date(startMs + offsetMs).toISOString();

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['pump-01', 'pump-02', 'logger']) await admin.post('/devices', { device_id });
    startMs = Math.floor(fixture.clock.nowMs() / 1_000) * 1_000 - 3_600_000;
    const sent = await admin.post('/telemetry?mode=history', [
      { device_id: 'pump-02', timestamp: iso(5), data: { temperature: 1.25 } },
      {
        device_id: 'pump-01',
        timestamp: iso(0),
        data: { temperature: { value: -20.5, unit: 'C' }, running: true, mode: '=HYPERLINK("http://x")' },
      },
      {
        device_id: 'pump-01',
        timestamp: iso(1),
        data: { temperature: 1e21, running: false, mode: 'a "b", c\nd' },
        metadata: { quality: 7 },
      },
      { device_id: 'pump-01', timestamp: iso(2), data: { '=cmd': 1, mode: '-1' } },
    ]);
    assert.deepEqual([sent.body.stored, sent.body.rejected], [9, []]);
    await fixture.sql(`insert into series (tenant_id, device_id, key, kind) values ('default', 'logger', 'level', 'number')`);
    await fixture.sql(
      `insert into telemetry (time, value, series_id, quality)
       select to_timestamp($1::float8) - i * interval '10001 microseconds', i, series_id, 100 from series, generate_series(1, ${String(POINTS)}) i where device_id = 'logger'`,
      [startMs / 1_000],
    );
  });
  after(() => fixture.stop());

  const cells = async (query: string): Promise<string[][]> => {
    const answer = await admin.get(`/telemetry/export?${query}`);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
    return parse(answer.text);
  };

  it('is CSV with every reading, by device, key and time, with six digits', async () => {
    const us = (offsetMs: number) => iso(offsetMs).replace('Z', '000Z');
    assert.deepEqual(await cells('device_id=pump-01,pump-02'), [
      ['device_id', 'key', 'timestamp', 'value', 'unit', 'quality'],
      ['pump-01', "'=cmd", us(2), '1', '', '100'],
      ['pump-01', 'mode', us(0), `'=HYPERLINK("http://x")`, '', '100'],
      ['pump-01', 'mode', us(1), 'a "b", c\nd', '', '7'],
      ['pump-01', 'mode', us(2), "'-1", '', '100'],
      ['pump-01', 'running', us(0), 'true', '', '100'],
      ['pump-01', 'running', us(1), 'false', '', '7'],
      ['pump-01', 'temperature', us(0), '-20.5', '°C', '100'],
      ['pump-01', 'temperature', us(1), '1e+21', '°C', '7'],
      ['pump-02', 'temperature', us(5), '1.25', '', '100'],
    ]);
  });

  it('is narrowed by device, key and period', async () => {
    const rows = await cells(`device_id=pump-01&keys=running,temperature&start=${iso(1)}&end=${iso(2)}`);
    assert.deepEqual(
      rows.slice(1).map(([, key, , value]) => [key, value]),
      [
        ['running', 'false'],
        ['temperature', '1e+21'],
      ],
    );
    assert.deepEqual(await cells(`device_id=pump-01&keys=nothing`), [['device_id', 'key', 'timestamp', 'value', 'unit', 'quality']]);
  });

  it('is NDJSON with the items of the lists', async () => {
    const answer = await fetch(`${fixture.url}/api/v1/telemetry/export?device_id=pump-01&format=ndjson`, { headers: admin.headers });
    const text = await answer.text();
    assert.match(answer.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    assert.match(answer.headers.get('content-disposition') ?? '', /telemetry\.ndjson/);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const { items } = (await admin.get('/telemetry/pump-01?limit=500')).body;
    const inOrder = items.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.timestamp < b.timestamp ? -1 : 1));
    assert.deepEqual(lines, inOrder);
  });

  it('goes through series of any length, each reading once, with the memory of a part of it', async () => {
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    const response = await fetch(`${fixture.url}/api/v1/telemetry/export?device_id=logger`, { headers: admin.headers });
    let lines = 0;
    let bytes = 0;
    let last = '';
    let rest = '';
    for await (const part of response.body ?? []) {
      bytes += (part as Uint8Array).length;
      const texts = (rest + Buffer.from(part as Uint8Array).toString()).split('\r\n');
      rest = texts.pop() ?? '';
      for (const line of texts) {
        const time = line.split(',')[2] ?? '';
        if (lines > 0) assert.ok(time > last, line);
        last = lines === 0 ? '' : time;
        lines += 1;
      }
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    assert.equal(lines - 1, POINTS);
    assert.ok(bytes > 15_000_000);
    assert.ok(peak - before < 150_000_000, `grew by ${String(peak - before)} bytes`);
  });

  it('ends with its client: nothing more is read, and no connection of the database is held', async () => {
    const received = await new Promise<number>((resolve, reject) => {
      const request = http.get(`${fixture.url}/api/v1/telemetry/export?device_id=logger`, { headers: admin.headers }, (response) => {
        response.once('data', (part: Buffer) => {
          request.destroy();
          resolve(part.length);
        });
      });
      request.once('error', reject);
    });
    assert.ok(received > 0);
    const busy = `select count(*)::int as n from pg_stat_activity where application_name = 'insa-api' and state <> 'idle' and datname = current_database()`;
    await eventually(async () => (await fixture.sql(busy))[0]?.['n'] === 0, 'the export to end');
    assert.equal((await admin.get('/telemetry/export?device_id=pump-02')).status, 200);
  });

  it('is refused where it would be of nothing that is allowed', async () => {
    assert.equal((await admin.get('/telemetry/export?format=xml')).body.errors[0]?.field, 'format');
    assert.equal((await admin.get(`/telemetry/export?start=${iso(1)}&end=${iso(0)}`)).body.errors[0]?.field, 'end');
    const many = Array.from({ length: 101 }, (_, i) => `d${String(i)}`).join(',');
    assert.equal((await admin.get(`/telemetry/export?device_id=${many}`)).body.errors[0]?.field, 'device_id');
    assert.equal((await new Client(fixture.url).get('/telemetry/export')).status, 401);
  });
});

describe('cells of CSV', () => {
  it('never begin like a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) assert.match(csvCell(text), /^"?'/);
    assert.equal(csvCell('plain'), 'plain');
    assert.equal(csvCell('a=b'), 'a=b');
  });
});

describe('times of readings as text', () => {
  it('are those of a date, with the microseconds', () => {
    const text = isoTimes();
    for (const us of [0, 1, 999_999, 1_000_000, 1_767_225_599_999_999, 1_767_225_600_000_000, 951_782_400_000_001, -1]) {
      const ms = Math.floor(us / 1_000);
      const expected = new Date(ms).toISOString().replace('Z', `${String(us - ms * 1_000).padStart(3, '0')}Z`);
      assert.equal(text(us), expected);
    }
  });
});
