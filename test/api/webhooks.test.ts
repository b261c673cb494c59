import assert from 'node:assert/strict';
import { Webhook } from 'standardwebhooks';
import { createWebhooks } from '../../src/app/webhooks.ts';
import { AuditService } from '../../src/auth/audit.ts';
import type { TestWebhookResult } from '../../src/contracts/webhooks.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { httpServer } from '../notify/webhook-servers.ts';
import { Client, startApi, WEBHOOKS } from './support.ts';
import type { ApiFixture } from './support.ts';

/** What these routes answer, whatever of it there is. */
interface Shown {
  id: string;
  url: string;
  enabled: boolean;
  has_own_secret: boolean;
  disabled_reason: string | null;
  previous_secret_until: string | null;
  secret: string;
}
const shown = (body: object): Shown => body as Shown;

describe('webhooks over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let operator: Client;
  let receiver: Awaited<ReturnType<typeof httpServer>>;
  let url: string;
  let answer = { status: 200, body: 'thanks' };

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await fixture.addUser('op', 'operator');
    operator = await Client.login(fixture, 'op');
    receiver = await httpServer((request, response) =>
      response
        .writeHead(answer.status, { 'x-echo': request.headers.authorization ?? '' })
        .end(answer.body.replace('{auth}', request.headers.authorization ?? '')),
    );
    url = `http://127.0.0.1:${String(receiver.port)}`;
  });
  beforeEach(() => {
    answer = { status: 200, body: 'thanks' };
    receiver.received.length = 0;
  });
  after(async () => {
    await receiver.stop();
    await fixture.stop();
  });

  const create = async (path: string, name = path) => {
    const made = await admin.post('/webhooks', { url: `${url}${path}`, name });
    assert.equal(made.status, 201, made.text);
    return shown(made.body);
  };
  const channel = () => {
    const audit = new AuditService({ database: fixture.database.db, clock: fixture.clock, logger: silentLogger });
    return createWebhooks({ ...WEBHOOKS, db: fixture.database.db, audit, clock: fixture.clock, logger: silentLogger });
  };
  const test = async (path: string, headers?: Record<string, string>, client = admin) => {
    const answered = await client.post('/notifications/test/webhook', { url: `${url}${path}`, ...(headers && { headers }) });
    assert.equal(answered.status, 200, answered.text);
    return answered.body as unknown as TestWebhookResult;
  };
  const verifiedBy = (secret: string): boolean => {
    const [request] = receiver.received.splice(0);
    assert.ok(request !== undefined);
    try {
      new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };

  it('have a secret of their own, shown once, that signs, and is not in the database as it is', async () => {
    const { id, secret } = await create('/own');
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const listed = await admin.get('/webhooks');
    assert.ok(!listed.text.includes(secret) && !listed.text.includes('whsec'));
    assert.equal(listed.body.items.map(shown).find((item) => item.id === id)?.has_own_secret, true);
    const [row] = await fixture.sql('select secret from webhook_endpoints where endpoint_id = $1', [id]);
    assert.ok(Buffer.isBuffer(row?.['secret']) && !row['secret'].includes('whsec'));
    await test('/own');
    assert.ok(verifiedBy(secret));
  });

  it('are signed with the secret of the installation where nobody registered the URL', async () => {
    await test('/unknown');
    assert.ok(verifiedBy(Buffer.from(WEBHOOKS.config.webhook.secret).toString('base64')));
  });

  it('rotate: both secrets sign until the overlap ends, then the new one alone', async () => {
    const { id, secret: old } = await create('/rotated');
    const rotated = await admin.post(`/webhooks/${id}/rotate`, { overlap_seconds: 60 });
    assert.equal(rotated.status, 200, rotated.text);
    const fresh = shown(rotated.body).secret;
    assert.notEqual(fresh, old);
    for (const secret of [old, fresh]) {
      await test('/rotated');
      assert.ok(verifiedBy(secret));
    }
    // The reference library refuses what is signed in its future, so the overlap ends behind us.
    await fixture.sql(`update webhook_endpoints set previous_until = now() - interval '1 second' where endpoint_id = $1`, [id]);
    await test('/rotated');
    assert.ok(!verifiedBy(old));
    await test('/rotated');
    assert.ok(verifiedBy(fresh));
  });

  it('rotate at once when nothing is to overlap, and a day when nothing is said', async () => {
    const { id, secret: old } = await create('/at-once');
    const rotated = await admin.post(`/webhooks/${id}/rotate`, { overlap_seconds: 0 });
    assert.equal(shown(rotated.body).previous_secret_until, null);
    await test('/at-once');
    assert.ok(!verifiedBy(old));
    const again = await admin.post(`/webhooks/${id}/rotate`, undefined);
    const hours = (Date.parse(String(shown(again.body).previous_secret_until)) - fixture.clock.nowMs()) / 3_600_000;
    assert.ok(hours > 23.9 && hours <= 24, String(hours));
  });

  it('are registered once, however the URL is written', async () => {
    const { id } = await create('/once');
    const again = await admin.post('/webhooks', { url: `${url.replace('http', 'HTTP')}/a/../once#x`, name: 'again' });
    assert.equal(again.status, 409);
    assert.match(again.text, new RegExp(`/webhooks/${id}/rotate`));
  });

  it('refuse URLs that cannot be sent to, naming the field', async () => {
    for (const bad of ['ftp://x.example.com', 'https://a:b@x.example.com/', 'nonsense', `https://x.example.com/${'ä'.repeat(1_000)}`]) {
      const refused = await admin.post('/webhooks', { url: bad, name: 'x' });
      assert.equal(refused.status, 400, bad);
      assert.equal(refused.body.errors?.[0]?.field, 'url', bad);
    }
  });

  it('are disabled by 410 with a record of it, and enabled again by a person', async () => {
    const { channel: sender, api } = channel();
    answer = { status: 410, body: '' };
    const target = `${url}/gone`;
    const alert = { device_id: 'd', rule_id: 'r', rule_name: 'R', rule_version: 1 };
    const delivery = {
      ...({ id: '0b8f0f6e-0000-4000-8000-00000000000a', tenantId: 'default', dedupKey: 'k', event: 'raised', channel: 'webhook' } as const),
      ...{ recipient: target, alertId: null, deviceId: null, ruleId: null, attempt: 1, createdAtMs: 0 },
      content: { action: { type: 'webhook', url: target }, alert, device: { name: 'D', type: null, location: null } },
    };
    const { signal } = new AbortController();
    assert.ok(!(await sender.send(delivery, signal)).delivered);
    const item = (await admin.get('/webhooks')).body.items.map(shown).find((one) => one.url === target);
    assert.equal(item?.enabled, false);
    assert.equal(item.has_own_secret, false);
    assert.match(String(item.disabled_reason), /^it answered HTTP 410 to delivery 0b8f/);
    assert.match((await sender.send(delivery, signal)).reason, /is disabled/);
    assert.equal(receiver.received.length, 1);
    await api.webhooks.disable('default', target, 'another reason');
    const lines = (await admin.get('/audit/logs?action=webhook.disable')).body.items;
    assert.equal(lines.length, 1, 'what is disabled is not disabled again');
    answer = { status: 200, body: '' };
    const enabled = await admin.send('PATCH', `/webhooks/${item.id}`, { enabled: true });
    assert.deepEqual([shown(enabled.body).enabled, shown(enabled.body).disabled_reason], [true, null]);
    assert.ok((await sender.send(delivery, signal)).delivered);
  });

  it('are disabled and forgotten by a person, each change audited without secrets', async () => {
    const { id, secret } = await create('/audited');
    assert.equal(shown((await admin.send('PATCH', `/webhooks/${id}`, { enabled: false, name: 'off' })).body).enabled, false);
    await admin.post(`/webhooks/${id}/rotate`, {});
    assert.equal((await admin.send('DELETE', `/webhooks/${id}`)).status, 204);
    assert.equal((await admin.send('PATCH', `/webhooks/${id}`, { enabled: true })).status, 404);
    const rows = await fixture.sql('select action, details::text as details from audit_log where target = $1 order by audit_id', [id]);
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['webhook.create', 'webhook.change', 'webhook.rotate', 'webhook.remove'],
    );
    for (const { details } of rows) assert.ok(!String(details).includes('whsec') && !String(details).includes(secret));
    assert.match(String(rows[1]?.['details']), /"before".*"enabled": true|"enabled": true/);
  });

  it('are not for operators to register', async () => {
    assert.equal((await operator.get('/webhooks')).status, 403);
    assert.equal((await operator.post('/webhooks', { url, name: 'x' })).status, 403);
  });

  describe('tested', () => {
    it('show the whole conversation, with what was sent to authenticate masked on both sides', async () => {
      answer = { status: 200, body: 'you sent {auth}' };
      const result = await test('/test?token=abcdefgh', { Authorization: 'Bearer very-secret' }, operator);
      assert.equal(receiver.received[0]?.headers.authorization, 'Bearer very-secret');
      assert.equal(result.delivered, true);
      assert.deepEqual(result.addresses, ['127.0.0.1']);
      assert.equal(result.connected_to, '127.0.0.1');
      const { request, response } = result;
      assert.equal(request.line, 'POST /test?token=*** HTTP/1.1');
      assert.equal(request.headers['Authorization'], '***');
      assert.match(request.headers['X-INSA-Signature'] ?? '', /^sha256=/);
      assert.equal(request.body, receiver.received[0]?.body);
      assert.equal((JSON.parse(request.body) as { event: string }).event, 'test');
      assert.ok(response !== null);
      assert.equal(response.status, 200);
      assert.equal(response.headers['x-echo'], '***');
      assert.equal(response.body, 'you sent ***');
      assert.ok(!JSON.stringify(result).includes('very-secret'));
      const [line] = await fixture.sql(`select actor, target, details::text as details from audit_log where action = 'notification.test'
        order by audit_id desc limit 1`);
      assert.equal(line?.['actor'], 'op');
      assert.equal(line['target'], `${url}/test?token=***`);
      assert.ok(!String(line['details']).includes('very-secret'));
    });

    it('say in clear words why nothing was sent, or what failed', async () => {
      const cases: [string, RegExp, boolean][] = [
        ['http://169.254.169.254/latest/', /^169\.254\.169\.254 is a link-local address.*never connected to\.$/, false],
        ['http://127.0.0.1:1883/', /^127\.0\.0\.1 with port 1883 is the platform itself\.$/, false],
        ['http://10.0.0.1/', /WEBHOOK_ALLOW_CIDRS/, false],
        ['http://hooks.example.com/', /not known to DNS/, true],
        [url.replace('http:', 'https:'), /TLS could not be agreed/, true],
      ];
      for (const [target, reason, wouldRetry] of cases) {
        const answered = await admin.post('/notifications/test/webhook', { url: target });
        const body = answered.body as unknown as TestWebhookResult;
        assert.equal(body.delivered, false);
        assert.match(body.reason, reason);
        assert.equal(body.would_retry, wouldRetry);
        assert.equal(body.response, null);
      }
    });

    it('refuse headers that are ours or end a line, naming the field', async () => {
      for (const headers of [{ 'X-INSA-Signature': 'x' }, { Host: 'x' }, { 'X-A': 'a\r\nX-B: b' }]) {
        const refused = await admin.post('/notifications/test/webhook', { url, headers });
        assert.equal(refused.status, 400);
        assert.match(refused.body.errors?.[0]?.field ?? '', /^headers/);
      }
      assert.equal(receiver.received.length, 0);
    });
  });
});
