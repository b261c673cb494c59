import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import path from 'node:path';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';

const FIXTURES = path.join(import.meta.dirname, '..', 'broker', 'fixtures');

/** A message that was taken, parsed. */
export interface TakenMail {
  from: string;
  to: string[];
  raw: string;
  mail: Email;
}

/** A mail server that keeps what it takes. */
export interface MailServer {
  port: number;
  mails: TakenMail[];
  /** How many connections there were. */
  connections(): number;
  stop(): Promise<void>;
}

/** A server with the certificate of the tests, which nobody trusts. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: TakenMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    key: readFileSync(path.join(FIXTURES, 'server.key')),
    cert: readFileSync(path.join(FIXTURES, 'server.crt')),
    disabledCommands: ['STARTTLS'],
    logger: false,
    onConnect: (_session, done) => {
      connections += 1;
      done();
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        void PostalMime.parse(raw).then((mail) => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), raw, mail });
          done(null, 'OK queued as 4711');
        });
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // What a client does to its connection is up to the test.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { port, mails, connections: () => connections, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** An error that smtp-server answers with a code of its own. */
export function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** Where a server falls silent, or hangs up. */
export type Phase = 'connect' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'end';

/** A server that answers as it should up to a phase and there does something else: nothing, a hang-up, or one answer of its own. */
export async function startOddServer(
  phase: Phase,
  does: 'hang' | 'close' | (string & {}),
): Promise<{ port: number; connections(): number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const answer = (at: Phase, text: string) => {
      if (at !== phase) socket.write(`${text}\r\n`);
      else if (does === 'close') socket.destroy();
      else if (does !== 'hang') socket.write(`${does}\r\n`);
    };
    let inData = false;
    let rest = '';
    answer('connect', '220 odd');
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (inData) {
          if (line !== '.') continue;
          inData = false;
          answer('end', '250 OK');
        } else if (/^(EHLO|HELO)/.test(line)) answer('EHLO', '250 odd');
        else if (line.startsWith('MAIL')) answer('MAIL', '250 OK');
        else if (line.startsWith('RCPT')) answer('RCPT', '250 OK');
        else if (line === 'DATA') {
          inData = phase !== 'DATA';
          answer('DATA', '354 go on');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else socket.write('250 OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
