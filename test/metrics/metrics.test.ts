import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { notificationSource } from '../../src/app/metric-sources.ts';
import { createMetrics } from '../../src/app/metrics.ts';
import { Dispatcher } from '../../src/notify/dispatcher.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { eventually, startApi } from '../api/support.ts';
import type { ApiFixture } from '../api/support.ts';
import { notification, ScriptedChannel, startNotify } from '../notify/support.ts';
import type { NotifyFixture } from '../notify/support.ts';
import { needsProgram } from '../support/system-programs.ts';
import { samplesOf } from './samples.ts';

const TOKEN = 'a-token-that-only-tests-have';
const config = { metrics: { token: TOKEN, allowCidrs: ['127.0.0.0/8'] } };

describe('metrics of notifications', () => {
  let fixture: NotifyFixture;
  let dispatcher: Dispatcher;
  beforeEach(async () => {
    fixture = await startNotify();
    dispatcher = new Dispatcher({ jobs: fixture.jobs, channels: [], clock: systemClock, logger: silentLogger, random: () => 0 });
  });
  afterEach(() => fixture.stop());

  const sources = () => ({ notifications: notificationSource({ dispatcher, ledger: fixture.ledger }) });
  const samples = async () => samplesOf(await createMetrics({ config, sources: sources(), logger: silentLogger }).text());

  it('count what was attempted by channel and outcome, and what waits', async () => {
    const before = await samples();
    assert.equal(before.get('insa_notification_attempts_total{channel="email",outcome="failed"}'), 0);
    assert.equal(before.get('insa_notifications_waiting{channel="webhook"}'), 0);
    await fixture.outbox.queue([notification('a'), notification('b', { channel: 'email' }), notification('c', { channel: 'email' })]);
    const waiting = await samples();
    assert.deepEqual(
      ['webhook', 'email', 'mqtt'].map((channel) => waiting.get(`insa_notifications_waiting{channel="${channel}"}`)),
      [1, 2, 0],
    );
    const email = new ScriptedChannel('email');
    email.answer = ({ dedupKey, attempt }) =>
      dedupKey === 'b' ? { delivered: false, retryable: false, reason: '550' } : attempt === 1 ? { delivered: false, retryable: true, reason: '421' } : { delivered: true, reason: 'ok' }; // prettier-ignore
    dispatcher = fixture.dispatch(new ScriptedChannel(), email);
    const after = await eventually(async () => {
      const now = await samples();
      const isDelivered = (channel: string) =>
        now.get(`insa_notifications_waiting{channel="${channel}"}`) === 0 &&
        now.get(`insa_notification_attempts_total{channel="${channel}",outcome="delivered"}`) === 1;
      return isDelivered('email') && isDelivered('webhook') ? now : undefined;
    }, 'nothing waits, and deliveries are counted');
    const attempts = (channel: string) =>
      ['delivered', 'retry', 'failed'].map((outcome) => after.get(`insa_notification_attempts_total{channel="${channel}",outcome="${outcome}"}`)); // prettier-ignore
    assert.deepEqual([attempts('email'), attempts('webhook')], [[1, 1, 1], [1, 0, 0]]); // prettier-ignore
  });

  it('leave out what the database does not tell in time, say so, and show the rest', async () => {
    await fixture.proxy.close();
    const metrics = createMetrics({ config, sources: sources(), logger: silentLogger });
    const text = await metrics.text();
    assert.ok(![...samplesOf(text).keys()].some((name) => name.startsWith('insa_notifications_waiting')));
    assert.equal(samplesOf(await metrics.text()).get('insa_metrics_missing_total{metric="insa_notifications_waiting"}'), 1);
    assert.equal(samplesOf(text).get('insa_notification_attempts_total{channel="webhook",outcome="retry"}'), 0);
    await fixture.proxy.open();
    await eventually(
      async () => samplesOf(await metrics.text()).get('insa_notifications_waiting{channel="webhook"}') === 0 || undefined,
      'the gauge is back',
    );
  });
});

