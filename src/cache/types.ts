import type { Answers, CacheCounts, CacheRegion } from '../contracts/cache.ts';

/**
 * Answers that many ask for. What failed is not kept: everybody who waited for it gets the error. An answer that was being made while something it reads
 * was written is given to those who had asked before that, and not kept.
 */
export interface Cache extends Answers {
  /** Ends all answers of a tenant (undefined: of all tenants) that are made of these; when it resolves nobody gets one of before. Never rejects. */
  forget(tenantId: string | undefined, sources: Iterable<string>): Promise<void>;
  counts(): Readonly<Record<CacheRegion, Readonly<CacheCounts>>>;
  /** How many answers are held in this process, and how many bytes they take about. */
  size(): { entries: number; bytes: number };
  /** For /health: `not used` without Redis, `ok`, or that it is away. */
  state(): string;
}

/** An answer as it is kept. */
export interface StoredAnswer {
  text: string;
  /** Epoch milliseconds; the answer shows nothing that was written after it. */
  askedAtMs: number;
}

/** What a place that several processes share knows of a question. */
export interface SharedLook {
  /** Undefined when it has no answer that is still good. */
  answer: StoredAnswer | undefined;
  /** What an answer made from now on is to be written with: it is good as long as nothing changes it. */
  stamp: string;
}

/** A place that several processes share, with the bus on which they tell each other of changes. None of its calls rejects. */
export interface SharedStore {
  /** False: nothing that was remembered may be trusted, because changes of others would not be heard. */
  readonly isUsable: boolean;
  /** Undefined when it cannot be asked. */
  read(name: string, tags: readonly string[]): Promise<SharedLook | undefined>;
  write(name: string, answer: StoredAnswer, life: { stamp: string; ttlMs: number }): Promise<boolean>;
  /** Resolves when no process finds what was before in the store any more; what could not be told is made good before it is used again. */
  invalidate(tags: readonly string[]): Promise<void>;
  /** Calls `listener` when others changed something; undefined: perhaps everything. */
  onInvalidated(listener: (tags: readonly string[] | undefined) => void): void;
  state(): string;
}
