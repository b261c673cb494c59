import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { createListener } from '../../src/app/http-listener.ts';

const fixture = (name: string) => readFileSync(new URL(`../broker/fixtures/${name}`, import.meta.url));
/** Short, but long enough for a whole request on a busy machine. */
const FAST = { headersMs: 1_500, requestMs: 3_000, keepAliveMs: 1_500, checkEveryMs: 20 };

describe('clients that are slow or wrong', () => {
  let server: http.Server;
  let port: number;
  let answered: number;

  async function listen(options: Parameters<typeof createListener>[0]): Promise<void> {
    answered = 0;
    server = createListener(options);
    server.on('request', (request, response) => {
      request.resume();
      request.on('end', () => {
        answered += 1;
        response.end('whole');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as net.AddressInfo).port;
  }
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  /** Sends `start`, then `drop` again and again until the server ends the connection; answers what it said. */
  async function drip(start: string, drop = ''): Promise<string> {
    const socket = net.connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.on('error', () => undefined); // It is being ended: that is what is looked for.
    await once(socket, 'connect');
    socket.write(start);
    const timer = setInterval(() => drop !== '' && socket.writable && socket.write(drop), 20);
    await once(socket, 'close');
    clearInterval(timer);
    return said;
  }

  it('are cut off when their headers never end, a byte at a time', async () => {
    await listen({ tls: undefined, timeouts: FAST });
    assert.match(await drip('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'), /^HTTP\/1\.1 408 /);
    assert.equal(answered, 0);
  });

  it('are cut off when their body never ends, a byte at a time', async () => {
    await listen({ tls: undefined, timeouts: FAST });
    assert.match(await drip('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n', 'a'), /^HTTP\/1\.1 408 /);
    assert.equal(answered, 0);
  });

  it('are cut off when they connect and say nothing', async () => {
    await listen({ tls: undefined, timeouts: FAST });
    assert.match(await drip(''), /^(?:HTTP\/1\.1 408 |$)/);
  });

  it('are answered when they send all, and cut off when nothing more follows', async () => {
    await listen({ tls: undefined, timeouts: FAST });
    const said = await drip('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab');
    assert.match(said, /^HTTP\/1\.1 200 OK[\s\S]*whole$/);
    assert.equal(answered, 1);
  });

  it('are refused when their headers are too large or no HTTP', async () => {
    await listen({ tls: undefined });
    assert.match(await drip(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(17_000)}\r\n\r\n`), /^HTTP\/1\.1 431 .*[\s\S]*16 KB/);
    assert.match(await drip(`GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(3_000)}\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await drip('\x16\x03\x01\x02\x00 hello'), /^HTTP\/1\.1 400 [\s\S]*not a request of HTTP/);
    assert.match(await drip('GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.equal(answered, 0);
  });

  it('are told in plain HTTP that this is HTTPS', async () => {
    await listen({ tls: { cert: fixture('server.crt'), key: fixture('server.key') } });
    assert.match(await drip('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*This is HTTPS: write https:\/\//);
    assert.equal(answered, 0);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, resolve).once('error', reject);
    });
    response.resume();
    assert.equal(response.statusCode, 200);
  });
});
