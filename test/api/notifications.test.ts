import assert from 'node:assert/strict';
import type { Notification, NotificationAttempt } from '../../src/contracts/notifications.ts';
import { newUuid } from '../../src/core/ids.ts';
import type { NewNotification } from '../../src/notify/types.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

interface Lines {
  items: Notification[];
  next_cursor: string | null;
}

describe('the ledger of notifications', () => {
  let fixture: ApiFixture;
  let admin: Client;
  const alertId = newUuid();

  const queued = async (dedupKey: string, fields: Partial<NewNotification> = {}): Promise<string> => {
    const [id = ''] = await fixture.outbox.queue([
      {
        ...{ tenantId: 'default', dedupKey, event: 'raised', channel: 'email', recipient: `${dedupKey}@example.com` },
        ...{ alertId: null, deviceId: null, ruleId: null, content: { secret: 'content is not shown' } },
        ...fields,
      },
    ]);
    return id;
  };
  const list = async (query = ''): Promise<Lines> => {
    const answer = await admin.get(`/notifications${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body as unknown as Lines;
  };
  const recipients = async (query: string): Promise<string[]> =>
    (await list(query)).items.map(({ recipient }) => recipient.replace('@example.com', ''));

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, raised_at, known_at, last_at)
       values ($1, 'default', $2, 1, 'Hot', 'pump', 'temperature', 'info', 'active', 'm', now(), now(), now())`,
      [alertId, newUuid()],
    );
  });
  after(() => fixture.stop());

  it('lists what was queued, newest first, page by page, without what was told', async () => {
    for (const key of ['one', 'two', 'three']) await queued(key);
    const first = await list('?limit=2');
    assert.deepEqual(
      first.items.map(({ recipient }) => recipient),
      ['three@example.com', 'two@example.com'],
    );
    const second = await list(`?limit=2&cursor=${first.next_cursor ?? ''}`);
    assert.deepEqual(
      second.items.map(({ recipient }) => recipient),
      ['one@example.com'],
    );
    assert.equal(second.next_cursor, null);
    assert.ok(!JSON.stringify(first).includes('content is not shown'));
    const [line] = first.items;
    assert.deepEqual([line?.status, line?.attempts, line?.channel, line?.event, line?.reason], ['pending', 0, 'email', 'raised', null]);
  });

  it('is narrowed by alert, channel, status, event and device', async () => {
    await queued('of-alert', { alertId });
    await queued('hook', { channel: 'webhook' });
    await queued('over', { event: 'resolved' });
    await queued('of-device', { deviceId: 'pump' });
    assert.deepEqual(await recipients(`?alert_id=${alertId}`), ['of-alert']);
    assert.deepEqual(await recipients('?channel=webhook'), ['hook']);
    assert.deepEqual(await recipients('?event=resolved'), ['over']);
    assert.deepEqual(await recipients('?device_id=pump'), ['of-device']);
    assert.deepEqual(await recipients('?status=delivered'), []);
    assert.deepEqual(await recipients('?status=pending&event=resolved'), ['over']);
    for (const bad of ['?alert_id=x', '?channel=fax', '?status=sent', '?event=x', '?cursor=x', '?recipient=x']) {
      assert.equal((await admin.get(`/notifications${bad}`)).status, 400, bad);
    }
  });

  it('is narrowed to a period: from its start on, before its end', async () => {
    const id = await queued('long-ago');
    await fixture.sql(`update notifications set created_at = '2020-05-01T12:00:00.5Z' where notification_id = $1`, [id]);
    const period = (start: string, end: string) => `?start=2020-05-01T${start}Z&end=2020-05-01T${end}Z`;
    assert.deepEqual(await recipients(period('12:00:00', '12:00:01')), ['long-ago']);
    assert.deepEqual(await recipients(period('12:00:00.5', '12:00:00.500001')), ['long-ago']);
    assert.deepEqual(await recipients(period('12:00:00', '12:00:00.5')), []);
    assert.deepEqual(await recipients(period('12:00:00.500001', '13:00:00')), []);
    assert.ok(!(await recipients('?start=2020-05-01T12:00:01Z&limit=500')).includes('long-ago'));
    assert.equal((await admin.get('/notifications?start=yesterday')).status, 400);
  });

  it('shows every attempt of one', async () => {
    const id = await queued('tried');
    await fixture.sql(
      `insert into notification_attempts (tenant_id, notification_id, attempt, at, duration_ms, outcome, reason)
       values ('default', $1, 1, '2026-01-01T00:00:00Z', 12, 'retry', '421 later'), ('default', $1, 2, '2026-01-01T00:01:00Z', 8, 'delivered', '250 OK')`,
      [id],
    );
    const { body } = await admin.get(`/notifications/${id}`);
    const { log } = body as unknown as { log: NotificationAttempt[] };
    assert.deepEqual(log, [
      { attempt: 1, at: '2026-01-01T00:00:00.000Z', duration_ms: 12, outcome: 'retry', reason: '421 later' },
      { attempt: 2, at: '2026-01-01T00:01:00.000Z', duration_ms: 8, outcome: 'delivered', reason: '250 OK' },
    ]);
  });

  it('tries again what failed, once, under the same id, and writes it into the audit log', async () => {
    const id = await queued('again');
    assert.equal((await admin.post(`/notifications/${id}/retry`, {})).status, 409);
    await fixture.jobs.take('email', 500);
    await fixture.sql(`update notifications set status = 'failed', attempts = 3, finished_at = now() where notification_id = $1`, [id]);
    const answer = await admin.post(`/notifications/${id}/retry`, {});
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.body.id, answer.body.status], [id, 'pending']);
    assert.equal((await admin.post(`/notifications/${id}/retry`, {})).status, 409);
    assert.deepEqual(await fixture.jobs.take('email', 500), [id]);
    const audited = await fixture.sql(`select actor, outcome, details from audit_log where action = 'notification.retry' and target = $1`, [
      id,
    ]);
    assert.deepEqual(audited, [{ actor: 'admin', outcome: 'ok', details: { channel: 'email', event: 'raised' } }]);
  });

  it('is for operators, and not for viewers', async () => {
    const id = await queued('of-operator');
    await fixture.sql(`update notifications set status = 'failed', finished_at = now() where notification_id = $1`, [id]);
    await fixture.addUser('looks', 'viewer');
    await fixture.addUser('acts', 'operator');
    const viewer = await Client.login(fixture, 'looks');
    assert.deepEqual(
      [(await viewer.get('/notifications')).status, (await viewer.post(`/notifications/${id}/retry`, {})).status],
      [403, 403],
    );
    const operator = await Client.login(fixture, 'acts');
    assert.deepEqual(
      [(await operator.get('/notifications')).status, (await operator.post(`/notifications/${id}/retry`, {})).status],
      [200, 200],
    );
  });

  it('shows nothing of another tenant and retries nothing of it', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    const id = await queued('theirs', { tenantId: 'other' });
    await fixture.sql(`update notifications set status = 'failed', finished_at = now() where notification_id = $1`, [id]);
    assert.equal((await list('?limit=500')).items.filter((line) => line.id === id).length, 0);
    assert.equal((await admin.get(`/notifications/${id}`)).status, 404);
    assert.equal((await admin.post(`/notifications/${id}/retry`, {})).status, 404);
    assert.deepEqual(await fixture.sql('select status from notifications where notification_id = $1', [id]), [{ status: 'failed' }]);
  });
});
