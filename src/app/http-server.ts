import http from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { problemOf } from '../api/problem.ts';
import type { AuditLog } from '../auth/audit.ts';
import type { SessionChecker } from '../auth/types.ts';
import { asRequestId } from '../contracts/request-id.ts';
import { AppError, ERROR_CODES, messageOf } from '../core/errors.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { EditorGate } from './editor-gate.ts';
import { EDITOR_HEADER } from './editor-tokens.ts';
import type { EditorTokens } from './editor-tokens.ts';
import { FlowDoor } from './flow-door.ts';
import type { FlowDoorDeps } from './flow-door.ts';
import { createListener } from './http-listener.ts';
import type { HttpTimeouts } from './http-listener.ts';

export { EDITOR_HEADER, EditorTokens } from './editor-tokens.ts';

/** Where the server listens, and whom it asks who is calling. */
export interface HttpServerOptions {
  host: string;
  /** 0: any free port (see `port` after the start). */
  port: number;
  /** HTTPS when given. */
  tls: { cert: string | Buffer; key: string | Buffer } | undefined;
  /** The Express app of `createApi`: everything without a prefix of its own. */
  api: RequestListener;
  /** Counts calls of flows together with those of the API. */
  limits: FlowDoorDeps['limits'];
  addressOf: FlowDoorDeps['addressOf'];
  sessions: SessionChecker;
  keys: FlowDoorDeps['keys'];
  editorTokens: EditorTokens;
  /** Which endpoints of flows need no key. */
  openEndpoints: FlowDoorDeps['openEndpoints'];
  /** How long clients may take; the usual unless given (tests). */
  timeouts?: Partial<HttpTimeouts>;
  audit: AuditLog;
  logger: Logger;
  /** Whose installation it is. */
  tenantId: string;
  /** True for errors of the database that go away by themselves. */
  isPassing(error: unknown): boolean;
}

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What Node-RED takes, once its runtime has started. */
export interface NodeRedHandlers {
  /** Requests under `/editor`, prefix stripped, with the internal header. */
  admin: RequestListener;
  /** Requests under `/flows`, prefix stripped. */
  nodes: RequestListener;
  /** WebSockets under both, with their full path. */
  upgrade: Upgrade;
}

type Target = { kind: 'editor' | 'flows' | 'realtime' | 'mqtt' | 'api'; rest: string };

/** Connections get this long to end by themselves at the stop. */
const GRACE_MS = 2_000;
/** An upgrade that nobody answered after this long is ended. */
const UPGRADE_TIMEOUT_MS = 10_000;
const PREFIXES = { '/editor': 'editor', '/flows': 'flows', '/socket.io': 'realtime', '/mqtt': 'mqtt' } as const;

/**
 * The one HTTP server: `/editor` and `/flows` go to Node-RED, `/socket.io` to Socket.IO, upgrades of `/mqtt` to the broker, the rest to
 * the API. What Node-RED gets has passed the gate here, upgrades too. Socket.IO attaches to a server that never listens.
 */
export class HttpServer {
  /** For Socket.IO: `new Server(realtimeServer)`. */
  readonly realtimeServer = http.createServer();
  private readonly options: HttpServerOptions;
  private readonly server: http.Server;
  private readonly gate: EditorGate;
  private readonly door: FlowDoor;
  private readonly sockets = new Set<Socket>();
  private nodeRed: NodeRedHandlers | undefined;
  private mqtt: Upgrade | undefined;

  constructor(options: HttpServerOptions) {
    this.options = options;
    const { sessions, editorTokens: tokens, audit, logger, tenantId } = options;
    this.gate = new EditorGate({ sessions, tokens, audit, logger, tenantId, addressOf: (request) => options.addressOf(request) });
    this.door = new FlowDoor(options);
    this.server = createListener(options);
    this.server.on('request', (request, response) => void this.onRequest(request, response));
    this.server.on('upgrade', (request, socket, head) => void this.onUpgrade(request, socket, head));
    this.server.on('connection', (socket) => this.remember(socket));
  }

  /** Where Node-RED is; until then `/editor` and `/flows` answer 503. */
  setNodeRed(handlers: NodeRedHandlers): void {
    this.nodeRed = handlers;
  }

  /** Who takes MQTT over WebSocket. */
  setMqtt(upgrade: Upgrade): void {
    this.mqtt = upgrade;
  }

  /** The port it listens on. */
  get port(): number {
    const address: AddressInfo | string | null = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : this.options.port;
  }

