import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';

const FIXTURES = path.join(import.meta.dirname, '..', 'broker', 'fixtures');

/** A certificate of the tests' own authority, or that authority. */
export const certificate = (name: string): string => readFileSync(path.join(FIXTURES, name), 'utf8');

/** A server on loopback that counts who came. */
export interface TestServer {
  port: number;
  /** Connections so far. */
  connections: number;
  /** Those that are open now. */
  readonly open: number;
  stop(): Promise<void>;
}

/** What a receiver got. */
export interface Received {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

async function listening(server: net.Server, host = '127.0.0.1'): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  const result: TestServer = {
    port: 0,
    connections: 0,
    get open() {
      return sockets.size;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', (socket: net.Socket) => {
    result.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  result.port = (server.address() as net.AddressInfo).port;
  return result;
}

/** Speaks TCP: what it is given does the talking. */
export function tcpServer(talk: (socket: net.Socket) => void, host?: string): Promise<TestServer> {
  return listening(net.createServer(talk), host);
}

type Answering = (request: Received, response: http.ServerResponse) => void;

function handler(received: Received[], answer: Answering): http.RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      received.push(one);
      answer(one, response);
    });
  };
}

/** Speaks HTTP; keeps what it received. */
export async function httpServer(answer: Answering, host?: string): Promise<TestServer & { received: Received[] }> {
  const received: Received[] = [];
  return Object.assign(await listening(http.createServer(handler(received, answer)), host), { received });
}

/** The same over TLS, with the tests' certificate (localhost, 127.0.0.1) unless another is given. */
export async function httpsServer(answer: Answering, name = 'server'): Promise<TestServer & { received: Received[] }> {
  const received: Received[] = [];
  const keys = { cert: certificate(`${name}.crt`), key: certificate(`${name}.key`) };
  return Object.assign(await listening(https.createServer(keys, handler(received, answer))), { received });
}
