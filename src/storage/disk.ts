import { statfs } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** Answers the bytes that an ordinary user may still write to the file system of `folder`. */
export type FreeBytesProbe = (folder: string) => Promise<number>;

/** What to watch, and how. */
export interface DiskMonitorOptions {
  /** Where data grows: the data folder, and the embedded database's when that lives elsewhere. */
  folders: readonly string[];
  logger: Logger;
  /** The operating system unless given. */
  probe?: FreeBytesProbe;
  /** 2 s unless given. */
  intervalMs?: number;
  /** Told when `low` changes. */
  onChange?: (low: boolean) => void;
}

/** Below this nothing is acknowledged any more (DESIGN section 11). */
export const MIN_FREE_BYTES = 1024 ** 3;

/** What the operating system says. */
export const freeBytesOf: FreeBytesProbe = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Watches the room that is left, so that acknowledgements stop before the database can lose anything. */
export class DiskMonitor {
  private readonly options: DiskMonitorOptions;
  private timer: NodeJS.Timeout | undefined;
  private free: number | undefined;
  private isLow = false;

  constructor(options: DiskMonitorOptions) {
    this.options = options;
  }

  /** True under 1 GiB free. */
  get low(): boolean {
    return this.isLow;
  }

  /** Free bytes of the fullest of the file systems at the last look; undefined before the first and when the system does not tell. */
  get freeBytes(): number | undefined {
    return this.free;
  }

  /** Looks once, then regularly. */
  async start(): Promise<void> {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.check(), this.options.intervalMs ?? 2_000);
    this.timer.unref();
    await this.check();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Looks now. A file system that does not answer is taken as it was. */
  async check(): Promise<void> {
    const probe = this.options.probe ?? freeBytesOf;
    try {
      this.free = Math.min(...(await Promise.all(this.options.folders.map((folder) => probe(folder)))));
    } catch (error) {
      this.options.logger.warn({ part: 'disk', error: messageOf(error) }, 'The free space of the data folder cannot be read.');
      return;
    }
    const low = this.free < MIN_FREE_BYTES;
    if (low === this.isLow) return;
    this.isLow = low;
    if (low)
      this.options.logger.error(
        { part: 'disk', freeBytes: this.free },
        'Under 1 GB of free disk: nothing is acknowledged until there is more.',
      );
    else this.options.logger.info({ part: 'disk', freeBytes: this.free }, 'There is enough free disk again.');
    this.options.onChange?.(low);
  }
}
