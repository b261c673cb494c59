import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { ConnectionConfig } from '../postgres.ts';
import { prepareBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { OWNER, idsOf, initCluster, serverEnvironment } from './init-cluster.ts';
import { clusterHome, prepareLayout } from './layout.ts';
import type { ClusterLayout } from './layout.ts';
import { clearStaleFiles, ensureDatabase, isServerOf, probe, readPostmasterFile } from './postmaster.ts';
import { isAlive } from './processes.ts';
import { serverSettings } from './server-settings.ts';
import { chooseServerUser } from './server-user.ts';
import type { ServerUser } from './server-user.ts';

/** `down`: it ended by itself and is being started again. */
export type ServerState = 'stopped' | 'starting' | 'up' | 'down';

export interface EmbeddedPostgresOptions {
  /** The platform's data folder; it exists, and this program alone uses it. */
  dataDir: string;
  /** Of the database user that owns everything; the same at every start. */
  password: string;
  logger: Logger;
  /** Told at every change, for health. */
  onState?: (state: ServerState) => void;
  /** Server settings that differ from the usual ones; for tests. */
  settings?: Readonly<Record<string, string>>;
}

const DATABASE = 'insa';
const PORT = 5432;
const RESTART_DELAYS_MS = [100, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
/** A server that stayed up this long has recovered; the next fall starts with the shortest delay again. */
const STABLE_MS = 60_000;
const READY_TIMEOUT_MS = 300_000;
/** A fast stop writes a checkpoint; after this it is ended at once, which is as safe as a power cut and recovers as one. */
const FAST_STOP_MS = 6_000;
const LOG_FILE_BYTES = 10 * 1024 * 1024;

/** The places and programs of one server, worked out at start. */
interface Installation {
  user: ServerUser;
  layout: ClusterLayout;
  binaries: Binaries;
}

/**
 * A real PostgreSQL beside this process (DESIGN section 7). The server outlives a killed Node and is taken over by the next start;
 * one that ends by itself is started again. `start` and `stop` may be called repeatedly.
 */
export class EmbeddedPostgres {
  private readonly options: EmbeddedPostgresOptions;
  private readonly logger: Logger;
  private installation: Installation | undefined;
  private address: ConnectionConfig | undefined;
  private current: ServerState = 'stopped';
  private wanted = false;
  private pid: number | undefined;
  private bringingUp: Promise<void> | undefined;
  private restarts = 0;
  private upSinceMs = 0;
  private watch: NodeJS.Timeout | undefined;
  private restartTimer: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedPostgresOptions) {
    this.options = options;
    this.logger = options.logger.child({ part: 'embedded-postgres' });
  }

  get state(): ServerState {
    return this.current;
  }

  /** The process id of the server that is up; for tests and for the log. */
  get serverPid(): number | undefined {
    return this.pid;
  }

  /** Creates, starts or takes over the server; answers how to reach the platform's database. Stays the same over restarts of the server. */
  async start(): Promise<ConnectionConfig> {
    this.wanted = true;
    if (this.current !== 'up') {
      try {
        await this.bringUp();
      } catch (error) {
        await this.stop();
        throw error;
      }
    }
    return this.connection();
  }

  /** How to reach the database; only after `start`. */
  connection(): ConnectionConfig {
    if (this.address === undefined)
      throw new AppError('STORAGE_UNAVAILABLE', 'The embedded database has not been started.', { retryable: true });
    return { ...this.address, database: DATABASE };
  }

  /** Ends the server: sessions are cut, a checkpoint is written. */
  async stop(): Promise<void> {
    this.wanted = false;
    clearTimeout(this.restartTimer);
    clearInterval(this.watch);
    await this.bringingUp?.catch(() => undefined); // Told to whoever waits for it.
    clearInterval(this.watch);
    const cluster = this.installation?.layout.cluster;
    const pid = this.pid;
    this.pid = undefined;
    if (cluster !== undefined && pid !== undefined) await this.endServer(cluster, pid);
    this.become('stopped');
  }

  private become(state: ServerState): void {
    if (this.current === state) return;
    this.current = state;
    this.options.onState?.(state);
  }

  private bringUp(): Promise<void> {
    this.bringingUp ??= this.bringUpOnce().finally(() => (this.bringingUp = undefined));
    return this.bringingUp;
  }

  private async bringUpOnce(): Promise<void> {
    if (this.current === 'stopped') this.become('starting');
    this.installation ??= await this.install();
    const { cluster } = this.installation.layout;
    const adopted = await this.adopt(this.installation);
    if (!adopted) await this.spawnServer(this.installation);
    const connection = this.connection();
    await ensureDatabase(connection, DATABASE);
    this.upSinceMs = performance.now();
    this.logger.info(
      { pid: this.pid, cluster, adopted },
      adopted ? 'Took over the database server that was still running.' : 'The database server is up.',
    );
    this.become('up');
  }

  private async install(): Promise<Installation> {
    const { dataDir, password, settings } = this.options;
    const home = clusterHome(dataDir, chooseServerUser);
    const user = chooseServerUser(path.join(home, 'cluster'));
    const layout = prepareLayout(home, user);
    const binaries = await prepareBinaries(user, home);
    const created = await initCluster({ binaries, layout, user, password, durable: settings?.['fsync'] !== 'off' });
    if (created) this.logger.info({ cluster: layout.cluster, version: binaries.majorVersion }, 'Created the database.');
    return { user, layout, binaries };
  }

  /** A killed Node leaves its server running: wait until it answers and use it, unless it ends meanwhile. */
  private async adopt({ layout }: Installation): Promise<boolean> {
    let lastError: Error | undefined;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < deadline) {
      const found = readPostmasterFile(layout.cluster);
      if (found === undefined || !isServerOf(layout.cluster, found.pid)) return false;
      const address = this.addressAt(found.socketDir, found.port);
      lastError = await probe(address, layout.cluster);
      if (lastError === undefined) {
        this.address = address;
        this.pid = found.pid;
        this.watchAdopted(found.pid);
        return true;
      }
      refuseWrongPassword(lastError, layout.cluster);
      await delay(50);
    }
    throw new AppError(
      'STORAGE_UNAVAILABLE',
      `The database server of ${layout.cluster} runs but cannot be reached: ${messageOf(lastError)}.`,
      { cause: lastError },
    );
  }

  private async spawnServer(installation: Installation): Promise<void> {
    const { layout, binaries, user } = installation;
    const port = layout.socketDir === undefined ? await freePort() : PORT;
    const address = this.addressAt(layout.socketDir ?? '', port);
    await clearStaleFiles(layout, async () => (await probe(address, layout.cluster)) === undefined);
    const args = ['-D', layout.cluster, '-p', String(port)];
    for (const [name, value] of Object.entries({ ...serverSettings(layout.socketDir), ...this.options.settings }))
      args.push('-c', `${name}=${value}`);
    const logFrom = rotateLog(layout.logFile);
    // A file, not a pipe: a pipe breaks when Node dies, and the server is to go on then.
    const log = openSync(layout.logFile, 'a', 0o600);
    const child = spawn(binaries.postgres, args, {
      ...idsOf(user),
      cwd: layout.cluster,
      detached: true,
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    child.unref();
    const ended = watchEnd(child);
    await this.untilReady({ address, layout, child, ended: ended.state, logFrom });
    this.address = address;
    this.pid = child.pid;
    ended.then((reason) => this.ended(reason));
  }

  private async untilReady(start: StartedServer): Promise<void> {
    const { address, layout, ended, child } = start;
    let lastError: Error | undefined;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < deadline) {
      if (ended.reason !== undefined) break;
      const file = readPostmasterFile(layout.cluster);
      if (file?.pid === child.pid && file?.isReady === true) {
        lastError = await probe(address, layout.cluster);
        if (lastError === undefined) return;
        if (isWrongPassword(lastError)) break;
      }
      await delay(15);
    }
    if (ended.reason === undefined && child.pid !== undefined) await this.endServer(layout.cluster, child.pid);
    if (lastError !== undefined) refuseWrongPassword(lastError, layout.cluster);
    const said = readFileSync(layout.logFile, 'utf8').slice(start.logFrom).trim().split('\n').slice(-5).join(' | ');
    throw new AppError(
      'STORAGE_UNAVAILABLE',
      `The embedded database did not start (${ended.reason ?? 'no answer'}): ${said || messageOf(lastError)}. Its log is ${layout.logFile}.`,
      {
        retryable: true,
      },
    );
  }

  private addressAt(socketDir: string, port: number): ConnectionConfig {
    return { host: socketDir === '' ? '127.0.0.1' : socketDir, port, user: OWNER, password: this.options.password };
  }

  /** The end of somebody else's child is not told, so it is looked for. */
  private watchAdopted(pid: number): void {
    clearInterval(this.watch);
    this.watch = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(this.watch);
      this.ended('it was taken over and is gone');
    }, 250);
    this.watch.unref();
  }

  private ended(reason: string): void {
    this.pid = undefined;
    if (!this.wanted) return;
    if (performance.now() - this.upSinceMs > STABLE_MS) this.restarts = 0;
    this.logger.error({ reason }, 'The database server ended by itself; it is being started again.');
    this.become('down');
    this.scheduleRestart();
  }

  private scheduleRestart(): void {
    const delayMs = RESTART_DELAYS_MS[Math.min(this.restarts, RESTART_DELAYS_MS.length - 1)];
    this.restarts += 1;
    this.restartTimer = setTimeout(() => {
      if (!this.wanted) return;
      this.bringUp().catch((error: unknown) => {
        if (!this.wanted) return;
        this.logger.error(
          { error: messageOf(error), attempt: this.restarts },
          'The database server could not be started again; it is tried further.',
        );
        this.scheduleRestart();
      });
    }, delayMs);
  }

  private async endServer(cluster: string, pid: number): Promise<void> {
    const gone = (): boolean => !isServerOf(cluster, pid);
    for (const [signal, patienceMs] of [
      ['SIGINT', FAST_STOP_MS],
      ['SIGQUIT', 2_000],
    ] as const) {
      if (gone()) return;
      process.kill(pid, signal);
      const deadline = performance.now() + patienceMs;
      while (!gone() && performance.now() < deadline) await delay(10);
    }
    if (!gone())
      throw new AppError('STORAGE_UNAVAILABLE', `The database server (process ${pid}) does not end. End it by hand: kill -QUIT ${pid}.`);
  }
}

