import assert from 'node:assert/strict';
import type { SystemStatus } from '../../src/contracts/system-status.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('the status of the system', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi({ mail: { smtpUrl: 'smtp://mail.example.com' } });
    admin = await Client.login(fixture, 'admin');
    fixture.wire();
  });
  after(() => fixture.stop());

  const ask = async (client: Client): Promise<SystemStatus> => {
    // The figures are shared for a second.
    fixture.clock.offsetMs += 1_100;
    const answer = await client.get('/system/status');
    assert.equal(answer.status, 200);
    return answer.body as unknown as SystemStatus;
  };
  const addEmail = (id: string, status: string, finished: string | null, reason: string) =>
    fixture.sql(
      `insert into notifications (notification_id, tenant_id, dedup_key, event, channel, recipient, content, status, attempts, reason, created_at, finished_at)
       values ($1::uuid, 'default', $1::uuid::text, 'raised', 'email', 'ops@example.com', '{}', $2, 1, $3, now(), $4)`,
      [id, status, reason, finished],
    );

  it('has every part, and figures for those who may see the flows', async () => {
    const status = await ask(admin);
    assert.equal(status.status, 'healthy');
    for (const part of ['database', 'broker', 'flows', 'notifications', 'email', 'disk'] as const)
      assert.equal(status[part].state, 'ok', part);
    assert.ok(Date.parse(status.database.since ?? '') > 0, 'since when');
    assert.equal(status.broker.clients, 3);
    assert.equal(status.disk.free_bytes, 5_000_000_000);
    assert.deepEqual([status.notifications.waiting, status.notifications.failed], [0, 0]);
    assert.equal(status.rules_active, 0);
  });

  it('tells a viewer how the parts are and no figures', async () => {
    await fixture.addUser('viewer', 'viewer');
    const status = await ask(await Client.login(fixture, 'viewer'));
    assert.equal(status.disk.state, 'ok');
    assert.deepEqual([status.broker.clients, status.disk.free_bytes, status.notifications.waiting], [null, null, null]);
    assert.equal(status.rules_active, 0);
    assert.equal(status.messages_per_second, 0);
  });

  it('counts the messages that are stored, for those who may read telemetry', async () => {
    const points = { key: 'temperature', value: 1, unit: null, quality: 100, timestamp: 0, time_us: 0 };
    for (let n = 0; n < 20; n += 1) {
      fixture.events.emit('telemetry.stored', { tenant_id: 'default', device_id: 'pump', points: [points] } as never);
      fixture.events.emit('telemetry.stored', { tenant_id: 'other', device_id: 'pump', points: [points] } as never);
    }
    const { messages_per_second: rate } = await ask(admin);
    assert.ok(rate !== null && rate >= 2 && rate <= 20, `${String(rate)} a second`);
    await fixture.sql(`insert into roles (role_id, tenant_id, name, permissions) values (gen_random_uuid(), 'default', 'nothing', '{}')`);
    await fixture.addUser('nobody', 'nothing');
    const status = await ask(await Client.login(fixture, 'nobody'));
    assert.deepEqual([status.messages_per_second, status.rules_active], [null, null]);
  });

  it('says that e-mail fails until one is delivered again, and what failed', async () => {
    const at = (agoMs: number): string => new Date(fixture.clock.nowMs() - agoMs).toISOString();
    await addEmail('00000000-0000-4000-8000-000000000001', 'failed', at(60_000), '550 no such user');
    const failing = await ask(admin);
    assert.equal(failing.email.state, 'attention');
    assert.equal(failing.email.last_error?.reason, '550 no such user');
    assert.equal(failing.email.since, failing.email.last_error?.at);
    assert.deepEqual([failing.notifications.state, failing.notifications.failed], ['attention', 1]);
    assert.equal((await ask(await Client.login(fixture, 'viewer'))).email.last_error, null);
    await addEmail('00000000-0000-4000-8000-000000000002', 'delivered', at(1_000), '250 OK');
    const well = await ask(admin);
    assert.deepEqual([well.email.state, well.email.last_error, well.notifications.failed], ['ok', null, 1]);
  });

  it('answers while the database does not, and says since when', async () => {
    const before = fixture.clock.nowMs();
    fixture.health.database = 'does not answer';
    fixture.health.status = 'unhealthy';
    const away = await ask(admin);
    assert.deepEqual([away.database.state, away.database.detail], ['failed', 'does not answer']);
    assert.ok(Date.parse(away.database.since ?? '') >= before);
    assert.deepEqual([away.notifications.state, away.notifications.waiting, away.rules_active], ['failed', null, null]);
    fixture.health.database = 'ok';
    fixture.health.status = 'healthy';
    assert.equal((await ask(admin)).database.state, 'ok');
  });

  it('asks the database once a second, however many ask', async () => {
    fixture.clock.offsetMs += 1_100;
    const notificationsOf = async (): Promise<unknown> =>
      ((await admin.get('/system/status')).body as unknown as SystemStatus).notifications;
    const first = await notificationsOf();
    await addEmail('00000000-0000-4000-8000-000000000003', 'failed', new Date(fixture.clock.nowMs()).toISOString(), 'late');
    const answers = await Promise.all(Array.from({ length: 10 }, notificationsOf));
    for (const answer of answers) assert.deepEqual(answer, first);
  });
});
