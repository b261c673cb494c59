import assert from 'node:assert/strict';
import { createDeviceControl } from '../../src/app/device-control.ts';
import type { DeviceConfig } from '../../src/contracts/commands.ts';
import { Topics } from '../../src/contracts/topics.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { FakeLink } from './device-link.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const TOPIC = 'insa/devices/pump-01/config';
type Pushed = DeviceConfig & { published: boolean };

describe('the configuration of devices', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
  });
  after(() => fixture.stop());
  beforeEach(async () => {
    await admin.send('DELETE', '/devices/pump-01');
    await admin.post('/devices', { device_id: 'pump-01' });
    fixture.link.published.length = 0;
    fixture.link.retained.clear();
  });
  afterEach(() => (fixture.link.fails = undefined));

  const of = (answer: Answer): Pushed => answer.body as unknown as Pushed;
  const push = (body: unknown): Promise<Answer> => admin.post('/devices/pump-01/config', body);

  it('is none at first, then what was pushed last, with version, author and time', async () => {
    assert.deepEqual((await admin.get('/devices/pump-01/config')).body, {
      ...{ device_id: 'pump-01', version: 0, config: {}, updated_by: null, updated_at: null },
    });
    assert.equal(of(await push({ interval_seconds: 5 })).version, 1);
    const second = await push({ interval_seconds: 10, nested: { list: [1, 'ü', null] } });
    assert.equal(second.status, 200);
    const { updated_at, published, ...rest } = of(second);
    assert.match(updated_at ?? '', /^\d{4}-\d\d-\d\dT/);
    assert.equal(published, true);
    const config = { interval_seconds: 10, nested: { list: [1, 'ü', null] } };
    assert.deepEqual(rest, { device_id: 'pump-01', version: 2, config, updated_by: 'admin' });
    assert.deepEqual((await admin.get('/devices/pump-01/config')).body, { ...rest, updated_at });
    const message = fixture.link.published.at(-1);
    assert.deepEqual([message?.topic, message?.qos, message?.retain, message?.tenantId], [TOPIC, 1, true, 'default']);
    assert.deepEqual(JSON.parse(message?.payload ?? ''), config);
  });

  it('is written down with what changed, secrets masked', async () => {
    await push({ interval_seconds: 5, wifi_password: 'old', same: 1 });
    await push({ interval_seconds: 10, wifi_password: 'new', same: 1 });
    const [line] = await fixture.sql(
      `select actor, target, details from audit_log where action = 'device.config' order by audit_id desc limit 1`,
    );
    assert.deepEqual([line?.['actor'], line?.['target']], ['admin', 'pump-01']);
    assert.deepEqual(line?.['details'], {
      version: 2,
      before: { interval_seconds: 5, wifi_password: '***' },
      after: { interval_seconds: 10, wifi_password: '***' },
    });
  });

  it('may be empty, and is published so, that the device hears of it', async () => {
    await push({ interval_seconds: 5 });
    assert.deepEqual([of(await push({})).version, of(await admin.get('/devices/pump-01/config')).config], [2, {}]);
    assert.equal(fixture.link.published.at(-1)?.payload, '{}');
  });

  it('is published in the order of its versions, however fast it is pushed', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => push({ n })));
    const byVersion = answers.map(of).sort((a, b) => a.version - b.version);
    assert.deepEqual(
      byVersion.map(({ version }) => version),
      Array.from({ length: 12 }, (_, n) => n + 1),
    );
    assert.deepEqual(
      fixture.link.published.map(({ payload }): unknown => JSON.parse(payload)),
      byVersion.map(({ config }) => config),
    );
  });

  it('is not half done: nothing is published that is not stored', async () => {
    await fixture.sql('alter table device_configs rename to device_configs_away');
    try {
      assert.equal((await push({ a: 1 })).status, 500);
      assert.equal(fixture.link.published.length, 0);
    } finally {
      await fixture.sql('alter table device_configs_away rename to device_configs');
    }
    assert.equal(of(await push({ a: 1 })).version, 1);
  });

  it('that the broker did not take is published at the next start, and what it has is left alone', async () => {
    await admin.post('/devices', { device_id: 'pump-02' });
    fixture.link.fails = new Error('not running');
    const answer = await push({ b: 2, a: 1 });
    assert.equal(answer.status, 200);
    assert.equal(of(answer).published, false);
    fixture.link.fails = undefined;
    await admin.post('/devices/pump-02/config', { z: 1, y: { x: 2 } });
    const link = new FakeLink();
    link.retained.set('insa/devices/pump-02/config', Buffer.from('{"y":{"x":2},"z":1}'));
    const { configs } = createDeviceControl({
      db: fixture.database.db,
      identity: { directory: fixture.directory },
      topics: new Topics('insa'),
      link,
      rejected: { add: (_row, done) => done(true) },
      clock: fixture.clock,
      logger: silentLogger,
    });
    await configs.start();
    assert.deepEqual(
      link.published.map(({ topic, payload, retain }): unknown[] => [topic, JSON.parse(payload), retain]),
      [[TOPIC, { a: 1, b: 2 }, true]],
    );
    await configs.stop();
  });

  it('goes with its device', async () => {
    await push({ a: 1 });
    await admin.send('DELETE', '/devices/pump-01');
    assert.equal((await admin.get('/devices/pump-01/config')).status, 404);
    assert.equal((await push({ a: 1 })).status, 404);
    await admin.post('/devices', { device_id: 'pump-01' });
    assert.equal(of(await admin.get('/devices/pump-01/config')).version, 0);
  });

  it('is read by the device itself, by people who see devices, and by nobody else', async () => {
    await push({ a: 1 });
    await admin.post('/devices', { device_id: 'pump-03' });
    const keyOf = async (device: string) => Client.withKey(fixture, (await admin.post(`/devices/${device}/credentials`, {})).body.key);
    const [own, other] = [await keyOf('pump-01'), await keyOf('pump-03')];
    assert.deepEqual(of(await own.get('/devices/pump-01/config')).config, { a: 1 });
    assert.equal((await other.get('/devices/pump-01/config')).status, 404);
    assert.equal((await own.post('/devices/pump-01/config', { a: 2 })).status, 403);
    await fixture.addUser('looks', 'viewer');
    const viewer = await Client.login(fixture, 'looks');
    assert.equal((await viewer.get('/devices/pump-01/config')).status, 200);
    assert.equal((await viewer.post('/devices/pump-01/config', {})).status, 403);
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('foreign', 'admin', { tenantId: 'acme' });
    const foreign = await Client.login(fixture, 'foreign');
    assert.equal((await foreign.get('/devices/pump-01/config')).status, 404);
    assert.equal((await foreign.post('/devices/pump-01/config', {})).status, 404);
  });

  it('is an object of at most 64 KB that can be stored', async () => {
    for (const body of [[], 'text', 5, { a: 'x'.repeat(65_600) }, { a: 'nul \u0000' }, { a: { b: '\ud800' } }]) {
      const answer = await push(JSON.stringify(body));
      assert.equal(answer.status, 400, JSON.stringify(body).slice(0, 60));
      assert.equal(answer.body.code, 'INVALID_REQUEST');
    }
    assert.equal((await push({ a: 'x'.repeat(65_000) })).status, 200);
    assert.equal(fixture.link.published.length, 1);
  });
});
