import type { Clock } from '../core/clock.ts';
import type { CredentialRecord } from '../storage/repositories/credentials.ts';

const FOUND_MS = 60_000;
/** Short: a key that was issued by another way must not stay unknown for long. */
const UNKNOWN_MS = 3_000;
const MAX_FOUND = 50_000;
const MAX_UNKNOWN = 10_000;

/** Which key belongs to whom, in memory, by the key's SHA-256 in hex. Keys themselves are never kept. */
export class CredentialCache {
  private readonly clock: Clock;
  private readonly found = new Map<string, { record: CredentialRecord; untilMs: number }>();
  private readonly unknown = new Map<string, number>();
  /** Rises with every invalidation: an answer that was asked for before it is not remembered after it. */
  private changes = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The key's record, `null` when it is known not to exist, undefined when the database must be asked. */
  get(hash: string): CredentialRecord | null | undefined {
    const nowMs = this.clock.nowMs();
    const found = this.found.get(hash);
    if (found !== undefined) return found.untilMs > nowMs ? found.record : undefined;
    const unknownUntilMs = this.unknown.get(hash);
    return unknownUntilMs !== undefined && unknownUntilMs > nowMs ? null : undefined;
  }

  /** Looks a key up and remembers the answer. */
  async load(hash: string, find: () => Promise<CredentialRecord | undefined>): Promise<CredentialRecord | undefined> {
    const { changes } = this;
    const record = await find();
    if (changes !== this.changes) return record;
    if (record === undefined) remember(this.unknown, hash, this.clock.nowMs() + UNKNOWN_MS, MAX_UNKNOWN);
    else remember(this.found, hash, { record, untilMs: this.clock.nowMs() + FOUND_MS }, MAX_FOUND);
    return record;
  }

  /** Forgets the keys that `which` names; and that unknown ones are unknown. */
  forget(which: (record: CredentialRecord) => boolean): void {
    this.changes += 1;
    this.unknown.clear();
    for (const [hash, { record }] of this.found) if (which(record)) this.found.delete(hash);
  }
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value, max: number): void {
  map.delete(name);
  const oldest = map.keys().next();
  if (map.size >= max && oldest.done !== true) map.delete(oldest.value);
  map.set(name, value);
}
