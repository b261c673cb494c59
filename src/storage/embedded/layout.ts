import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '../../core/errors.ts';
import { canEnter } from './server-user.ts';
import type { ServerUser } from './server-user.ts';

/** The folders and files of one embedded server. All paths are real paths: the server reports and locks by them. */
export interface ClusterLayout {
  /** Holds everything below; belongs to whoever runs the program. */
  readonly home: string;
  /** The cluster itself, made by initdb, private to the server's user. */
  readonly cluster: string;
  /** Where the server's own messages go. */
  readonly logFile: string;
  /** The private folder of the unix socket; undefined on Windows, where the server listens on 127.0.0.1. */
  readonly socketDir: string | undefined;
}

/** Where clusters live when the data folder is out of reach for the server's user (root's home is closed to everybody else). */
const SHARED_CLUSTER_ROOT = '/var/lib/insa-iiot';
const LOCATION_FILE = 'database-location';
/** The kernel's limit for a socket's address is 108 bytes with its ending zero. */
const SOCKET_PATH_BYTES = 107;
/** With the longest port. */
const SOCKET_NAME = '/.s.PGSQL.65535.lock';

/** Decides where the cluster of `dataDir` lives, once: the answer is kept in the data folder, so that rights changed later move nothing. */
export function clusterHome(dataDir: string, userOf: (cluster: string) => ServerUser): string {
  const record = path.join(dataDir, LOCATION_FILE);
  if (existsSync(record)) return readFileSync(record, 'utf8').trim();
  const inside = path.join(realpathSync(dataDir), 'postgres');
  // The cluster in the data folder moves with it, so only a place outside is written down.
  if (existsSync(path.join(inside, 'cluster')) || canEnter(userOf(path.join(inside, 'cluster')), dataDir)) return inside;
  const outside = path.join(SHARED_CLUSTER_ROOT, randomBytes(8).toString('hex'));
  writeFileSync(record, `${outside}\n`, { mode: 0o600 });
  return outside;
}

/** Makes the folders around the cluster (not the cluster) and answers all places. */
export function prepareLayout(home: string, user: ServerUser): ClusterLayout {
  // Root's files stay closed one by one (0600); the server's user only has to pass through.
  const throughMode = user.uid === undefined ? 0o700 : 0o711;
  if (home.startsWith(`${SHARED_CLUSTER_ROOT}/`)) mkdirSync(SHARED_CLUSTER_ROOT, { recursive: true, mode: 0o711 });
  mkdirSync(home, { recursive: true, mode: throughMode });
  chmodSync(home, throughMode);
  const real = realpathSync(home);
  return {
    home: real,
    cluster: path.join(real, 'cluster'),
    logFile: path.join(real, 'server.log'),
    socketDir: privateSocketDir(real, user),
  };
}

function privateSocketDir(home: string, user: ServerUser): string | undefined {
  if (process.platform === 'win32') return undefined;
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const uid = user.uid ?? process.getuid?.() ?? 0;
  const candidates = [path.join(home, 'run'), path.join(os.tmpdir(), `insa-${uid}-${hash}`), `/tmp/insa-${uid}-${hash}`];
  const chosen = candidates.find(
    (folder) => Buffer.byteLength(folder + SOCKET_NAME) <= SOCKET_PATH_BYTES && canEnter(user, path.dirname(folder)),
  );
  if (chosen === undefined) {
    throw new AppError(
      'INVALID_CONFIG',
      `No folder for the database's socket: ${candidates.join(' and ')} are too long or closed. Choose a shorter DATA_DIR.`,
    );
  }
  mkdirSync(chosen, { recursive: true, mode: 0o700 });
  const entry = lstatSync(chosen);
  const mine = process.getuid?.() ?? uid;
  // In a shared temporary folder anybody may have made it first; then the server would listen where a stranger decides.
  if (!entry.isDirectory() || (entry.uid !== uid && entry.uid !== mine)) {
    throw new AppError(
      'INVALID_CONFIG',
      `The folder ${chosen} belongs to another user, so the database's socket would not be private. Remove it.`,
    );
  }
  chmodSync(chosen, 0o700);
  give(chosen, user);
  return chosen;
}

/** Hands a file or folder to the server's user; nothing to do unless the program runs as root. */
export function give(target: string, user: ServerUser): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(target, user.uid, user.gid);
}
