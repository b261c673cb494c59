import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../src/core/logger.ts';
import { DataDir } from '../../src/storage/data-dir.ts';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { runningServerOf } from '../../src/storage/embedded/running-server.ts';
import { freePorts } from '../support/platform.ts';
import { queryOnce } from '../support/postgres.ts';
import { killed, startOwner } from '../support/server-owner.ts';

const password = 'a password of this test';

/** EMBEDDED_DATABASE_PORT. */
describe('a port of the embedded database', () => {
  let root: string;
  let folder: string;
  let port: number;
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    root = mkdtempSync(path.join(os.tmpdir(), 'insa-port-'));
    chmodSync(root, 0o755);
    folder = path.join(root, 'data');
    new DataDir(folder).start();
    [port = 0] = await freePorts(1);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await killed(child);
    for (const server of servers.splice(0)) await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  function server(tcpPort: number): EmbeddedPostgres {
    const settings = { fsync: 'off', shared_buffers: '32MB' };
    const made = new EmbeddedPostgres({ dataDir: folder, password, logger: silentLogger, settings, tcpPort });
    servers.push(made);
    return made;
  }

  const overTcp = (word = password) =>
    queryOnce({ host: '127.0.0.1', port, user: 'insa', password: word, database: 'insa' }, 'select 1 as answer');

  it('is of this machine alone, asks for the password, and leaves the private socket as it is', async () => {
    const connection = await server(port).start();
    assert.ok(connection.host?.startsWith('/'), 'the platform itself stays on the socket');
    assert.deepEqual(await overTcp(), [{ answer: 1 }]);
    await assert.rejects(overTcp('wrong'), /password authentication failed/);
    const [row] = await queryOnce(
      connection,
      `select current_setting('listen_addresses') as at, current_setting('password_encryption') as kept`,
    );
    assert.deepEqual(row, { at: '127.0.0.1', kept: 'scram-sha-256' });
    assert.equal(runningServerOf(folder, password)?.port, port);
  });

  it('is closed unless it is asked for, and follows what was asked for when a running server is taken over', async () => {
    const { child, serverPid } = await startOwner(folder, password);
    children.push(child);
    const first = runningServerOf(folder, password);
    assert.ok(first !== undefined);
    await queryOnce(first, 'create table kept as select 42 as answer');
    await assert.rejects(overTcp(), /ECONNREFUSED/);
    // The server goes on without its process, and the next start finds it.
    await killed(child);
    const second = server(port);
    const connection = await second.start();
    assert.notEqual(second.serverPid, serverPid);
    assert.deepEqual(await overTcp(), [{ answer: 1 }]);
    assert.deepEqual(await queryOnce(connection, 'select answer from kept'), [{ answer: 42 }]);
    const pid = second.serverPid;
    const third = server(port);
    await third.start();
    assert.equal(third.serverPid, pid, 'one that listens as it is to is left running');
  });

  it('that another program has is named, with the variable', async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const taken = (other.address() as AddressInfo).port;
      await assert.rejects(
        server(taken).start(),
        new RegExp(`EMBEDDED_DATABASE_PORT is ${String(taken)}, which another program has; set it to a free port`),
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
