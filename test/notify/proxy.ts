import net from 'node:net';
import path from 'node:path';
import type { ConnectionConfig } from '../../src/storage/postgres.ts';

/** Stands between the platform and its database, so that a test can take the database away. */
export class DatabaseProxy {
  private readonly target: net.NetConnectOpts;
  private readonly sockets = new Set<net.Socket>();
  private server: net.Server | undefined;
  private port = 0;

  constructor({ host = '', port = 5432 }: ConnectionConfig) {
    this.target = host.startsWith('/') ? { path: path.join(host, `.s.PGSQL.${String(port)}`) } : { host, port };
  }

  /** Lets connections through; answers the port. */
  async open(): Promise<number> {
    const server = net.createServer((socket) => this.pass(socket));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.address() as net.AddressInfo).port;
    return this.port;
  }

  /** Ends all connections and refuses new ones. */
  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  private pass(socket: net.Socket): void {
    const upstream = net.connect(this.target);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
