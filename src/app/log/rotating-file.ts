import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';

/** Where a log is kept, and how much of it. */
export interface RotatingFileOptions {
  /** Made (for this account alone) when it is not there. */
  folder: string;
  /** No file is larger. */
  fileBytes: number;
  /** Files in all, the current one included. */
  files: number;
  clock: Clock;
  /** Told in a sentence when the file cannot be written, and when it can again. */
  onTrouble: (sentence: string) => void;
}

/** The file that is written now; older ones are `insa.{number}.log`, the highest number is the newest of them. */
export const CURRENT_LOG = 'insa.log';
const OLDER_LOG = /^insa\.(\d{1,15})\.log$/;
/** Of one line; of what is longer the beginning is told. */
const LONGEST_LINE_BYTES = 256 * 1024;
/** A file that cannot be written is tried again after this long, milliseconds. */
const TRY_AGAIN_MS = 5_000;

/**
 * A log in files that together never take more than `files` x `fileBytes` of the disk, whatever is written how fast: a line is on the disk when
 * `write` returns, and the next file is begun before a line that no longer fits. What earlier runs left counts. A disk that is full
 * or a folder that cannot be written costs the lines of that time (they are counted), never an exception.
 */
export class RotatingFile {
  private readonly options: RotatingFileOptions;
  private file: number | undefined;
  private bytes = 0;
  /** The last line is not whole: the disk took a part of it. */
  private isTorn = false;
  private lost = 0;
  private tryAgainAtMs = -Infinity;

  constructor(options: RotatingFileOptions) {
    this.options = options;
  }

  /** Writes one line, its end included. */
  write(line: string): void {
    if (!this.mayTry()) {
      this.lost += 1;
      return;
    }
    try {
      this.put(Buffer.from(this.fitting(line)));
      this.tellRecovery();
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** Closes the file; what is written afterwards opens it again. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private mayTry(): boolean {
    return this.lost === 0 || this.options.clock.nowMs() >= this.tryAgainAtMs;
  }

  private put(line: Buffer): void {
    if (this.file === undefined) this.open();
    const room = this.options.fileBytes - this.bytes - (this.isTorn ? 1 : 0);
    if (line.length > room && this.bytes > 0) this.rotate();
    if (this.isTorn) this.append(Buffer.from('\n'));
    this.isTorn = false;
    this.append(line);
  }

  private append(data: Buffer): void {
    if (this.file === undefined) return;
    for (let from = 0; from < data.length;) {
      const written = writeSync(this.file, data, from);
      this.bytes += written;
      from += written;
      this.isTorn = from < data.length;
    }
  }

  private open(): void {
    const { folder } = this.options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const name = path.join(folder, CURRENT_LOG);
    this.file = openSync(name, 'a', 0o600);
    this.bytes = fstatSync(this.file).size;
    // Earlier versions let others of the machine read it.
    if (process.platform !== 'win32') chmodSync(name, 0o600);
    this.tidy();
  }

  /** The current file becomes the newest of the older ones; the oldest goes before a byte is written to the new one. */
  private rotate(): void {
    const { folder } = this.options;
    const newest = olderLogs(folder).at(-1)?.number ?? 0;
    this.close();
    renameSync(path.join(folder, CURRENT_LOG), path.join(folder, `insa.${String(newest + 1)}.log`));
    this.isTorn = false;
    this.open();
  }

  /** Removes the oldest until the others and a full current file are within the limits; those of an earlier run may be larger than one may be now. */
  private tidy(): void {
    const { folder, files, fileBytes } = this.options;
    let count = 0;
    let bytes = 0;
    for (const { name } of olderLogs(folder).reverse()) {
      const file = path.join(folder, name);
      count += 1;
      bytes += statSync(file).size;
      if (count > files - 1 || bytes > (files - 1) * fileBytes) rmSync(file, { force: true });
      else if (process.platform !== 'win32') chmodSync(file, 0o600);
    }
  }

  /** A line that is larger than a file may be is cut; it would make the file too large, and push everything else out. */
  private fitting(line: string): string {
    const most = Math.min(LONGEST_LINE_BYTES, this.options.fileBytes);
    if (line.length * 3 <= most || Buffer.byteLength(line) <= most) return line;
    const time = new Date(this.options.clock.nowMs()).toISOString();
    const msg = `A line of ${String(Buffer.byteLength(line))} bytes is too long for the log. It begins: ${line.slice(0, 1_000)}`;
    return `${JSON.stringify({ level: 'warn', time, part: 'log', msg })}\n`;
  }

  private giveUp(error: unknown): void {
    const { folder, clock, onTrouble } = this.options;
    if (this.lost === 0) {
      onTrouble(
        `The log in ${folder} cannot be written (${messageOf(error)}); the platform goes on without it, and warnings are shown here. ` +
          'Free some disk, or make the folder (LOG_DIR) writable for the account of the platform; it is tried again every 5 s.',
      );
    }
    this.lost += 1;
    this.tryAgainAtMs = clock.nowMs() + TRY_AGAIN_MS;
    try {
      this.close();
    } catch {
      this.file = undefined;
    }
  }

  private tellRecovery(): void {
    if (this.lost === 0) return;
    const msg = `The log can be written again; ${String(this.lost)} lines are lost.`;
    const time = new Date(this.options.clock.nowMs()).toISOString();
    this.put(Buffer.from(`${JSON.stringify({ level: 'warn', time, part: 'log', msg })}\n`));
    this.lost = 0;
    this.options.onTrouble(msg);
  }
}

/** Older files, the oldest first. */
function olderLogs(folder: string): { name: string; number: number }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const digits = OLDER_LOG.exec(name)?.[1];
      return digits === undefined ? [] : [{ name, number: Number(digits) }];
    })
    .sort((a, b) => a.number - b.number);
}
