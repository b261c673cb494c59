import { LRUCache } from 'lru-cache';
import { CACHE_REGIONS, CACHE_SOURCES } from '../contracts/cache.ts';
import type { CacheCounts, CachedAnswer, CacheRegion, Question } from '../contracts/cache.ts';
import type { Clock } from '../core/clock.ts';
import type { Cache, SharedLook, SharedStore, StoredAnswer } from './types.ts';
import { Versions } from './versions.ts';

/** What a cache is made with. */
export interface AnswerCacheOptions {
  clock: Clock;
  /** How long an answer of each region may be given again, milliseconds; 0: never. */
  ttlMs: Readonly<Record<CacheRegion, number>>;
  /** How much memory answers may take, bytes. */
  maxBytes: number;
  /** How many answers are held. */
  maxEntries?: number;
  /** Where other processes find them too; undefined: this process alone. */
  shared?: SharedStore | undefined;
}

interface Kept extends StoredAnswer {
  region: CacheRegion;
  stamp: string;
}

interface Flight {
  stamp: string;
  answer: Promise<CachedAnswer>;
}

/** A question as this process names it, with what was true when it was asked. */
interface Asked extends Question {
  name: string;
  tags: readonly string[];
  stamp: string;
  lifeMs: number;
}

const MOST_ENTRIES = 20_000;
/** Beside a store that others write to, this process trusts its own memory no longer than this. */
const FRONT_MS = 5_000;
/** Of an entry beside its texts, about. */
const ENTRY_BYTES = 300;
const EVERY_TENANT = '*';

/** Answers in the memory of this process, bounded in number and bytes; with a shared store its memory is a front of that. */
export class AnswerCache implements Cache {
  private readonly options: AnswerCacheOptions;
  private readonly versions = new Versions();
  private readonly kept: LRUCache<string, Kept>;
  private readonly flights = new Map<string, Flight>();
  private readonly counted = noCounts();

  constructor(options: AnswerCacheOptions) {
    this.options = options;
    this.kept = new LRUCache({
      max: options.maxEntries ?? MOST_ENTRIES,
      maxSize: options.maxBytes,
      sizeCalculation: ({ text }, name) => 2 * (text.length + name.length) + ENTRY_BYTES,
      dispose: ({ region }, _name, reason) => {
        if (reason === 'evict') this.counted[region].evictions += 1;
      },
    });
    options.shared?.onInvalidated((tags) => {
      if (tags === undefined) this.versions.riseAll();
      else this.versions.rise(tags);
    });
  }

  async answer(question: Question, make: () => Promise<string>): Promise<CachedAnswer> {
    const counts = this.counted[question.region];
    const lifeMs = this.options.ttlMs[question.region];
    if (lifeMs === 0) {
      counts.misses += 1;
      return { text: await make(), ageMs: 0 };
    }
    const asked = this.asked(question, lifeMs);
    const kept = this.remembered(asked);
    if (kept !== undefined) {
      counts.hits += 1;
      return this.given(kept);
    }
    const flight = this.flights.get(asked.name);
    if (flight?.stamp === asked.stamp) {
      counts.collapsed += 1;
      return flight.answer;
    }
    return this.takeOff(asked, make);
  }

  async forget(tenantId: string | undefined, sources: Iterable<string>): Promise<void> {
    const tags = [...new Set([...sources].filter(isSource).flatMap(endedBy))].map((source) => tagOf(tenantId ?? EVERY_TENANT, source));
    if (tags.length === 0) return;
    this.versions.rise(tags);
    const { shared } = this.options;
    if (shared === undefined) return;
    await shared.invalidate(tags);
    // What was found in the store until it knew of the change is forgotten as well.
    this.versions.rise(tags);
  }

  counts(): Readonly<Record<CacheRegion, Readonly<CacheCounts>>> {
    return this.counted;
  }

  size(): { entries: number; bytes: number } {
    return { entries: this.kept.size, bytes: this.kept.calculatedSize };
  }

  state(): string {
    return this.options.shared?.state() ?? 'not used';
  }

