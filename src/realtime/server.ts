import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server } from 'socket.io';
import { z } from 'zod';
import type { PlatformEvents } from '../contracts/events.ts';
import type { ClientToServerEvents, ServerToClientEvents, SubscriptionAck } from '../contracts/realtime.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import { RealtimeClient } from './client.ts';
import type { ClientContext, RealtimeSocket, SocketData } from './client.ts';
import { RealtimeHub } from './hub.ts';
import { RealtimeTally } from './realtime-tally.ts';
import { SharedUpdates } from './shared-updates.ts';
import { DEFAULT_LIMITS } from './types.ts';
import type { RealtimeAuthenticator, RealtimeLimits, RealtimeLogin } from './types.ts';

/** What the server works with; `limits` are those of `types.ts` unless given. */
export interface RealtimeServerOptions {
  events: EventBus<PlatformEvents>;
  authenticator: RealtimeAuthenticator;
  clock: Clock;
  logger: Logger;
  limits?: Partial<RealtimeLimits>;
  /** Where it counts what it does; one of its own unless given. */
  tally?: RealtimeTally | undefined;
}

/** Servers of one installation tell each other nothing over Socket.IO. */
type NoEvents = Record<string, never>;

const tokenSchema = z.object({ token: z.string().min(1).max(10_000) });
const keySchema = z.object({ apiKey: z.string().min(1).max(1_000) });

/** Bytes of one message of a client; a subscription to a thousand keys fits. */
const CLIENT_MESSAGE_BYTES = 256 * 1_024;

/** The live connection of web app and programs (REQUIREMENTS, section 6). Tokens only: cookies are not looked at, so no other site can use them. */
export class RealtimeServer {
  private readonly options: RealtimeServerOptions;
  private readonly hub = new RealtimeHub();
  private readonly context: ClientContext;
  private readonly toFlush = new Set<RealtimeClient>();
  private io: Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData> | undefined;
  private beat: NodeJS.Timeout | undefined;

  constructor(options: RealtimeServerOptions) {
    this.options = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const tally = options.tally ?? new RealtimeTally();
    this.context = { hub: this.hub, clock: options.clock, limits, tally, wantsFlush: (client) => this.wantsFlush(client) };
  }

  /** Serves `/socket.io` of an HTTP server and leaves its other requests and upgrades alone. */
  start(server: HttpServer | HttpsServer): void {
    this.hub.start(this.options.events);
    this.io = new Server(server, {
      path: '/socket.io',
      destroyUpgrade: false,
      serveClient: false,
      maxHttpBufferSize: CLIENT_MESSAGE_BYTES,
      connectTimeout: this.context.limits.authenticateMs,
    });
    this.io.use((socket, next) => {
      this.loginOf(socket.handshake.auth).then(
        (answer) => {
          if (answer === 'refused') {
            next(new Error('The token or key is not valid, or it has expired. Log in again.'));
            return;
          }
          socket.data.login = answer;
          next();
        },
        (error: unknown) => next(this.unavailable(error)),
      );
    });
    this.io.on('connection', (socket) => this.enter(socket, socket.data.login));
  }

  /** Ends every connection. The HTTP server stays; its owner closes it. May be called twice, or without a start. */
  async stop(): Promise<void> {
    clearTimeout(this.beat);
    this.beat = undefined;
    this.hub.stop();
    const { io } = this;
    this.io = undefined;
    if (io === undefined) return;
    io.disconnectSockets(true);
    await io.of('/').adapter.close();
    io.engine.close();
  }

  /** `undefined` for a connection that shows nothing yet. */
  private async loginOf(auth: unknown): Promise<RealtimeLogin | 'refused' | undefined> {
    const { authenticator } = this.options;
    const token = tokenSchema.safeParse(auth);
    if (token.success) return (await authenticator.byToken(token.data.token)) ?? 'refused';
    const key = keySchema.safeParse(auth);
    if (key.success) return (await authenticator.byApiKey(key.data.apiKey)) ?? 'refused';
    return undefined;
  }

  private enter(socket: RealtimeSocket, login: RealtimeLogin | undefined): void {
    const client = new RealtimeClient(socket, this.context);
    this.context.tally.connections += 1;
    socket.on('disconnect', () => {
      this.context.tally.connections -= 1;
      this.toFlush.delete(client);
      client.closed();
    });
    socket.on('authenticate', (request: unknown, ack: unknown) => {
      this.authenticate(client, request).then(
        (problem) => answer(ack, problem),
        (error: unknown) => answer(ack, this.unavailable(error).message),
      );
    });
    socket.on('subscribe', (request: unknown, ack: unknown) => answer(ack, client.subscribe(request)));
    socket.on('unsubscribe', (request: unknown, ack: unknown) => answer(ack, client.unsubscribe(request)));
    this.hub.enter(client);
    if (login !== undefined) client.accept(login);
  }

  /** Answers why the token was not taken, or undefined. What held before goes on until it ends by itself. */
  private async authenticate(client: RealtimeClient, request: unknown): Promise<string | undefined> {
    const parsed = tokenSchema.safeParse(request);
    if (!parsed.success) return 'Send {token}: the access token of a login.';
    const login = await this.options.authenticator.byToken(parsed.data.token);
    if (login === undefined) return 'The token is not valid, or it has expired. Log in again.';
    client.accept(login);
    return undefined;
  }

  private unavailable(error: unknown): Error {
    this.options.logger.warn({ part: 'realtime', error: messageOf(error) }, 'A live connection could not be authenticated.');
    return new Error('Who is connecting could not be checked just now; try again in a few seconds.');
  }

  private wantsFlush(client: RealtimeClient): void {
    this.toFlush.add(client);
    this.beat ??= setTimeout(() => this.flush(), this.context.limits.flushMs);
  }

  private flush(): void {
    this.beat = undefined;
    const updates = new SharedUpdates();
    for (const client of [...this.toFlush]) if (!client.flush(updates)) this.toFlush.delete(client);
    for (const { update, socketIds } of updates.all()) this.io?.to(socketIds).emit('telemetry_update', update);
    if (this.toFlush.size > 0) this.beat = setTimeout(() => this.flush(), this.context.limits.flushMs);
  }
}

/** A client need not ask for an answer. */
function answer(ack: unknown, problem: string | undefined): void {
  if (isAck(ack)) ack(problem === undefined ? { ok: true } : { ok: false, error: problem });
}

function isAck(ack: unknown): ack is SubscriptionAck {
  return typeof ack === 'function';
}