describe('GET /metrics', () => {
  let fixture: ApiFixture;
  before(async () => (fixture = await startApi({ metrics: config.metrics, trustProxy: '127.0.0.9' })));
  after(() => fixture.stop());

  /** From an address of this machine, so that networks can be told apart. */
  const get = (headers: Record<string, string> = {}, localAddress = '127.0.0.1') =>
    new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      http
        .get(`${fixture.url}/metrics`, { headers, localAddress }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }));
        })
        .on('error', reject);
    });

  it('answers the networks of the list, and whoever shows the token', async () => {
    const { status, type, text } = await get();
    assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8']);
    const names = new Set([...samplesOf(text).keys()].map((key) => key.replace(/\{.*/, '')));
    for (const name of [
      'insa_loss_missing_messages',
      'insa_loss_received_points_total',
      'insa_loss_recently_missing_messages',
      'insa_loss_unbalanced_devices',
      'insa_notification_attempts_total',
      'insa_notifications_waiting',
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
    ]) {
      assert.ok(names.has(name), name);
    }
    // Through the proxy that is known, the client counts.
    const proxied = { 'x-forwarded-for': '203.0.113.7' };
    assert.equal((await get(proxied, '127.0.0.9')).status, 403);
    assert.equal((await get({ ...proxied, authorization: `Bearer ${TOKEN}` }, '127.0.0.9')).status, 200);
    assert.equal((await get({ 'x-forwarded-for': '127.0.0.5' }, '127.0.0.9')).status, 200);
  });

  it('counts requests under their routes, whatever paths and methods are made up', async () => {
    const paths = ['/api/v1/devices/one', '/api/v1/devices/two', '/api/v1/made/up', '/made-up', '/health', '/health/ready'];
    for (const path of paths) await fetch(fixture.url + path);
    await fetch(`${fixture.url}/api/v1/devices/three`, { method: 'LOCK' });
    const counts = await eventually(async () => {
      const shown = [...samplesOf((await get()).text)].filter(([name]) => name.startsWith('insa_http_request_seconds_count'));
      return shown.some(([name]) => name.includes('method="other"')) ? shown : undefined;
    }, 'the last of the requests');
    assert.deepEqual(
      counts.filter(([name]) => !name.includes('/metrics')).map(([name, count]) => [name.slice(name.indexOf('{')), count]),
      [
        ['{route="/api/v1/devices/{device_id}",method="GET",status="4xx"}', 2],
        ['{route="other",method="GET",status="4xx"}', 1],
        ['{route="web app",method="GET",status="4xx"}', 1],
        ['{route="/health",method="GET",status="2xx"}', 1],
        ['{route="/health/ready",method="GET",status="2xx"}', 1],
        ['{route="other",method="other",status="4xx"}', 1],
      ],
    );
  });

  it('refuses others with a code and what to do', async () => {
    const refused = async (headers: Record<string, string>, localAddress?: string) => {
      const { status, type, text } = await get(headers, localAddress);
      const { code, detail } = JSON.parse(text) as { code: string; detail: string };
      assert.deepEqual([status, type, code], [403, 'application/problem+json; charset=utf-8', 'FORBIDDEN']);
      return detail;
    };
    assert.match(
      await refused({ 'x-forwarded-for': '203.0.113.7' }, '127.0.0.9'),
      /203\.0\.113\.7 is in no network of METRICS_ALLOW_CIDRS/,
    );
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded'])
      assert.match(await refused({ [header]: '127.0.0.1' }), /a proxy that TRUST_PROXY does not name/);
    // Its client is not named: it must not count as the proxy itself.
    assert.match(await refused({ 'x-real-ip': '203.0.113.7' }, '127.0.0.9'), /TRUST_PROXY/);
    for (const authorization of ['Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, 'Bearer ', TOKEN])
      assert.match(await refused({ authorization }), /not that of METRICS_TOKEN/);
  });

  it('writes down who was refused, 20 times a minute at most', async () => {
    const address = '203.0.113.99';
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => (await get({ 'x-forwarded-for': address }, '127.0.0.9')).status),
    );
    assert.deepEqual(new Set(statuses), new Set([403]));
    const rows = await fixture.sql(`select actor, target, outcome from audit_log where action = 'metrics.read' and address = $1`, [
      address,
    ]);
    assert.equal(rows.length, 20);
    assert.deepEqual(rows[0], { actor: 'unknown', target: 'GET /metrics', outcome: 'refused' });
  });
});

describe('metrics in the eyes of promtool', () => {
  const promtool = needsProgram('promtool');
  let fixture: ApiFixture;
  before(async () => (fixture = await startApi()));
  after(() => fixture.stop());

  it('have names and texts by the conventions of Prometheus', async () => {
    const response = await fetch(`${fixture.url}/metrics`);
    const input = await response.text();
    assert.equal(response.status, 200, input);
    assert.equal(execFileSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }), '');
  });
});