interface StartedServer {
  address: ConnectionConfig;
  layout: ClusterLayout;
  child: ChildProcess;
  ended: { reason: string | undefined };
  logFrom: number;
}

/** Remembers how a child ended, and tells it to whoever asks, before or after. */
function watchEnd(child: ChildProcess): { state: { reason: string | undefined }; then(listener: (reason: string) => void): void } {
  const state: { reason: string | undefined } = { reason: undefined };
  let listener: ((reason: string) => void) | undefined;
  const end = (reason: string): void => {
    if (state.reason !== undefined) return;
    state.reason = reason;
    listener?.(reason);
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  return {
    state,
    then(next) {
      listener = next;
      if (state.reason !== undefined) next(state.reason);
    },
  };
}

function isWrongPassword(error: Error): boolean {
  return 'code' in error && error.code === '28P01';
}

function refuseWrongPassword(error: Error, cluster: string): void {
  if (!isWrongPassword(error)) return;
  throw new AppError(
    'STORAGE_UNAVAILABLE',
    `The password kept in the data folder does not open the database in ${cluster}. Restore the folder's secrets from a backup.`,
    { cause: error },
  );
}

/** Keeps one older log file; answers where the new messages begin. */
function rotateLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_FILE_BYTES) return size;
  renameSync(file, `${file}.1`);
  return 0;
}

/** A TCP port nobody listens on; only for Windows, which has no unix sockets that the driver can use. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
