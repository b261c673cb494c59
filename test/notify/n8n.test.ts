import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { n8nActionSchema } from '../../src/contracts/actions.ts';
import { systemClock } from '../../src/core/clock.ts';
import { N8nChannel } from '../../src/notify/channels/n8n/n8n-channel.ts';
import { createAddressGuard } from '../../src/notify/channels/webhook/address-guard.ts';
import { createGuardedHttp } from '../../src/notify/channels/webhook/guarded-fetch.ts';
import { ALERT, deliveryOf, DELIVERY_ID, linkTo, RUNNING, SECRETS } from './deliveries.ts';

interface Received {
  method: string | undefined;
  url: string | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A server that answers as the webhook node of n8n does. */
describe('workflows of n8n', () => {
  let server: http.Server;
  let url: string;
  let received: Received[];
  let answer: { status: number; body: string; headers?: Record<string, string> };

  before(async () => {
    server = http.createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ method: request.method, url: request.url, headers: request.headers, body });
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/webhook/pump-alarm`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    received = [];
    answer = { status: 200, body: '{"message":"Workflow was started"}' };
  });

  const channel = (allowCidrs = ['127.0.0.0/8']): N8nChannel => {
    const refusalOf = createAddressGuard({ allowCidrs, ownAddresses: () => ['127.0.0.1'], ownPorts: () => [], storePorts: () => [] });
    const resolve = (name: string) => Promise.resolve([name]);
    return new N8nChannel({ http: createGuardedHttp({ resolve, refusalOf }), secrets: SECRETS, clock: systemClock, linkTo });
  };
  const send = (header?: { name: string; value: string }, by = channel()) =>
    by.send(deliveryOf({ type: 'n8n', url, ...(header === undefined ? {} : { header }) }), RUNNING);

  it('are started with the alert and the header that they ask for', async () => {
    const outcome = await send({ name: 'X-N8N-Key', value: 'secret-of-the-workflow' });
    assert.deepEqual(outcome, { delivered: true, reason: 'HTTP 200: {"message":"Workflow was started"}' });
    const [request] = received;
    assert.deepEqual([request?.method, request?.url], ['POST', '/webhook/pump-alarm']);
    assert.deepEqual(
      [request?.headers['x-n8n-key'], request?.headers['content-type'], request?.headers['x-insa-delivery']],
      ['secret-of-the-workflow', 'application/json', DELIVERY_ID],
    );
    const body = JSON.parse(request?.body ?? '') as Record<string, unknown>;
    assert.deepEqual(body['alert'], { version: 1, ...ALERT });
    assert.deepEqual([body['event'], body['delivery'], body['link']], ['raised', DELIVERY_ID, linkTo(ALERT.id)]);
    assert.deepEqual(body['rule'], { id: ALERT.rule_id, name: 'High temperature', version: 3 });
  });

  it('are tried again when n8n is busy, as long as it asks for', async () => {
    answer = { status: 429, body: 'busy', headers: { 'Retry-After': '7' } };
    assert.deepEqual(await send(), { delivered: false, retryable: true, reason: 'HTTP 429: busy', retryAfterMs: 7_000 });
    answer = { status: 503, body: '' };
    const outcome = await send();
    assert.ok(!outcome.delivered && outcome.retryable);
  });

  it('fail at once when the workflow is not active or the header is wrong, and the header is never shown', async () => {
    answer = { status: 404, body: '{"message":"The requested webhook \\"pump-alarm\\" is not registered."}' };
    const unknown = await send();
    assert.ok(!unknown.delivered && !unknown.retryable);
    assert.match(unknown.reason, /^HTTP 404: .*is not registered/);
    answer = { status: 403, body: 'Authorization data is wrong: hunter2!' };
    const refused = await send({ name: 'X-N8N-Key', value: 'hunter2!' });
    assert.ok(!refused.delivered && !refused.retryable);
    assert.ok(!refused.reason.includes('hunter2'), refused.reason);
  });

  it('that are gone are told in words of n8n: nothing is disabled', async () => {
    answer = { status: 410, body: '' };
    const gone = await send();
    assert.ok(!gone.delivered && !gone.retryable);
    assert.match(gone.reason, /^HTTP 410 - the address of the workflow is gone; copy its production URL/);
  });

  it('get the header that was stored encrypted, at the URL that it was entered for alone', async () => {
    const value = SECRETS.seal('secret-of-the-workflow', { tenantId: 'default', url });
    assert.ok((await send({ name: 'X-N8N-Key', value })).delivered);
    assert.equal(received[0]?.headers['x-n8n-key'], 'secret-of-the-workflow');
    const moved = await channel().send(
      deliveryOf({ type: 'n8n', url: `${url}-of-somebody-else`, header: { name: 'X-N8N-Key', value } }),
      RUNNING,
    );
    assert.ok(!moved.delivered && !moved.retryable);
    assert.match(moved.reason, /cannot be decrypted.*Enter them again/);
    assert.equal(received.length, 1, 'nothing is sent');
  });

  it('are not reached where the guard says no', async () => {
    const outcome = await send(undefined, channel([]));
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.equal(received.length, 0);
  });

  it('are refused when they are saved with a header that the platform sets itself or that breaks the line', () => {
    const problemOf = (name: string, value: string): string | undefined =>
      n8nActionSchema.safeParse({ type: 'n8n', url, header: { name, value } }).error?.issues[0]?.message;
    assert.match(problemOf('Host', 'x') ?? '', /the platform sets itself/);
    assert.match(problemOf('X-Key', 'a\r\nX-Other: b') ?? '', /line break/);
    assert.match(problemOf('X Key', 'a') ?? '', /name of a header/);
    assert.equal(problemOf('X-Key', 'a'), undefined);
  });
});
