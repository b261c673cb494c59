import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { BackupFile } from './manifest.ts';

/** A folder's content; paths are relative to it, with `/` between levels. Sockets, pipes and devices are left out. */
export interface Tree {
  folders: string[];
  files: { path: string; bytes: number; executable: boolean; changedAt: bigint }[];
  links: { path: string; target: string }[];
}

/** What a long copy listens to and tells. */
export interface CopyWatch {
  /** Ends the copy before the next part of a file. */
  signal?: AbortSignal | undefined;
  /** Told after every part of a file. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** A file to copy (`to`) or only to read (undefined). */
export interface CopyTask {
  from: string;
  to: string | undefined;
  executable: boolean;
}

/** What was really read, which for a file that is being written need not be what it was before. */
export type Read = Pick<BackupFile, 'bytes' | 'sha256'>;

const PART_BYTES = 256 * 1024;
const AT_ONCE = 8;

/** Looks through `root`. What vanishes meanwhile is not there; `skip` is asked for every path and leaves out what is below it too. */
export async function lookThrough(root: string, skip: (relative: string) => boolean): Promise<Tree> {
  const tree: Tree = { folders: [], files: [], links: [] };
  await visit(root, '', skip, tree);
  return tree;
}

async function visit(root: string, folder: string, skip: (relative: string) => boolean, tree: Tree): Promise<void> {
  const names = (await unlessGone(readdir(path.join(root, folder)))) ?? [];
  for (const name of names.sort()) {
    const relative = folder === '' ? name : `${folder}/${name}`;
    if (skip(relative)) continue;
    const full = path.join(root, relative);
    const stats = await unlessGone(lstat(full, { bigint: true }));
    if (stats?.isDirectory() === true) {
      tree.folders.push(relative);
      await visit(root, relative, skip, tree);
    } else if (stats?.isSymbolicLink() === true) {
      const target = await unlessGone(readlink(full));
      if (target !== undefined) tree.links.push({ path: relative, target });
    } else if (stats?.isFile() === true) {
      tree.files.push(fileOf(relative, stats));
    }
  }
}

function fileOf(relative: string, stats: BigIntStats): Tree['files'][number] {
  return { path: relative, bytes: Number(stats.size), executable: (stats.mode & 0o100n) !== 0n, changedAt: stats.mtimeNs };
}

/**
 * Copies (or only reads) files, several at a time; answers for each what was read, in order, and undefined for those that were gone.
 * A copy must not exist yet, is readable by its owner only, and is on the disk when this resolves.
 */
export async function copyFiles(tasks: readonly CopyTask[], watch: CopyWatch): Promise<(Read | undefined)[]> {
  const results = new Array<Read | undefined>(tasks.length);
  const waiting = tasks.entries();
  const failed: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const [index, task] of waiting) {
      if (failed.length > 0) return;
      try {
        results[index] = await copyOne(task, watch);
      } catch (error) {
        failed.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failed.length > 0) throw failed[0];
  return results;
}

async function copyOne(task: CopyTask, watch: CopyWatch): Promise<Read | undefined> {
  const source = await unlessGone(open(task.from, 'r'));
  if (source === undefined) return undefined;
  try {
    if (task.to === undefined) return await pour(source, undefined, watch);
    const target = await open(task.to, 'wx', task.executable ? 0o700 : 0o600);
    try {
      const read = await pour(source, target, watch);
      await target.sync();
      return read;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function pour(source: FileHandle, target: FileHandle | undefined, { signal, onBytes }: CopyWatch): Promise<Read> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(PART_BYTES);
  let bytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, PART_BYTES, null);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    const part = buffer.subarray(0, bytesRead);
    hash.update(part);
    await target?.writeFile(part);
    bytes += bytesRead;
    onBytes?.(bytesRead);
  }
}

/** Writes a new file with `content`, readable by its owner only, and sees it onto the disk. */
export async function writeNew(file: string, content: string): Promise<Read> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex') };
}

/** Makes private folders below `root`, which is made too. */
export async function makeFolders(root: string, folders: readonly string[]): Promise<void> {
  for (const folder of ['', ...folders]) await mkdir(path.join(root, folder), { recursive: true, mode: 0o700 });
}

/** Sees the names in folders onto the disk; without it a power cut could take files whose content is there. */
export async function syncFolders(folders: Iterable<string>): Promise<void> {
  if (process.platform === 'win32') return; // Its folders cannot be opened, and need it not.
  for (const folder of folders) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

async function unlessGone<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}
