import { rm } from 'node:fs/promises';
import path from 'node:path';
import { copyFiles, lookThrough, makeFolders } from './copy-files.ts';
import type { CopyWatch, Tree } from './copy-files.ts';
import type { Manifest } from './manifest.ts';

/** What is copied of a data folder, and where to. */
export interface DataFilesOptions {
  /** The data folder. */
  folder: string;
  /** The folder of logs, which a backup does not take; it may lie anywhere. */
  logFolder: string;
  target: string;
  watch: CopyWatch;
}

/** What was copied; paths are relative to the target. */
export type DataFiles = Pick<Manifest, 'folders' | 'files' | 'links'>;

/** Made anew by every start, or copied as the cluster. */
const OF_THE_PROCESS = /^(platform\.lock.*|\.write-test\..*|postgres|database-location|restore-unfinished)$/;
const LOOKS = 5;

/**
 * A data folder's files: flows, credentials, secrets, scripts and whatever else lies there; not the database, logs and locks. `copy` may be
 * called before an instant that the copy should be of, `settle` after it: what was changed in between is copied again, so that nothing is
 * half old and half new.
 */
export class DataFilesCopy {
  private readonly options: DataFilesOptions;
  private seen: Tree | undefined;
  private copied: DataFiles = { folders: [], files: [], links: [] };

  constructor(options: DataFilesOptions) {
    this.options = options;
  }

  /** What is there to copy. */
  look(): Promise<Tree> {
    const { folder, logFolder } = this.options;
    const logs = path.relative(folder, logFolder).split(path.sep).join('/');
    return lookThrough(folder, (relative) => OF_THE_PROCESS.test(relative) || relative === logs);
  }

  /** Copies everything. */
  async copy(): Promise<void> {
    await this.copyTree(await this.look());
  }

  /** Copies again until nothing has changed meanwhile, five times at most: files that never rest are as they were at the last. */
  async settle(): Promise<DataFiles> {
    for (let round = 0; round < LOOKS; round += 1) {
      const now = await this.look();
      if (this.seen !== undefined && isSame(this.seen, now)) break;
      await rm(this.options.target, { recursive: true, force: true });
      await this.copyTree(now);
    }
    return this.copied;
  }

  private async copyTree(tree: Tree): Promise<void> {
    const { folder, target, watch } = this.options;
    await makeFolders(target, tree.folders);
    const read = await copyFiles(
      tree.files.map((file) => ({ from: path.join(folder, file.path), to: path.join(target, file.path), executable: file.executable })),
      watch,
    );
    const files = tree.files.flatMap((file, index) => {
      const copy = read[index];
      if (copy === undefined) return []; // A temporary file that has its final name by now; the next look tells.
      return [{ path: file.path, ...copy, ...(file.executable ? { executable: true } : {}) }];
    });
    this.seen = tree;
    this.copied = { folders: tree.folders, files, links: tree.links };
  }
}

function isSame(before: Tree, now: Tree): boolean {
  const marks = ({ folders, files, links }: Tree) =>
    JSON.stringify([folders, links, files.map((file) => [file.path, file.bytes, String(file.changedAt), file.executable])]);
  return marks(before) === marks(now);
}
