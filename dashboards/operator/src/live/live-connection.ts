import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { ClientToServerEvents, ServerToClientEvents, Subscription } from '../../../../src/contracts/realtime.ts';

type LiveSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** How the page stands to the server's live events: being set up, receiving, or cut off. */
export type LinkState = 'connecting' | 'live' | 'lost';

/** What a `LiveConnection` needs, and whom it tells. */
export interface LiveConnectionOptions {
  /** The token to present now; undefined ends the attempt. */
  accessToken: () => Promise<string | undefined>;
  /** Asks for a new token after one was refused. */
  renewToken: () => Promise<unknown>;
  /** What the page wants to hear, asked anew whenever the connection has been set up. */
  subscriptions: () => Promise<readonly Subscription[]>;
  handlers: ServerToClientEvents;
  onState: (state: LinkState) => void;
}

/** A subscription that is not confirmed after this long means that the connection is only seemingly there. */
const ACK_TIMEOUT_MS = 5_000;
/** Reconnecting after the server itself closed: the library leaves that to us. */
const RETRY_MS = 2_000;
const RECONNECT = { reconnectionDelay: 500, reconnectionDelayMax: 5_000, timeout: 10_000 };

/**
 * The one Socket.IO connection of the page. It is `live` only after every subscription is confirmed, so that whoever loads
 * from the API at that moment misses nothing.
 */
export class LiveConnection {
  private readonly options: LiveConnectionOptions;
  private socket: LiveSocket | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveConnectionOptions) {
    this.options = options;
  }

  start(): void {
    if (this.socket !== undefined) return;
    this.options.onState('connecting');
    const socket: LiveSocket = io({
      path: '/socket.io',
      autoConnect: false,
      ...RECONNECT,
      auth: (present) => void this.options.accessToken().then((token) => present({ token: token ?? '' })),
    });
    this.socket = socket;
    socket.on('telemetry_update', this.options.handlers.telemetry_update);
    socket.on('device_status', this.options.handlers.device_status);
    socket.on('devices_changed', this.options.handlers.devices_changed);
    socket.on('alert', this.options.handlers.alert);
    socket.on('alert_update', this.options.handlers.alert_update);
    socket.on('connect', () => void this.subscribe());
    socket.on('disconnect', () => this.lost());
    socket.on('connect_error', () => this.lost());
    socket.connect();
  }

  stop(): void {
    clearTimeout(this.retry);
    this.socket?.removeAllListeners();
    this.socket?.disconnect();
    this.socket = undefined;
  }

  /** Presents a renewed token on the open connection, so that it goes on without a break. */
  authenticate(token: string): void {
    if (this.socket?.connected === true) this.socket.emit('authenticate', { token });
  }

  /** Tries at once instead of at the next turn. */
  reconnectNow(): void {
    clearTimeout(this.retry);
    if (this.socket?.connected === false) this.socket.connect();
  }

  /** Finds out whether a connection that slept is still one; a dead one is dropped and set up anew. */
  async probe(): Promise<void> {
    if (this.socket?.connected === true) await this.subscribe();
    else this.reconnectNow();
  }

  /** Changes what is heard on an open connection; on none it is left to the next set-up. A change that fails sets the connection up anew. */
  async change(events: readonly ['subscribe' | 'unsubscribe', Subscription][]): Promise<void> {
    const socket = this.socket;
    if (socket?.connected !== true) return;
    try {
      await Promise.all(events.map(([event, subscription]) => confirmed(socket, event, subscription)));
    } catch (error) {
      console.warn('The live connection is set up anew:', error);
      this.lost();
      this.dropAndRetry(socket);
    }
  }

  private async subscribe(): Promise<void> {
    const socket = this.socket;
    if (socket === undefined) return;
    try {
      const wanted = await this.options.subscriptions();
      await Promise.all(wanted.map((subscription) => confirmed(socket, 'subscribe', subscription)));
    } catch (error) {
      // Unconfirmed or refused, for whatever reason: the page may not call itself live on this connection.
      console.warn('The live connection is set up anew:', error);
      this.lost();
      this.dropAndRetry(socket);
      return;
    }
    if (socket.connected) this.options.onState('live');
  }

  private lost(): void {
    this.options.onState('lost');
    const socket = this.socket;
    // `active` means that the library reconnects by itself; it does not when the server said no or closed the connection.
    if (socket !== undefined && !socket.active) this.retryWithNewToken(socket);
  }

  private dropAndRetry(socket: LiveSocket): void {
    socket.disconnect();
    this.retryWithNewToken(socket);
  }

  private retryWithNewToken(socket: LiveSocket): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      void this.options.renewToken().then(() => {
        if (this.socket === socket && !socket.connected) socket.connect();
      });
    }, RETRY_MS);
  }
}

async function confirmed(socket: LiveSocket, event: 'subscribe' | 'unsubscribe', subscription: Subscription): Promise<void> {
  const answer: unknown = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, subscription);
  if (!isConfirmed(answer)) throw new Error(`The server did not confirm the subscription: ${JSON.stringify(answer)}`);
}

function isConfirmed(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true;
}
