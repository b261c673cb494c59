import assert from 'node:assert/strict';
import type http from 'node:http';
import type net from 'node:net';
import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { silentLogger } from '../../src/core/logger.ts';
import { createAddressGuard } from '../../src/notify/channels/webhook/address-guard.ts';
import { createGuardedHttp } from '../../src/notify/channels/webhook/guarded-fetch.ts';
import type { GuardedFetchOptions } from '../../src/notify/channels/webhook/guarded-fetch.ts';
import { WEBHOOK_RETRY_DELAYS_MS, WebhookChannel } from '../../src/notify/channels/webhook/webhook-channel.ts';
import type { WebhookEndpoints } from '../../src/notify/channels/webhook/webhook-channel.ts';
import type { Delivery, Outcome } from '../../src/notify/types.ts';
import { eventually } from '../api/support.ts';
import { SECRETS } from './deliveries.ts';
import { certificate, httpServer, httpsServer, tcpServer } from './webhook-servers.ts';
import type { TestServer } from './webhook-servers.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const never = new AbortController().signal;

/** Endpoints in memory. */
class MemoryEndpoints implements WebhookEndpoints {
  secrets = [SECRET];
  readonly disabled = new Map<string, string>();
  fails = false;
  stateOf(_tenantId: string, url: string) {
    return this.fails
      ? Promise.reject(new Error('away'))
      : Promise.resolve({ secrets: this.secrets, disabledReason: this.disabled.get(url) });
  }
  disable(_tenantId: string, url: string, reason: string) {
    this.disabled.set(url, reason);
    return Promise.resolve();
  }
}

function delivery(url: string, more: { headers?: Record<string, string>; attempt?: number; message?: string } = {}): Delivery {
  const { headers, attempt = 1, message = 'hot' } = more;
  const alert = { device_id: 'pump-01', rule_id: 'r1', rule_name: 'High', rule_version: 3, value: 85, message };
  return {
    id: '0b8f0f6e-0000-4000-8000-000000000001',
    tenantId: 'default',
    dedupKey: 'k',
    event: 'raised',
    channel: 'webhook',
    recipient: url,
    alertId: null,
    deviceId: 'pump-01',
    ruleId: null,
    content: { action: { type: 'webhook', url, headers }, alert, device: { name: 'Pump', type: null, location: 'Hall' } },
    attempt,
    createdAtMs: Date.parse('2026-01-31T06:30:00Z'),
  };
}

