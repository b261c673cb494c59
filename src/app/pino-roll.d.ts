declare module 'pino-roll' {
  import type { Writable } from 'node:stream';
  /** The options of pino-roll that are used here; see its README for the rest. */
  export default function roll(options: {
    file: string;
    extension: string;
    frequency: 'daily' | 'hourly';
    size: string;
    mkdir: boolean;
    limit: { count: number };
  }): Promise<Writable & { flushSync(): void }>;
}
