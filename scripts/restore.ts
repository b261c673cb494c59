import path from 'node:path';
import { parseArgs } from 'node:util';
import { restore } from '../src/app/restore.ts';
import { loadConfig } from '../src/config/config.ts';
import { AppError } from '../src/core/errors.ts';
import { silentLogger } from '../src/core/logger.ts';
import { SETTINGS_FILE } from '../src/storage/backup/manifest.ts';
import type { Manifest } from '../src/storage/backup/manifest.ts';
import { CopyProgress, counted, megabytes } from './backup/copy-progress.ts';
import { runCommand } from './backup/run-command.ts';

/*
 * `npm run restore -- BACKUP [--into DATA_DIR]`: a whole installation from a backup. Ends with 1 when that could not be, says why, and
 * leaves the folder as it was.
 */
const USAGE = `npm run restore -- BACKUP [--into DATA_DIR]

Checks every file of a backup that "npm run backup" made and brings it into DATA_DIR (of .env or the environment unless given), which must
be empty or missing. Run it as the user that is to run the platform. Afterwards "npm start" goes on from there.`;

const OPTIONS = { into: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
/** npm runs scripts in the folder of the package; paths are meant from where the person is. */
const from = process.env['INIT_CWD'] ?? process.cwd();

await runCommand(USAGE, async (signal) => {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new AppError('INVALID_REQUEST', `Name one backup.\n\n${USAGE}`);
  await bringBack(path.resolve(from, folder), values.into, signal);
});

async function bringBack(backup: string, into: string | undefined, signal: AbortSignal): Promise<void> {
  const { dataDir: configured, databaseUrl } = loadConfig();
  const dataDir = into === undefined ? configured : path.resolve(from, into);
  const progress = new CopyProgress();
  const startedAt = performance.now();
  try {
    const manifest = await restore({
      ...{ backup, dataDir, databaseUrl, logger: silentLogger },
      watch: {
        signal,
        onTotal: (what, bytes) => progress.begin(what === 'checking' ? 'Checking the backup' : 'Restoring', bytes),
        onBytes: (bytes) => progress.add(bytes),
      },
    });
    progress.end();
    console.log(told(manifest, { backup, dataDir }, performance.now() - startedAt));
  } finally {
    progress.end();
  }
}

function told({ files, database, takenAt }: Manifest, where: { backup: string; dataDir: string }, tookMs: number): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const lines = [
    `Restored into ${where.dataDir}: the installation as of ${takenAt} (${counted(files.length, 'file')}, ${megabytes(bytes)}, ${(tookMs / 1_000).toFixed(1)} s).`,
  ];
  if (database.kind === 'external') lines.push(database.note, 'Restore that database first and set DATABASE_URL before you start.');
  else lines.push('The database was started once and answered. Passwords, logins and device keys are those of that moment.');
  if (files.some((file) => file.path === SETTINGS_FILE)) {
    lines.push(`The settings are in ${path.join(where.backup, SETTINGS_FILE)}: copy what you need of them into .env.`);
  }
  lines.push('Notifications that were still to be sent then will be sent when the platform starts: end the old installation before.');
  return lines.join('\n');
}