describe('webhooks to real servers', () => {
  const servers: TestServer[] = [];
  let endpoints: MemoryEndpoints;
  beforeEach(() => {
    endpoints = new MemoryEndpoints();
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  async function started<Server extends TestServer>(starting: Promise<Server>): Promise<Server> {
    const server = await starting;
    servers.push(server);
    return server;
  }
  const guard = (allowCidrs = ['127.0.0.1/32'], ownPorts: number[] = []) =>
    createAddressGuard({ allowCidrs, ownAddresses: () => [], ownPorts: () => ownPorts, storePorts: () => [] });
  const httpWith = (options: Partial<GuardedFetchOptions> = {}) =>
    createGuardedHttp({ resolve: () => Promise.resolve(['127.0.0.1']), refusalOf: guard(), timeoutMs: 3_000, ...options });
  const channelWith = (options: Partial<GuardedFetchOptions> = {}) =>
    new WebhookChannel({
      http: httpWith(options),
      endpoints,
      secrets: SECRETS,
      clock: { nowMs: () => new Date().getTime() },
      logger: silentLogger,
    });
  const send = (url: string, options: Partial<GuardedFetchOptions> = {}): Promise<Outcome> =>
    channelWith(options).send(delivery(url), never);
  const urlOf = ({ port }: TestServer, rest = '/hook') => `http://127.0.0.1:${String(port)}${rest}`;
  const ok = (_: unknown, response: http.ServerResponse) => response.writeHead(200).end('thanks');

  it('are signed so that the reference library accepts them, with the same id and body at every try', async () => {
    const server = await started(httpServer(ok));
    const channel = channelWith();
    const url = urlOf(server, '/hook?a=1#part');
    assert.deepEqual(await channel.send(delivery(url, { headers: { Authorization: 'Bearer abc' } }), never), {
      delivered: true,
      reason: 'HTTP 200: thanks',
    });
    await channel.send(delivery(url, { attempt: 2 }), never);
    const [first, second] = server.received;
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(first.method, 'POST');
    assert.equal(first.url, '/hook?a=1');
    assert.equal(first.headers['authorization'], 'Bearer abc');
    assert.equal(first.headers['content-type'], 'application/json');
    assert.equal(first.headers['x-insa-delivery'], '0b8f0f6e-0000-4000-8000-000000000001');
    assert.equal(second.headers['x-insa-delivery'], first.headers['x-insa-delivery']);
    assert.equal(second.body, first.body);
    assert.deepEqual(new Webhook(SECRET).verify(first.body, first.headers as Record<string, string>), {
      version: 1,
      event: 'raised',
      delivery: '0b8f0f6e-0000-4000-8000-000000000001',
      timestamp: '2026-01-31T06:30:00.000Z',
      event_at: '2026-01-31T06:30:00.000Z',
      sequence: 1,
      alert: { device_id: 'pump-01', rule_id: 'r1', rule_name: 'High', rule_version: 3, value: 85, message: 'hot' },
      device: { id: 'pump-01', name: 'Pump', type: null, location: 'Hall' },
      rule: { id: 'r1', name: 'High', version: 3 },
    });
    assert.equal(server.connections, 2, 'no connection is kept for the next request');
  });

  it('are tried again quickly three times, then slower, until three days after the first try', () => {
    assert.deepEqual(WEBHOOK_RETRY_DELAYS_MS.slice(0, 3), [1_000, 2_000, 4_000]);
    assert.equal(
      WEBHOOK_RETRY_DELAYS_MS.reduce((sum, pause) => sum + pause, 0),
      3 * 86_400_000,
    );
  });

  describe('that misbehave', () => {
    const retried = (outcome: Outcome, reason: RegExp) => {
      assert.ok(!outcome.delivered && outcome.retryable, JSON.stringify(outcome));
      assert.match(outcome.reason, reason);
    };
    const failedAtOnce = (outcome: Outcome, reason: RegExp) => {
      assert.ok(!outcome.delivered && !outcome.retryable, JSON.stringify(outcome));
      assert.match(outcome.reason, reason);
    };
    const talking = (talk: (socket: net.Socket) => void) => started(tcpServer(talk));
    /** Writes until the other side goes. */
    const pour = (socket: net.Socket, chunk: Buffer) => {
      const more = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    };

    it('never answers: given up after its time, tried again, and the connection is let go', async () => {
      const server = await talking((socket) => socket.resume());
      retried(await send(urlOf(server)), /no answer within 3 s; the time ended while waiting for the answer/);
      await eventually(() => Promise.resolve(server.open === 0), 'the connection is closed');
    });

    it('closes at once: tried again', async () => {
      const server = await talking((socket) => socket.end());
      retried(await send(urlOf(server)), /closed the connection without an answer/);
    });

    it('resets the connection: tried again', async () => {
      const server = await talking((socket) => socket.once('data', () => socket.resetAndDestroy()));
      retried(await send(urlOf(server)), /closed the connection|reset/i);
    });

    it('does not listen: tried again', async () => {
      const server = await tcpServer(() => undefined);
      await server.stop();
      retried(await send(urlOf(server)), /Nothing listens there/);
    });

    it('sends its headers one letter at a time: given up after its time', async () => {
      const server = await talking((socket) => {
        const letters = 'HTTP/1.1 200 OK\r\nX-Slow: '.split('');
        const timer = setInterval(() => socket.write(letters.shift() ?? 'a'), 20);
        socket.on('close', () => clearInterval(timer));
      });
      retried(await send(urlOf(server)), /no answer within/);
    });

    it('sends headers without end: tried again', async () => {
      const server = await talking((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
        pour(socket, Buffer.alloc(65_536, 'a'));
      });
      retried(await send(urlOf(server)), /longer than 16 KB/);
    });

    it('speaks something else than HTTP: tried again', async () => {
      const server = await talking((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
      retried(await send(urlOf(server)), /no HTTP/);
    });

    it('streams forever, fast: its status counts, 64 KB are read, the connection is let go', async () => {
      const server = await talking((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        pour(socket, Buffer.alloc(65_536, 'a'));
      });
      assert.ok((await send(urlOf(server))).delivered);
      await eventually(() => Promise.resolve(server.open === 0), 'the connection is closed');
      const outcome = await httpWith().post(urlOf(server), { headers: {}, body: '', signal: never });
      assert.ok(outcome.kind === 'answered' && outcome.answer.cut);
      assert.equal(outcome.answer.body.length, 65_536);
    });

    it('streams forever, drop by drop: its status counts, and its time ends', async () => {
      const server = await talking((socket) => {
        socket.write('HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n');
        const timer = setInterval(() => socket.write('1\r\na\r\n'), 20);
        socket.on('close', () => clearInterval(timer));
      });
      retried(await send(urlOf(server)), /^HTTP 500: a+$/);
      await eventually(() => Promise.resolve(server.open === 0), 'the connection is closed');
    });

    it('answers 1 GB: its status counts, and hardly any of it is taken', async () => {
      let written = 0;
      const server = await talking((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n');
        const chunk = Buffer.alloc(65_536, 'a');
        pour(socket, chunk);
        socket.on('close', () => (written = socket.bytesWritten));
      });
      assert.ok((await send(urlOf(server))).delivered);
      await eventually(() => Promise.resolve(server.open === 0), 'the connection is closed');
      assert.ok(written < 32 * 1_048_576, `${String(written)} bytes`);
    });

    it('breaks off in its answer: the status counts', async () => {
      const server = await talking((socket) => socket.end('HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf'));
      assert.deepEqual(await send(urlOf(server)), { delivered: true, reason: 'HTTP 202: half' });
    });

    it('sends a bomb of gzip: nothing unpacks it', async () => {
      const bomb = gzipSync(Buffer.alloc(20 * 1_048_576));
      const server = await started(
        httpServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb)),
      );
      const outcome = await httpWith().post(urlOf(server), { headers: { 'accept-encoding': 'gzip' }, body: '', signal: never });
      assert.ok(outcome.kind === 'answered');
      assert.ok(outcome.answer.body.length <= 65_536);
      assert.equal(server.received[0]?.headers['accept-encoding'], 'identity');
    });

    it('redirects to an address inside: not followed, fails at once and says so', async () => {
      const inside = await started(httpServer(ok));
      const server = await started(httpServer((_, response) => response.writeHead(307, { location: urlOf(inside) }).end()));
      failedAtOnce(await send(urlOf(server)), /^HTTP 307: it redirects to http:\/\/127\.0\.0\.1:\d+\/hook, and redirects are not followed/);
      assert.equal(inside.connections, 0);
    });

    it('answers 429 with Retry-After: tried again when it asked for it', async () => {
      const server = await started(httpServer((_, response) => response.writeHead(429, { 'retry-after': '7' }).end()));
      assert.deepEqual(await send(urlOf(server)), { delivered: false, retryable: true, reason: 'HTTP 429', retryAfterMs: 7_000 });
    });

    it('gets the headers that were stored encrypted; at another URL nothing is sent', async () => {
      const server = await started(httpServer(ok));
      const sealed = SECRETS.seal('Bearer abc', { tenantId: 'default', url: urlOf(server) });
      const sentTo = (url: string) => channelWith().send(delivery(url, { headers: { Authorization: sealed } }), never);
      assert.ok((await sentTo(urlOf(server))).delivered);
      assert.equal(server.received[0]?.headers['authorization'], 'Bearer abc');
      failedAtOnce(await sentTo(`${urlOf(server)}/elsewhere`), /cannot be decrypted.*Enter them again/);
      assert.equal(server.received.length, 1);
    });

    it('answers 410: disabled, and later deliveries fail without a request, saying how to enable it', async () => {
      const server = await started(httpServer((_, response) => response.writeHead(410).end()));
      failedAtOnce(await send(urlOf(server)), /^HTTP 410 - the receiver wants nothing any more, so the endpoint is disabled\.$/);
      assert.deepEqual([...endpoints.disabled.keys()], [urlOf(server)]);
      failedAtOnce(await send(urlOf(server)), /is disabled: it answered HTTP 410 to delivery .*PATCH \/api\/v1\/webhooks\/\{id\}/);
      assert.equal(server.received.length, 1);
    });

    it('has a certificate that nobody trusts, or for another name: tried again, and nothing is sent', async () => {
      const server = await started(httpsServer(ok));
      const url = `https://127.0.0.1:${String(server.port)}/`;
      retried(await send(url), /not trusted/);
      retried(await send(`https://other.example.com:${String(server.port)}/`, { ca: certificate('ca.crt') }), /for another name/);
      assert.equal(server.received.length, 0);
      assert.ok((await send(url, { ca: certificate('ca.crt') })).delivered);
      assert.ok((await send(`https://localhost:${String(server.port)}/`, { ca: certificate('ca.crt') })).delivered);
    });

    it('has a certificate that nobody trusts: also with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
      const server = await started(httpsServer(ok));
      const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        retried(await send(`https://127.0.0.1:${String(server.port)}/`), /not trusted/);
      } finally {
        if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
        else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
      }
    });

    it('speaks no TLS under https: tried again', async () => {
      const server = await started(httpServer(ok));
      retried(await send(`https://127.0.0.1:${String(server.port)}/`), /TLS could not be agreed/);
    });

    it('has a name that DNS does not know, or never answers for: tried again', async () => {
      const unknown = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
      retried(await send('http://hooks.example.com/', { resolve: unknown }), /not known to DNS \(ENOTFOUND\)/);
      const silent = () => new Promise<string[]>(() => undefined);
      retried(await send('http://hooks.example.com/', { resolve: silent }), /the time ended while resolving its name/);
      retried(await send('http://hooks.example.com/', { resolve: () => Promise.resolve([]) }), /has no address/);
    });
  });

  it('go where the name leads at each try: one look-up for each, and no second one between check and connection', async () => {
    const server = await started(httpServer(ok));
    const inside = await started(httpServer(ok, '127.0.0.2'));
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const resolve = () => Promise.resolve(answers[asked++] ?? []);
    const url = `http://rebinding.example.com:${String(server.port)}/`;
    assert.ok((await send(url, { resolve })).delivered);
    const second = await send(url.replace(String(server.port), String(inside.port)), { resolve });
    assert.ok(!second.delivered && !second.retryable);
    assert.match(second.reason, /^rebinding\.example\.com resolves to 127\.0\.0\.2, which is an address of this machine/);
    assert.equal(asked, 2);
    assert.equal(inside.connections, 0);
    assert.equal(server.received[0]?.headers.host, `rebinding.example.com:${String(server.port)}`);
  });

  it('are not sent over a connection whose own address is refused, whatever the name said', async () => {
    const server = await started(httpServer(ok));
    let judged = 0;
    const refusalOf = () => (judged++ === 0 ? undefined : 'is refused');
    const outcome = await httpWith({ refusalOf }).post(urlOf(server), { headers: {}, body: 'secret', signal: never });
    assert.deepEqual(outcome, {
      kind: 'refused',
      reason: 'The connection went to 127.0.0.1, which is refused.',
      addresses: ['127.0.0.1'],
    });
    assert.equal(server.received.length, 0);
  });

  it('are not sent to ports of the platform itself', async () => {
    const server = await started(httpServer(ok));
    const outcome = await send(urlOf(server), { refusalOf: guard(['127.0.0.0/8'], [server.port]) });
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.match(outcome.reason, /is the platform itself/);
    assert.equal(server.connections, 0);
  });

  it('are not sent with a body of more than 1 MB', async () => {
    const server = await started(httpServer(ok));
    const outcome = await channelWith().send(delivery(urlOf(server), { message: 'x'.repeat(1_048_576) }), never);
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.match(outcome.reason, /more than the 1 MB/);
    assert.equal(server.connections, 0);
  });

  it('end soon when the platform stops, and are tried again after', async () => {
    const server = await started(tcpServer((socket) => socket.resume()));
    const stopping = new AbortController();
    const sent = channelWith({ timeoutMs: 15_000 }).send(delivery(urlOf(server)), stopping.signal);
    await eventually(() => Promise.resolve(server.open === 1), 'it is connected');
    stopping.abort();
    const outcome = await sent;
    assert.ok(!outcome.delivered && outcome.retryable);
    assert.match(outcome.reason, /platform stopped/);
    assert.ok(!(await channelWith().send(delivery(urlOf(server)), stopping.signal)).delivered);
  });

  it('are tried again when the database cannot say how to sign, and fail when what was queued is none', async () => {
    endpoints.fails = true;
    const away = await send('http://127.0.0.1:9/');
    assert.ok(!away.delivered && away.retryable);
    const strange = await channelWith().send({ ...delivery('http://127.0.0.1:9/'), content: { action: {} } }, never);
    assert.ok(!strange.delivered && !strange.retryable);
  });

  it('to one URL follow one another, however it is written', () => {
    const lane = (url: string) => channelWith().laneOf(delivery(url));
    assert.equal(lane('HTTPS://Hooks.example.com:443/a'), lane('https://hooks.example.com/a'));
    assert.notEqual(lane('https://hooks.example.com/a'), lane('https://hooks.example.com/b'));
  });
});
