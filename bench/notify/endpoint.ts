import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';

/** A webhook that was accepted. */
export interface Accepted {
  path: string;
  body: string;
  /** When it was answered, epoch milliseconds with fractions. */
  atMs: number;
}

/** Receivers of webhooks on one port of loopback: all answer 200 after `answerMs`, but those under /dead/ never answer. */
export class Endpoint {
  /** By their delivery id, the first time each. */
  readonly accepted = new Map<string, Accepted>();
  private readonly server: http.Server;

  constructor(answerMs: number) {
    this.server = http.createServer((request, response) => void this.take({ request, response, answerMs }));
    this.server.keepAliveTimeout = 1_000;
  }

  /** Listens on a free port. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The address of a receiver. */
  url(path: string): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}${path}`;
  }

  private async take(by: { request: http.IncomingMessage; response: http.ServerResponse; answerMs: number }): Promise<void> {
    const { request, response, answerMs } = by;
    const path = request.url ?? '';
    const body = await text(request).catch(() => '');
    if (path.startsWith('/dead/')) return;
    await delay(answerMs);
    response.end('ok');
    const id = String(request.headers['x-insa-delivery']);
    if (!this.accepted.has(id)) this.accepted.set(id, { path, body, atMs: performance.timeOrigin + performance.now() });
  }
}