  /** Listens. Fails with INVALID_CONFIG when the address is taken or not allowed. */
  async start(): Promise<void> {
    const { host, port } = this.options;
    this.gate.start();
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: Error): void =>
        reject(
          new AppError(
            'INVALID_CONFIG',
            `HTTP_PORT ${String(port)} on ${host} cannot be used (${messageOf(error)}); choose another or stop who has it.`,
            { cause: error },
          ),
        );
      this.server.once('error', refuse);
      this.server.listen(port, host, () => {
        this.server.off('error', refuse);
        resolve();
      });
    });
    this.server.on('error', (error) => this.options.logger.error({ reason: messageOf(error) }, 'The HTTP server has an error.'));
  }

  /** Ends within 3 s: answers what is under way, then ends every connection. May be called twice. */
  async stop(): Promise<void> {
    this.gate.stop();
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  private remember(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    Reflect.deleteProperty(request.headers, EDITOR_HEADER);
    const requestId = asRequestId(request.headers['x-request-id']) ?? newUuid();
    // The API takes it from here, and so may flows.
    request.headers['x-request-id'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    const target = targetOf(request.url ?? '/');
    try {
      switch (target.kind) {
        case 'editor':
          await this.toEditor(request, response, target.rest);
          break;
        case 'flows':
          await this.toFlows(request, response, target.rest);
          break;
        case 'realtime':
          this.realtimeServer.emit('request', request, response);
          break;
        case 'mqtt':
        case 'api':
          this.options.api(request, response);
          break;
      }
    } catch (error) {
      this.answerError(response, this.known(error, requestId), requestId);
    }
  }

  private async toEditor(request: IncomingMessage, response: ServerResponse, rest: string): Promise<void> {
    const [path = ''] = rest.split('?', 1);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('X-Frame-Options', 'SAMEORIGIN');
    response.setHeader('Referrer-Policy', 'same-origin');
    if (path === '') {
      redirect(response, `/editor/${rest}`);
      return;
    }
    try {
      await this.gate.admit(request);
    } catch (error) {
      const login = error instanceof AppError && (error.code === 'UNAUTHENTICATED' || error.code === 'PASSWORD_CHANGE_REQUIRED');
      if (!login || path !== '/' || request.method !== 'GET') throw error;
      redirect(response, '/login?next=/editor/');
      return;
    }
    mounted(request, '/editor', rest);
    this.running().admin(request, response);
  }

  private async toFlows(request: IncomingMessage, response: ServerResponse, rest: string): Promise<void> {
    await this.door.admitRequest(request, response, rest.split('?', 1)[0] ?? '');
    mounted(request, '/flows', rest.startsWith('/') ? rest : `/${rest}`);
    this.running().nodes(request, response);
  }

  private async onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    Reflect.deleteProperty(request.headers, EDITOR_HEADER);
    // Without a listener an aborted connection would end the process.
    socket.on('error', (error) => this.options.logger.debug({ reason: messageOf(error) }, 'A connection broke while it was upgraded.'));
    try {
      await this.upgrade(request, socket, head);
    } catch (error) {
      refuseUpgrade(socket, this.known(error));
    }
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = targetOf(request.url ?? '/');
    switch (target.kind) {
      case 'editor': {
        const session = await this.gate.admit(request);
        const { upgrade } = this.running();
        this.gate.track(request, session, socket);
        expectAnswer(request, socket);
        upgrade(request, socket, head);
        break;
      }
      case 'flows':
        await this.door.admitUpgrade(request);
        expectAnswer(request, socket);
        this.running().upgrade(request, socket, head);
        break;
      case 'realtime':
        expectAnswer(request, socket);
        if (!this.realtimeServer.emit('upgrade', request, socket, head)) throw new AppError('NOT_FOUND', 'Socket.IO has not started yet.');
        break;
      case 'mqtt':
        if (this.mqtt === undefined) throw new AppError('STORAGE_UNAVAILABLE', 'The broker has not started yet.');
        this.mqtt(request, socket, head);
        break;
      case 'api':
        throw new AppError('NOT_FOUND', 'There is no WebSocket here.');
    }
  }

  private running(): NodeRedHandlers {
    if (this.nodeRed !== undefined) return this.nodeRed;
    throw new AppError('NO_OUTLET', 'Flows have not started yet; try again in a moment.', { retryable: true, retryAfterSeconds: 2 });
  }

  private known(error: unknown, requestId?: string): AppError {
    if (error instanceof AppError) return error;
    if (this.options.isPassing(error)) {
      return new AppError('STORAGE_UNAVAILABLE', 'The database cannot be reached at the moment; try again shortly.', {
        retryAfterSeconds: 5,
        cause: error,
      });
    }
    this.options.logger.error(
      { request_id: requestId, error: error instanceof Error ? error.stack : String(error) },
      'A request failed before it reached its handler.',
    );
    return new AppError('INTERNAL', 'The request failed inside the platform; the log explains it.');
  }

  private answerError(response: ServerResponse, error: AppError, requestId: string): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = problemOf(error);
    if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(error.retryAfterSeconds));
    response.writeHead(problem.status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
    response.end(JSON.stringify({ ...problem, request_id: requestId }));
  }
}

/** Whose a path is: a prefix counts only as whole path segments. `rest` is what follows it, the query included. */
function targetOf(url: string): Target {
  for (const [prefix, kind] of Object.entries(PREFIXES)) {
    if (!url.startsWith(prefix)) continue;
    const rest = url.slice(prefix.length);
    // Socket.IO leaves what has no slash behind its path to others, and there are none: nobody would answer.
    if (rest.startsWith('/') || (kind !== 'realtime' && (rest === '' || rest.startsWith('?')))) return { kind, rest };
  }
  return { kind: 'api', rest: url };
}

/** Makes a request look as a mounted Express app expects it. */
function mounted(request: IncomingMessage, baseUrl: string, rest: string): void {
  Object.assign(request, { originalUrl: request.url, baseUrl });
  request.url = rest;
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, 'Cache-Control': 'no-store' }).end();
}

/** Ends an upgrade that nobody answers: it would stay open for good. */
function expectAnswer(request: IncomingMessage, socket: Duplex): void {
  const connection = request.socket;
  const written = connection.bytesWritten;
  const timer = setTimeout(() => {
    if (connection.bytesWritten === written) socket.destroy();
  }, UPGRADE_TIMEOUT_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

function refuseUpgrade(socket: Duplex, error: AppError): void {
  const { status, title } = ERROR_CODES[error.code];
  if (socket.writable) socket.end(`HTTP/1.1 ${String(status)} ${title}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}
