import assert from 'node:assert/strict';
import net from 'node:net';
import pg from 'pg';
import { isPassing } from '../../src/storage/database.ts';
import { Batch } from '../../src/telemetry/batch.ts';
import { PostgresLaneStorage } from '../../src/telemetry/lane-storage.ts';

/** What a database does whose processes stand still: it takes the connection and says nothing. */
async function silentServer(): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as net.AddressInfo).port, close };
}

describe('a database that takes connections and does not answer', () => {
  let server: Awaited<ReturnType<typeof silentServer>>;
  const open = (options: pg.ClientConfig) => async () => {
    const client = new pg.Client({ host: '127.0.0.1', user: 'insa', database: 'insa', connectionTimeoutMillis: 50, ...options });
    await client.connect();
    return client;
  };

  beforeEach(async () => (server = await silentServer()));
  afterEach(() => server.close());

  it('is away for the moment, not refusing', async () => {
    await assert.rejects(open({ port: server.port }), (error) => isPassing(error));
  });

  it('turns no reading into a rejected one, and neither does any other failure to log in', async () => {
    const unused = { ensureDay: () => Promise.resolve() };
    const failures = [open({ port: server.port }), () => Promise.reject(new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: nonce too short'))];
    for (const connect of failures) {
      const storage = new PostgresLaneStorage({ connect }, unused);
      const write = storage.write(new Batch(), { lane: 0, encoded: Buffer.alloc(0), isRetry: false });
      await assert.rejects(write, (error) => storage.isPassing(error));
    }
  });
});
