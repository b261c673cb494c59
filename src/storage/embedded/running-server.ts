import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionConfig } from '../connection.ts';
import { OWNER } from './init-cluster.ts';
import { clusterHome } from './layout.ts';
import { DATABASE } from './embedded-postgres.ts';
import { isServerOf, readPostmasterFile } from './postmaster.ts';
import { chooseServerUser } from './server-user.ts';

/** Whether a data folder holds an embedded database. Makes nothing. */
export function hasEmbeddedDatabase(dataDir: string): boolean {
  return existsSync(path.join(dataDir, 'postgres', 'cluster')) || existsSync(path.join(dataDir, 'database-location'));
}

/** The folder of the cluster of a data folder that has one, as the server was given it (which is how it is recognised). */
export function placeOfCluster(dataDir: string): string {
  return path.join(realpathSync(clusterHome(dataDir, chooseServerUser)), 'cluster');
}

/** How to reach the embedded server that another process runs on a data folder; undefined when none is up. */
export function runningServerOf(dataDir: string, password: string): ConnectionConfig | undefined {
  const cluster = placeOfCluster(dataDir);
  const found = readPostmasterFile(cluster);
  if (found === undefined || !found.isReady || !isServerOf(cluster, found.pid)) return undefined;
  const host = found.socketDir === '' ? '127.0.0.1' : found.socketDir;
  return { host, port: found.port, user: OWNER, password, database: DATABASE };
}
