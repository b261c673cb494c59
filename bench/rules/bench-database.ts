import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../src/core/logger.ts';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';

/** A PostgreSQL of a bench, as the platform runs it (fsync on), migrated and empty. */
export interface BenchDatabase {
  db: OpenDatabase;
  /** As `DATABASE_URL`. */
  url: string;
  /** CPU time that its processes have taken so far, milliseconds; NaN where that cannot be read. */
  cpuMs(): number;
  remove(): Promise<void>;
}

/** Starts one in a folder of its own. */
export async function startDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-bench-'));
  chmodSync(folder, 0o711);
  const server = new EmbeddedPostgres({ dataDir: folder, password: 'bench-only', logger: silentLogger });
  try {
    const connection = await server.start();
    await migrate({ connection, logger: silentLogger });
    const db = await openDatabase({ connection, logger: silentLogger });
    const { host = '', port = 5432, user = '', password, database = '' } = connection;
    return {
      db,
      url: `postgres://${user}:${String(password)}@/${database}?host=${encodeURIComponent(host)}&port=${String(port)}`,
      cpuMs: () => cpuMsOf(server.serverPid ?? 0) + childrenOf(server.serverPid ?? 0).reduce((sum, pid) => sum + cpuMsOf(pid), 0),
      remove: async () => {
        await db.close();
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** CPU time of a process, and of those that it waited for, milliseconds. Linux counts in hundredths of a second. */
export function cpuMsOf(pid: number): number {
  const fields = statOf(pid);
  return [11, 12, 13, 14].reduce((sum, place) => sum + Number(fields[place] ?? 0) * 10, 0);
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && Number(statOf(pid)[1]) === parent);
}

/** What /proc says of a process behind its name; nothing when it is gone. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