  private asked(question: Question, lifeMs: number): Asked {
    const { tenantId, region, key, reads } = question;
    const tags = reads.flatMap(endersOf).flatMap((source) => [tagOf(tenantId, source), tagOf(EVERY_TENANT, source)]);
    // As JSON no two tenants, regions or keys can be taken for each other, whatever characters they have.
    return { ...question, lifeMs, tags, name: JSON.stringify([tenantId, region, key]), stamp: this.versions.stamp(tags) };
  }

  private remembered({ name, stamp, lifeMs }: Asked): StoredAnswer | undefined {
    const { shared } = this.options;
    if (shared?.isUsable === false) return undefined;
    const kept = this.kept.get(name);
    if (kept?.stamp !== stamp) return undefined;
    return this.isFresh(kept, shared === undefined ? lifeMs : Math.min(lifeMs, FRONT_MS)) ? kept : undefined;
  }

  /** A clock that was put back makes answers old rather than eternal. */
  private isFresh({ askedAtMs }: StoredAnswer, lifeMs: number): boolean {
    return Math.abs(this.options.clock.nowMs() - askedAtMs) < lifeMs;
  }

  private takeOff(asked: Asked, make: () => Promise<string>): Promise<CachedAnswer> {
    const { name, stamp } = asked;
    const flight: Flight = {
      stamp,
      answer: this.load(asked, make).finally(() => {
        if (this.flights.get(name) === flight) this.flights.delete(name);
      }),
    };
    this.flights.set(name, flight);
    return flight.answer;
  }

  private async load(asked: Asked, make: () => Promise<string>): Promise<CachedAnswer> {
    const counts = this.counted[asked.region];
    const look = await this.look(asked);
    if (look?.answer !== undefined && this.isFresh(look.answer, asked.lifeMs)) {
      counts.hits += 1;
      this.keep(asked, look.answer);
      return this.given(look.answer);
    }
    counts.misses += 1;
    const askedAtMs = this.options.clock.nowMs();
    const answer = { text: await make(), askedAtMs };
    this.keep(asked, answer);
    if (look !== undefined) void this.share(asked, answer, look.stamp);
    return { text: answer.text, ageMs: 0 };
  }

  private async look({ name, tags, region }: Asked): Promise<SharedLook | undefined> {
    const { shared } = this.options;
    if (shared?.isUsable !== true) return undefined;
    const look = await shared.read(name, tags);
    if (look === undefined) this.counted[region].errors += 1;
    return look;
  }

  private async share({ name, region, lifeMs }: Asked, answer: StoredAnswer, stamp: string): Promise<void> {
    if ((await this.options.shared?.write(name, answer, { stamp, ttlMs: lifeMs })) === false) this.counted[region].errors += 1;
  }

  /** Unless something was written since it was asked: then the answer may be of before. */
  private keep({ name, tags, stamp, region }: Asked, { text, askedAtMs }: StoredAnswer): void {
    if (this.versions.stamp(tags) === stamp) this.kept.set(name, { text, askedAtMs, region, stamp });
  }

  private given({ text, askedAtMs }: StoredAnswer): CachedAnswer {
    return { text, ageMs: Math.max(0, this.options.clock.nowMs() - askedAtMs) };
  }
}

function isSource(name: string): boolean {
  const [table = ''] = name.split('/');
  return CACHE_SOURCES.some((source) => source === table);
}

/** A row that is written ends what is made of it and of its table; a table, what is made of any of its rows too. */
function endedBy(source: string): string[] {
  const [table = '', row] = source.split('/');
  return [table, row === undefined ? anyRowOf(table) : source];
}

function endersOf(source: string): string[] {
  const [table = '', row] = source.split('/');
  return row === undefined ? [source] : [source, anyRowOf(table)];
}

function anyRowOf(table: string): string {
  return `${table}/*`;
}

function tagOf(tenantId: string, source: string): string {
  return JSON.stringify([tenantId, source]);
}

function noCounts(): Record<CacheRegion, CacheCounts> {
  const none = (): CacheCounts => ({ hits: 0, misses: 0, collapsed: 0, evictions: 0, errors: 0 });
  return Object.fromEntries(CACHE_REGIONS.map((region) => [region, none()])) as Record<CacheRegion, CacheCounts>;
}
