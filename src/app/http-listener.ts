import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long a client may take, in milliseconds. */
export interface HttpTimeouts {
  /** For the headers of a request. */
  headersMs: number;
  /** For a whole request, its body included; answers may take as long as they need. */
  requestMs: number;
  /** Between two requests on one connection. */
  keepAliveMs: number;
  /** How often slow clients are looked for. */
  checkEveryMs: number;
}

/** Longer than proxies keep connections (60 s is usual), so that the proxy is the one who ends them. */
const HTTP_TIMEOUTS: HttpTimeouts = { headersMs: 20_000, requestMs: 60_000, keepAliveMs: 65_000, checkEveryMs: 5_000 };
/** All headers of a request together; more answers 431. */
const MAX_HEADER_BYTES = 16 * 1024;

const REFUSALS: Readonly<Record<string, [status: string, text: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not come within its time.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are larger than 16 KB together.'],
  ERR_SSL_HTTP_REQUEST: ['400 Bad Request', 'This is HTTPS: write https:// instead of http:// in the address.'],
};

/** A server of HTTP, or of HTTPS when a certificate is given, that bounds what a client may send and how slowly. */
export function createListener(options: {
  tls: { cert: string | Buffer; key: string | Buffer } | undefined;
  timeouts?: Partial<HttpTimeouts> | undefined;
}): http.Server {
  const timeouts = { ...HTTP_TIMEOUTS, ...options.timeouts };
  const bounds = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.checkEveryMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = options.tls === undefined ? http.createServer(bounds) : https.createServer({ ...bounds, ...options.tls });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error.code, socket));
  if (server instanceof https.Server) explainPlainHttp(server);
  return server;
}

function refuse(code: string | undefined, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, text] = REFUSALS[code ?? ''] ?? ['400 Bad Request', 'This is not a request of HTTP.'];
  const type = 'text/plain; charset=utf-8';
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, `Content-Length: ${String(text.length)}`, 'Connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** Whoever speaks plain HTTP here gets a sentence in plain HTTP: the encrypted connection never came to be, the one below it still stands. */
function explainPlainHttp(server: https.Server): void {
  const shaking = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    shaking.set(name, socket);
    socket.once('close', () => shaking.delete(name));
  });
  server.on('secureConnection', (socket) => shaking.delete(nameOf(socket)));
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const plain = shaking.get(nameOf(socket));
    if (error.code === 'ERR_SSL_HTTP_REQUEST' && plain !== undefined) refuse(error.code, plain);
  });
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${String(remotePort)}`;
}
