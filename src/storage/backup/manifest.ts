import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../core/errors.ts';

/** What a backup's folder is laid out as; a program that does not know the number leaves the backup alone. */
export const BACKUP_FORMAT = 1;
/** The folder of what came from the data folder. */
export const DATA_PART = 'data';
/** The folder of the database's files. */
export const CLUSTER_PART = 'cluster';
/** The settings file that the platform was started with, where there was one. */
export const SETTINGS_FILE = 'settings.env';

const MANIFEST = 'manifest.json';
/** As `sha256sum` writes it, so that the manifest can be checked by hand too. */
const MANIFEST_SUM = 'manifest.sha256';

/** A path inside the backup: a damaged or foreign manifest must not lead anywhere else. */
const insidePath = z
  .string()
  .refine((text) => text.split('/').every((level) => level !== '' && level !== '.' && level !== '..') && !/[\\\0]/.test(text), {
    message: 'leads out of the backup',
  });

const fileShape = z.object({
  path: insidePath,
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  executable: z.boolean().optional(),
});

const manifestShape = z.object({
  format: z.literal(BACKUP_FORMAT),
  platformVersion: z.string(),
  startedAt: z.iso.datetime(),
  /** The moment that the restored database is of. */
  takenAt: z.iso.datetime(),
  database: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('embedded'),
      postgresVersion: z.string(),
      postgresMajor: z.number().int().positive(),
      /** Every migration that the database has, the newest last. */
      migrations: z.array(z.string()).min(1),
    }),
    z.object({ kind: z.literal('external'), note: z.string() }),
  ]),
  folders: z.array(insidePath),
  files: z.array(fileShape),
  links: z.array(z.object({ path: insidePath, target: z.string() })),
});

/** What a backup holds, and of what. */
export type Manifest = z.infer<typeof manifestShape>;
/** One file of a backup. */
export type BackupFile = z.infer<typeof fileShape>;

/** The manifest's two files, by name and content. */
export function manifestFiles(manifest: Manifest): { name: string; content: string }[] {
  const content = `${JSON.stringify(manifest, undefined, 1)}\n`;
  return [
    { name: MANIFEST, content },
    { name: MANIFEST_SUM, content: `${sha256Of(content)}  ${MANIFEST}\n` },
  ];
}

/** Reads the manifest of the backup in `folder`; rejects with `INVALID_REQUEST` what is no backup, or one that is damaged or newer than this program. */
export function readManifest(folder: string): Manifest {
  const content = readPart(folder, MANIFEST);
  const [sum] = readPart(folder, MANIFEST_SUM).split(' ');
  if (sum !== sha256Of(content)) throw damaged(path.join(folder, MANIFEST), `its SHA-256 is not the one in ${MANIFEST_SUM}`);
  const parsed = parseJson(content, path.join(folder, MANIFEST));
  const format: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'format') : undefined;
  if (typeof format === 'number' && format > BACKUP_FORMAT) {
    throw new AppError(
      'INVALID_REQUEST',
      `The backup ${folder} has the form ${String(format)}; this version knows ${String(BACKUP_FORMAT)}. Restore it with the version that made it.`,
    );
  }
  const { data, error } = manifestShape.safeParse(parsed);
  if (data !== undefined) return data;
  throw damaged(path.join(folder, MANIFEST), z.prettifyError(error));
}

/** The error for a backup that is not what it was when it was made. */
export function damaged(file: string, why: string): AppError {
  return new AppError(
    'INVALID_REQUEST',
    `The backup is damaged: ${file}: ${why}. Nothing was restored; take another backup or another copy of it.`,
  );
}

function readPart(folder: string, name: string): string {
  try {
    return readFileSync(path.join(folder, name), 'utf8');
  } catch (error) {
    throw new AppError(
      'INVALID_REQUEST',
      `${folder} is not a complete backup: ${messageOf(error)}. Name a folder that "npm run backup" has finished; one with ".partial" in its name was interrupted.`,
      { cause: error },
    );
  }
}

function parseJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw damaged(file, messageOf(error));
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
