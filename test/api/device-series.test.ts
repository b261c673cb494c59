import assert from 'node:assert/strict';
import type { SeriesItem } from '../../src/contracts/devices.ts';
import { Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('the series of devices', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let device: Client;
  let off: () => void;

  before(async () => {
    fixture = await startApi();
    off = fixture.wire();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01' });
    device = Client.withKey(fixture, (await admin.post('/devices/pump-01/credentials', {})).body.key);
    const stored = await device.post('/telemetry', {
      data: { 'flow/main ü': 1, plain: 2, state: 'on', temperature: { value: 21.5, unit: 'C' } },
    });
    assert.equal(stored.body.stored, 4);
  });
  after(async () => {
    off();
    await fixture.stop();
  });

  const patch = (items: unknown) => admin.send('PATCH', '/devices/pump-01/series', { items });
  const shown = async (key: string): Promise<SeriesItem | undefined> => {
    const { body } = await admin.get('/devices/pump-01/series');
    return (body.items as unknown as SeriesItem[]).find((item) => item.key === key);
  };

  it('are shown with kind, unit, name, decimals, limits and the time of the newest reading', async () => {
    await eventually(async () => typeof (await shown('temperature'))?.last_at === 'string', 'the newest values to be written');
    const { last_at, ...rest } = (await shown('temperature')) ?? {};
    assert.match(String(last_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.deepEqual(rest, {
      ...{ key: 'temperature', kind: 'number', unit: '°C', display_name: null, decimals: null },
      ...{ lower_limit: null, upper_limit: null, usual_seconds: null },
    });
  });

  it('say how far apart their readings usually are', async () => {
    const startMs = Date.now() - 40 * 86_400_000;
    const day = (days: number): string => new Date(startMs + days * 86_400_000).toISOString().slice(0, 10);
    for (const table of ['telemetry', 'telemetry_text']) {
      await fixture.sql(`create table ${table}_usual partition of ${table} for values from ('${day(0)}') to ('${day(12)}')`);
    }
    const at = (seconds: number): string => new Date(startMs + seconds * 1_000).toISOString();
    const store = async (seconds: readonly number[], keys: readonly string[]): Promise<void> => {
      for (const second of seconds) {
        const data = Object.fromEntries(keys.map((key) => [key, key === 'said' ? 'text' : second]));
        const stored = await device.post('/telemetry', { timestamp: at(second), data });
        assert.equal(stored.status, 200, JSON.stringify(stored.body));
      }
    };
    // An outage of an hour is not usual.
    await store([0, 900, 1_800, 5_400, 6_300, 7_200], ['slow', 'said']);
    await store([0, 900], ['seldom']);
    await store([0, 100, 200, 10 * 86_400], ['back']);
    // The newest reading is shown at once, from memory; distances are counted back from its copy in the database, a second later.
    for (const [key, second] of [
      ['slow', 7_200],
      ['said', 7_200],
      ['seldom', 900],
      ['back', 10 * 86_400],
    ] as const) {
      assert.equal(Date.parse((await shown(key))?.last_at ?? ''), Date.parse(at(second)), key);
      await eventually(async () => {
        const [row] = await fixture.sql(`select l.time from telemetry_latest l join series s using (series_id) where s.key = '${key}'`);
        return row?.['time'] instanceof Date && row['time'].getTime() === Date.parse(at(second));
      }, `the copy of the newest of ${key}`);
    }
    // An answer without a distance is given again for some seconds.
    const usual = () => Promise.all(['slow', 'said', 'seldom', 'back'].map(async (key) => (await shown(key))?.usual_seconds));
    await eventually(async () => (await usual()).filter((seconds) => seconds === 900).length === 2, 'both distances');
    assert.deepEqual(await usual(), [900, 900, null, null]);
  });

  it('are changed in what is sent, many at once, and null removes', async () => {
    const changed = await patch([
      { key: 'temperature', display_name: 'Bearing', decimals: 1, lower_limit: -10, upper_limit: 80.5 },
      { key: 'flow/main ü', display_name: 'Main flow' },
    ]);
    assert.equal(changed.status, 200);
    assert.deepEqual(
      (changed.body.items as unknown as SeriesItem[]).map(({ key, display_name }) => [key, display_name]),
      [
        ['temperature', 'Bearing'],
        ['flow/main ü', 'Main flow'],
      ],
    );
    await patch([{ key: 'temperature', decimals: 2, lower_limit: null }]);
    const item = await shown('temperature');
    assert.deepEqual([item?.display_name, item?.decimals, item?.lower_limit, item?.upper_limit], ['Bearing', 2, null, 80.5]);
    assert.equal((await shown('flow/main ü'))?.display_name, 'Main flow');
    const [line] = await fixture.sql(
      `select actor, target, details from audit_log where action = 'series.change' order by audit_id desc limit 1`,
    );
    assert.deepEqual([line?.['actor'], line?.['target']], ['admin', 'pump-01']);
    const { before, after } = line?.['details'] as Record<'before' | 'after', Record<string, Partial<SeriesItem>>>;
    assert.deepEqual([before['temperature']?.decimals, after['temperature']?.decimals], [1, 2]);
  });

  it('are changed all or none, with the field that is wrong', async () => {
    const cases: [unknown, number, string, RegExp][] = [
      [
        [
          { key: 'plain', decimals: 3 },
          { key: 'no such', decimals: 1 },
        ],
        404,
        'items.1.key',
        /"no such".*"pump-01" has no such series/,
      ],
      [
        [{ key: 'plain', decimals: 3, lower_limit: 5, upper_limit: 4 }],
        400,
        'items.0.lower_limit',
        /is 5, which is above the upper limit 4/,
      ],
      [[{ key: 'temperature', lower_limit: 81 }], 400, 'items.0.lower_limit', /above the upper limit 80.5/],
      [[{ key: 'plain', decimals: 11 }], 400, 'items.0.decimals', /at most 10/],
      [[{ key: 'plain', decimals: 1.5 }], 400, 'items.0.decimals', /whole number/],
      [[{ key: 'plain', display_name: '' }], 400, 'items.0.display_name', /at least 1/],
      [[{ key: 'plain', colour: 'red' }], 400, 'items.0.colour', /not known/],
      [[{ key: 'state', decimals: 1 }], 400, 'items.0', /only numbers/],
      [
        [
          { key: 'plain', decimals: 1 },
          { key: 'plain', decimals: 2 },
        ],
        400,
        'items.1.key',
        /earlier item/,
      ],
      [[], 400, 'items', /at least 1 entry/],
      [[{ key: 'temperature', unit: 'K' }], 409, 'items.0.unit', /is kept in "°C"/],
      [[{ key: 'plain', unit: ' ' }], 400, 'items.0.unit', /no unit/],
    ];
    for (const [items, status, field, message] of cases) {
      const answer = await patch(items);
      assert.equal(answer.status, status, JSON.stringify(items));
      assert.equal(answer.body.errors[0]?.field, field, JSON.stringify(items));
      assert.match(answer.body.errors[0]?.message ?? '', message);
    }
    assert.equal((await shown('plain'))?.decimals, null, 'nothing of a refused request was written');
    assert.equal((await shown('plain'))?.unit, null);
    assert.equal((await admin.send('PATCH', '/devices/nobody/series', { items: [{ key: 'plain' }] })).status, 404);
  });

  it('take a unit where they have none, and readings must agree with it at once', async () => {
    const given = await patch([{ key: 'plain', unit: 'degC' }]);
    assert.equal(given.status, 200);
    assert.equal((await shown('plain'))?.unit, '°C', 'in the spelling that is kept');
    assert.equal((await patch([{ key: 'plain', unit: 'celsius' }])).status, 200, 'the same in another spelling');
    const other = await device.post('/telemetry', { data: { plain: { value: 3, unit: 'bar' }, other: 1 } });
    assert.deepEqual(
      other.body.rejected.map(({ field, reason }) => [field, reason]),
      [['plain', 'unit_mismatch']],
    );
    assert.equal((await device.post('/telemetry', { data: { plain: { value: 3, unit: 'C' } } })).body.stored, 1);
  });

  it('take a unit back that could not be written down', async () => {
    await device.post('/telemetry', { data: { loose: 1 } });
    const refused = await patch([
      { key: 'loose', unit: 'bar' },
      { key: 'temperature', unit: 'K' },
    ]);
    assert.equal(refused.status, 409);
    assert.equal((await shown('loose'))?.unit, null);
    assert.equal((await device.post('/telemetry', { data: { loose: { value: 2, unit: 'psi' } } })).body.stored, 1);
    assert.equal((await shown('loose'))?.unit, 'psi');
    assert.equal((await patch([{ key: 'loose', unit: 'bar' }])).status, 409, 'ingest was first');
  });

  it('of another tenant are like those that do not exist, and viewers may not change them', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('foreign', 'admin', { tenantId: 'acme' });
    const foreign = await Client.login(fixture, 'foreign');
    assert.equal((await foreign.get('/devices/pump-01/series')).status, 404);
    assert.equal((await foreign.send('PATCH', '/devices/pump-01/series', { items: [{ key: 'plain', decimals: 1 }] })).status, 404);
    await fixture.addUser('looks', 'viewer');
    const viewer = await Client.login(fixture, 'looks');
    assert.equal((await viewer.send('PATCH', '/devices/pump-01/series', { items: [{ key: 'plain', decimals: 1 }] })).status, 403);
  });
});
