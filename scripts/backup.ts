import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { backup } from '../src/app/backup.ts';
import { loadConfig } from '../src/config/config.ts';
import { systemClock } from '../src/core/clock.ts';
import { AppError } from '../src/core/errors.ts';
import { silentLogger } from '../src/core/logger.ts';
import type { Manifest } from '../src/storage/backup/manifest.ts';
import { CopyProgress, counted, megabytes } from './backup/copy-progress.ts';
import { runCommand } from './backup/run-command.ts';

/*
 * `npm run backup -- FOLDER [--settings FILE]`: a whole copy of the installation. Ends with 1 when that could not be had, says why, and
 * leaves nothing behind.
 */
const USAGE = `npm run backup -- FOLDER [--settings FILE]

Copies the installation into FOLDER, which must not exist: the database, flows, secrets, scripts and the settings file (.env where there
is one). Works while the platform runs, which goes on meanwhile, and while it is stopped. Run it on the machine, as the user and with the
settings of the platform. The backup holds every secret of the installation: keep it as safe.`;

const OPTIONS = { settings: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
/** npm runs scripts in the folder of the package; paths are meant from where the person is. */
const from = process.env['INIT_CWD'] ?? process.cwd();

await runCommand(USAGE, async (signal) => {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new AppError('INVALID_REQUEST', `Name one folder for the backup.\n\n${USAGE}`);
  await makeBackup(path.resolve(from, folder), settingsFile(values.settings), signal);
});

async function makeBackup(target: string, settings: string | undefined, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const progress = new CopyProgress();
  try {
    const manifest = await backup({
      ...{ config: loadConfig(), target, settingsFile: settings, version: ownVersion() },
      ...{ clock: systemClock, logger: silentLogger },
      watch: { signal, onTotal: (bytes) => progress.begin('Backup', bytes), onBytes: (bytes) => progress.add(bytes) },
    });
    progress.end();
    console.log(told(manifest, target, performance.now() - startedAt));
  } finally {
    progress.end();
  }
}

function told({ files, database, takenAt }: Manifest, target: string, tookMs: number): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const of =
    database.kind === 'external'
      ? `\n${database.note}`
      : `, PostgreSQL ${database.postgresVersion}, schema ${database.migrations.at(-1) ?? ''}`;
  return `Backup complete: ${target} (of ${takenAt}; ${counted(files.length, 'file')}, ${megabytes(bytes)}, ${(tookMs / 1_000).toFixed(1)} s)${of}
It holds every secret of the installation: keep it as safe as the installation itself, and on another disk.`;
}

/** The named file, or the platform's own `.env` where there is one. */
function settingsFile(named: string | undefined): string | undefined {
  if (named !== undefined) return path.resolve(from, named);
  const usual = path.resolve('.env');
  return existsSync(usual) ? usual : undefined;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version?: string };
  return version ?? 'unknown';
}
