import net from 'node:net';
import tls from 'node:tls';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ConnectionOrigin } from './connection.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const TCP_KEEPALIVE_MS = 60_000;
/** A WebSocket frame may hold several MQTT packets, or a part of one. */
const MAX_FRAME_BYTES = 1024 * 1024;
const WEBSOCKET_PROTOCOLS = ['mqtt', 'mqttv3.1'];

/** Certificates as PEM. */
export interface BrokerTls {
  certificate: string | Buffer;
  key: string | Buffer;
  /** Who signs the certificates of devices; without it no client certificate is asked for. */
  clientCa?: string | Buffer | undefined;
}

/** Where the broker listens. */
export interface ListenerOptions {
  host: string;
  /** 0 switches the listener off. */
  port: number;
  /** 0 switches the listener off; so do missing certificates. */
  tlsPort: number;
  tls: BrokerTls | undefined;
}

/** What the listeners report to. */
export interface ListenerPorts {
  logger: Logger;
  connected(source: Duplex, origin: ConnectionOrigin): void;
  /** A certificate that the configured authority did not sign. */
  badCertificate(address: string, reason: string): void;
}

/** The doors of the broker: TCP, TLS and WebSocket. What comes in is handed on as a stream with its origin. */
export class Listeners {
  private readonly options: ListenerOptions;
  private readonly ports: ListenerPorts;
  private readonly servers: net.Server[] = [];
  private webSockets: WebSocketServer | undefined;

  constructor(options: ListenerOptions, ports: ListenerPorts) {
    this.options = options;
    this.ports = ports;
  }

  /** Rejects with `INVALID_CONFIG` when a port is taken or a certificate is not usable. */
  async start(): Promise<void> {
    const { port, tlsPort, tls: certificates } = this.options;
    this.webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handleProtocols: (offered) => WEBSOCKET_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
    });
    if (port !== 0) await this.listen(this.plainServer(), 'MQTT_PORT', port);
    if (tlsPort !== 0 && certificates !== undefined) await this.listen(this.tlsServer(certificates), 'MQTT_TLS_PORT', tlsPort);
  }

  /** Stops listening; connections stay. */
  stop(): void {
    this.webSockets = undefined;
    for (const server of this.servers.splice(0)) server.close();
  }

  /** A WebSocket upgrade at `/mqtt` of the HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.webSockets === undefined) {
      socket.destroy();
      return;
    }
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const address = request.socket.remoteAddress ?? '';
      this.ports.connected(createWebSocketStream(webSocket), { address, commonName: undefined });
    });
  }

  private plainServer(): net.Server {
    return net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS }, (socket) => {
      this.ports.connected(socket, { address: socket.remoteAddress ?? '', commonName: undefined });
    });
  }

  private tlsServer({ certificate, key, clientCa }: BrokerTls): net.Server {
    const asksForCertificate = clientCa !== undefined;
    const options: tls.TlsOptions = {
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEPALIVE_MS,
      requestCert: asksForCertificate,
      // A device may log in with its key instead; a certificate that was not verified is refused below.
      rejectUnauthorized: false,
      ...(asksForCertificate ? { ca: clientCa } : {}),
    };
    let server: tls.Server;
    try {
      server = tls.createServer(options, (socket) => this.secured(socket, asksForCertificate));
    } catch (error) {
      throw new AppError(
        'INVALID_CONFIG',
        `The certificates for MQTT over TLS are not usable: ${messageOf(error)}. Check TLS_CERT_FILE, TLS_KEY_FILE and MQTT_CLIENT_CA_FILE.`,
        {
          cause: error,
        },
      );
    }
    server.on('tlsClientError', (error, socket) => {
      this.ports.logger.debug({ reason: messageOf(error) }, 'A TLS handshake failed.');
      socket.destroy();
    });
    return server;
  }

  private secured(socket: tls.TLSSocket, asksForCertificate: boolean): void {
    const address = socket.remoteAddress ?? '';
    const certificate = asksForCertificate ? socket.getPeerCertificate() : undefined;
    if (certificate === undefined || Object.keys(certificate).length === 0) {
      this.ports.connected(socket, { address, commonName: undefined });
      return;
    }
    const commonName: unknown = certificate.subject.CN;
    if (socket.authorized && typeof commonName === 'string') {
      this.ports.connected(socket, { address, commonName });
      return;
    }
    socket.on('error', () => undefined); // It is being closed anyway.
    socket.destroy();
    this.ports.badCertificate(address, socket.authorized ? 'It has no common name.' : String(socket.authorizationError));
  }

  private async listen(server: net.Server, variable: string, port: number): Promise<void> {
    const { host } = this.options;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      throw new AppError(
        'INVALID_CONFIG',
        `${variable} ${port} cannot be opened on ${host}: ${messageOf(error)}. Stop what uses it or choose another port.`,
        {
          cause: error,
        },
      );
    }
    server.on('error', (error) => this.ports.logger.error({ reason: messageOf(error), port }, 'The MQTT listener has a problem.'));
    this.servers.push(server);
  }
}
