import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { ConnectionConfig } from '../connection.ts';
import { prepareBinaries } from './binaries.ts';
import { OWNER, initCluster } from './init-cluster.ts';
import { clusterHome, prepareLayout } from './layout.ts';
import { clearStaleFiles, ensureDatabase, isServerOf, probe, readPostmasterFile } from './postmaster.ts';
import { isAlive } from './processes.ts';
import { ServerProcess } from './server-process.ts';
import type { Installation } from './server-process.ts';
import { serverSettings } from './server-settings.ts';
import { chooseServerUser } from './server-user.ts';

/** `down`: it ended by itself and is being started again. */
export type ServerState = 'stopped' | 'starting' | 'up' | 'down';

/** What the embedded server needs to know. */
export interface EmbeddedPostgresOptions {
  /** The platform's data folder; it exists, and this program alone uses it. */
  dataDir: string;
  /** Of the database user that owns everything; the same at every start. */
  password: string;
  logger: Logger;
  /** Of 127.0.0.1, where it listens beside its private socket; nowhere unless given. */
  tcpPort?: number;
  /** Told at every change, for health. */
  onState?: (state: ServerState) => void;
  /** Server settings that differ from the usual ones; for tests. */
  settings?: Readonly<Record<string, string>>;
}

/** The platform's database on the embedded server. */
export const DATABASE = 'insa';
const PORT = 5432;
const RESTART_DELAYS_MS = [100, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
/** A server that stayed up this long has recovered; the next fall starts with the shortest delay again. */
const STABLE_MS = 60_000;
const READY_TIMEOUT_MS = 300_000;
/** A fast stop writes a checkpoint; after this it is ended at once, which is as safe as a power cut and recovers as one. */
const FAST_STOP_MS = 4_000;

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

  /** The folder that everything of the server is in, for watching its free space; undefined before `start`. */
  get folder(): string | undefined {
    return this.installation?.layout.home;
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
    clearTimeout(this.restartTimer);
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
    const adopted = (await this.adopt(this.installation)) && !(await this.endOtherwiseListening(cluster));
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
    while (this.wanted && performance.now() < deadline) {
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
      `The database server of ${layout.cluster} runs but cannot be reached: ${messageOf(lastError ?? 'it was stopped meanwhile')}.`,
      { cause: lastError },
    );
  }

  /** Ends a server that was taken over and listens elsewhere than it is to; answers whether it did. */
  private async endOtherwiseListening(cluster: string): Promise<boolean> {
    const found = readPostmasterFile(cluster);
    if (this.pid === undefined || found === undefined || found.socketDir === '') return false;
    const tcpPort = found.tcpAddress === '' ? 0 : found.port;
    if (tcpPort === (this.options.tcpPort ?? 0)) return false;
    clearInterval(this.watch);
    await this.endServer(cluster, this.pid);
    this.pid = undefined;
    return true;
  }

  private async spawnServer(installation: Installation): Promise<void> {
    const { layout } = installation;
    const tcpPort = this.options.tcpPort ?? 0;
    const port = tcpPort !== 0 ? tcpPort : layout.socketDir === undefined ? await freePort() : PORT;
    const address = this.addressAt(layout.socketDir ?? '', port);
    await clearStaleFiles(layout, async () => (await probe(address, layout.cluster)) === undefined);
    const server = new ServerProcess(installation, port, { ...serverSettings(layout.socketDir, tcpPort), ...this.options.settings });
    await this.untilReady(server, installation, address);
    this.address = address;
    this.pid = server.pid;
    server.onEnd((reason) => this.ended(reason));
  }

  private async untilReady(server: ServerProcess, { layout }: Installation, address: ConnectionConfig): Promise<void> {
    let lastError: Error | undefined;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (this.wanted && server.endReason === undefined && performance.now() < deadline) {
      const file = readPostmasterFile(layout.cluster);
      if (file?.pid === server.pid && file?.isReady === true) {
        lastError = await probe(address, layout.cluster);
        if (lastError === undefined) return;
        if (isWrongPassword(lastError)) break;
      }
      await delay(15);
    }
    const reason = server.endReason ?? 'no answer';
    if (server.endReason === undefined && server.pid !== undefined) await this.endServer(layout.cluster, server.pid);
    if (lastError !== undefined) refuseWrongPassword(lastError, layout.cluster);
    const said = this.hintOfPort(server.lastWords() || messageOf(lastError ?? 'nothing was said'));
    throw new AppError('STORAGE_UNAVAILABLE', `The embedded database did not start (${reason}): ${said}. Its log is ${layout.logFile}.`, {
      retryable: true,
    });
  }

  private hintOfPort(said: string): string {
    const { tcpPort = 0 } = this.options;
    if (tcpPort === 0 || !/could not (?:bind|create any TCP)/.test(said)) return said;
    return `${said} | EMBEDDED_DATABASE_PORT is ${String(tcpPort)}, which another program has; set it to a free port`;
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
    clearTimeout(this.restartTimer);
    const delayMs = RESTART_DELAYS_MS[Math.min(this.restarts, RESTART_DELAYS_MS.length - 1)];
    this.restarts += 1;
    this.restartTimer = setTimeout(() => {
      if (!this.wanted || this.current === 'up') return;
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
      ['SIGQUIT', 1_500],
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
