import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { DataDir } from '../../src/storage/data-dir.ts';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import type { EmbeddedPostgresOptions, ServerState } from '../../src/storage/embedded/embedded-postgres.ts';
import { isAlive } from '../../src/storage/embedded/processes.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import { queryOnce } from '../support/postgres.ts';
import { killed, startOwner } from '../support/server-owner.ts';

const isRoot = process.getuid?.() === 0;
const password = 'a password of this test';

describe('EmbeddedPostgres', () => {
  let root: string;
  let folder: string;
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'insa-epg-'));
    chmodSync(root, 0o755);
    folder = path.join(root, 'data');
    new DataDir(folder).start();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of servers.splice(0)) await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  function server(options: Partial<EmbeddedPostgresOptions> = {}): EmbeddedPostgres {
    const made = new EmbeddedPostgres({
      dataDir: folder,
      password,
      logger: silentLogger,
      settings: { fsync: 'off', shared_buffers: '32MB' },
      ...options,
    });
    servers.push(made);
    return made;
  }

  async function owner(): Promise<{ child: ChildProcess; serverPid: number }> {
    const started = await startOwner(folder, password);
    children.push(started.child);
    return started;
  }

  it('creates a private database on a socket that only its own user can reach', async () => {
    const embedded = server();
    const connection = await embedded.start();
    const [row] = await queryOnce(
      connection,
      `select current_setting('listen_addresses') as tcp, current_setting('server_encoding') as encoding, current_setting('wal_level') as wal,
              (select datlocprovider::text || datlocale from pg_database where datname = 'insa') as locale`,
    );
    assert.deepEqual(row, { tcp: '', encoding: 'UTF8', wal: 'replica', locale: 'bC.UTF-8' });
    assert.equal(statSync(connection.host ?? '').mode & 0o777, 0o700);
    assert.ok(Buffer.byteLength(`${connection.host ?? ''}/.s.PGSQL.5432.lock`) <= 107);
    await assert.rejects(queryOnce({ ...connection, password: 'wrong' }, 'select 1'), /password authentication failed/);
    assert.match(readFileSync(path.join(folder, 'postgres', 'cluster', 'pg_hba.conf'), 'utf8'), /^local\s+all\s+all\s+scram-sha-256$/m);
  });

  it('lets two databases of a new server be migrated at once, although roles belong to the whole server', async () => {
    const connection = await server().start();
    await queryOnce(connection, 'create database second');
    const both = [connection, { ...connection, database: 'second' }];
    await Promise.all(both.map((one) => migrate({ connection: one, logger: silentLogger })));
    for (const one of both) {
      const db = await openDatabase({ connection: one, logger: silentLogger });
      assert.equal(db.isolation, 'role');
      await db.close();
    }
  });

  it('keeps its data over a stop and a start, and both may be repeated', async () => {
    const embedded = server();
    await queryOnce(await embedded.start(), 'create table kept as select 42 as answer');
    await embedded.start();
    await embedded.stop();
    await embedded.stop();
    assert.equal(embedded.state, 'stopped');
    assert.ok(!existsSync(path.join(folder, 'postgres', 'cluster', 'postmaster.pid')));
    assert.deepEqual(await queryOnce(await embedded.start(), 'select answer from kept'), [{ answer: 42 }]);
  });

  it('starts again by itself when the server is killed, loses nothing, and says so', async () => {
    const states: ServerState[] = [];
    const embedded = server({ onState: (state) => states.push(state), settings: { shared_buffers: '32MB' } });
    const connection = await embedded.start();
    await queryOnce(connection, 'create table kept as select 42 as answer');
    const before = embedded.serverPid ?? 0;
    process.kill(before, 'SIGKILL');
    await until(() => states.includes('down') && embedded.state === 'up');
    assert.notEqual(embedded.serverPid, before);
    assert.deepEqual(await queryOnce(connection, 'select answer from kept'), [{ answer: 42 }]);
    assert.deepEqual(states, ['starting', 'up', 'down', 'up']);
  });

  it('takes over the server of a process that was killed, and stops it in the end', async () => {
    const { child, serverPid } = await owner();
    await killed(child);
    assert.ok(isAlive(serverPid));
    const embedded = server();
    const connection = await embedded.start();
    assert.equal(embedded.serverPid, serverPid);
    assert.deepEqual(await queryOnce(connection, 'select 1 as one'), [{ one: 1 }]);
    await embedded.stop();
    // Its working directory goes some moments before the process itself.
    await until(() => !isAlive(serverPid));
  });

  it('starts again by itself when a server that it took over is killed', async () => {
    const { child, serverPid } = await owner();
    await killed(child);
    const embedded = server();
    const connection = await embedded.start();
    process.kill(serverPid, 'SIGKILL');
    await until(() => embedded.serverPid !== undefined && embedded.serverPid !== serverPid && embedded.state === 'up');
    assert.deepEqual(await queryOnce(connection, 'select 1 as one'), [{ one: 1 }]);
  });

  it('starts after both, process and server, were killed', async () => {
    const { child, serverPid } = await owner();
    process.kill(serverPid, 'SIGKILL');
    await killed(child);
    const embedded = server();
    assert.deepEqual(await queryOnce(await embedded.start(), 'select 1 as one'), [{ one: 1 }]);
  });

  it('starts although the number in a stale postmaster.pid now belongs to somebody else', async () => {
    const embedded = server();
    const { host } = await embedded.start();
    const cluster = path.join(folder, 'postgres', 'cluster');
    const pidFile = readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8');
    const socketLock = readFileSync(path.join(host ?? '', '.s.PGSQL.5432.lock'), 'utf8');
    await embedded.stop();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(stranger);
    const stale = (content: string): string => content.replace(/^\d+/, String(stranger.pid));
    for (const [file, content] of [
      [path.join(cluster, 'postmaster.pid'), stale(pidFile)],
      [path.join(host ?? '', '.s.PGSQL.5432.lock'), stale(socketLock)],
    ] as const) {
      writeFileSync(file, content, { mode: 0o600 });
      const { uid, gid } = statSync(cluster);
      chownSync(file, uid, gid);
    }
    assert.deepEqual(await queryOnce(await embedded.start(), 'select 1 as one'), [{ one: 1 }]);
    assert.ok(isAlive(stranger.pid ?? 0));
  });

  it('begins anew when a creation was cut off half-way', async () => {
    const half = path.join(folder, 'postgres', 'cluster.12345.tmp');
    mkdirSync(half, { recursive: true });
    writeFileSync(path.join(half, 'PG_VERSION'), '18\n');
    await server().start();
    assert.ok(!existsSync(half));
    assert.ok(existsSync(path.join(folder, 'postgres', 'cluster', 'PG_VERSION')));
  });

  it('refuses a database of another major version with both numbers and touches nothing', async () => {
    const embedded = server();
    await embedded.start();
    await embedded.stop();
    const versionFile = path.join(folder, 'postgres', 'cluster', 'PG_VERSION');
    writeFileSync(versionFile, '16\n');
    await assert.rejects(server().start(), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.match(error.message, /PostgreSQL 16.*PostgreSQL 18/);
      return true;
    });
    assert.equal(readFileSync(versionFile, 'utf8'), '16\n');
  });

  it('says what to do when the kept password no longer opens the database', async () => {
    const embedded = server();
    await embedded.start();
    await embedded.stop();
    await assert.rejects(server({ password: 'another' }).start(), /password kept in the data folder does not open/);
  });

  it('tells the reason when the server cannot start', async () => {
    await assert.rejects(server({ settings: { wal_level: 'nonsense' } }).start(), /did not start \(exit code 1\).*wal_level/);
  });

  it('uses a short folder for its socket when the data folder has a long name', async () => {
    folder = path.join(root, 'x'.repeat(120), 'data with spaces');
    new DataDir(folder).start();
    const embedded = server();
    const connection = await embedded.start();
    try {
      assert.equal(embedded.folder, path.join(folder, 'postgres'));
      assert.ok(Buffer.byteLength(`${connection.host ?? ''}/.s.PGSQL.5432.lock`) <= 107);
      assert.deepEqual(await queryOnce(connection, 'select 1 as one'), [{ one: 1 }]);
    } finally {
      await embedded.stop();
      rmSync(connection.host ?? '', { recursive: true, force: true });
    }
  });

  if (isRoot) {
    it('as root runs the server as another user', async () => {
      const embedded = server();
      await embedded.start();
      assert.notEqual(statSync(`/proc/${String(embedded.serverPid)}`).uid, 0);
    });

    it('as root keeps the database outside a folder that the server cannot reach, and finds it again', async () => {
      chmodSync(root, 0o700);
      const embedded = server();
      await queryOnce(await embedded.start(), 'create table kept as select 42 as answer');
      const place = embedded.folder ?? '';
      try {
        assert.match(place, /^\/var\/lib\/insa-iiot\//);
        await embedded.stop();
        chmodSync(root, 0o755);
        const again = server();
        assert.deepEqual(await queryOnce(await again.start(), 'select answer from kept'), [{ answer: 42 }]);
        await again.stop();
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    });
  }
});

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 3_000; round += 1) {
    if (condition()) return;
    await delay(10);
  }
  throw new Error('the condition did not come true within 30 s');
}
