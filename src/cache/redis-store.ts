import { createHash } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { impatientClient } from './redis-client.ts';
import type { SharedLook, SharedStore, StoredAnswer } from './types.ts';

/** What the store is made with. */
export interface RedisStoreOptions {
  url: string;
  logger: Logger;
  newId: NewId;
}

const PREFIX = 'insa:cache:';
const ALIVE_KEY = `${PREFIX}alive`;
const CHANNEL = `${PREFIX}changed`;
/** Part of every stamp: changed, it ends all answers of everybody. */
const EVERYTHING = '*';
const LOOK_MS = 1_000;

const storedSchema = z.object({ name: z.string(), stamp: z.string(), askedAtMs: z.number(), text: z.string() });
const messageSchema = z.object({ from: z.string(), tags: z.array(z.string()), beat: z.number().optional() });

/**
 * Answers in Redis, with the versions of what they are made of beside them: an answer is good while the versions are those of before it was made,
 * so that a change is one write for each of them, wherever the answers are. Redis that is away, hangs or takes no writes is told once in the log, and
 * again when it is back; until then nothing is read from it. What changed meanwhile was not told to it, so everything in it is ended before it is used
 * again. `start()` connects and does not wait; `stop()` closes the connections.
 */
export class RedisStore implements SharedStore {
  isUsable = false;
  private readonly logger: Logger;
  private readonly newId: NewId;
  private readonly id: string;
  private readonly commands: Redis;
  private readonly bus: Redis;
  private readonly listeners: ((tags: readonly string[] | undefined) => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isAwayTold = false;
  private isLooking = false;
  /** Something changed that was not told. */
  private hasMissed = false;
  private beat = 0;
  private heardBeat = 0;
  private lastError = 'it has not answered yet';

  constructor({ url, logger, newId }: RedisStoreOptions) {
    this.logger = logger.child({ part: 'redis' });
    this.newId = newId;
    this.id = newId();
    this.commands = impatientClient(url);
    this.bus = impatientClient(url);
    for (const client of [this.commands, this.bus]) {
      // Without a listener a lost connection would end the process.
      client.on('error', (error: unknown) => {
        this.lastError = messageOf(error);
      });
      client.on('ready', () => void this.look());
      client.on('close', () => this.away());
    }
    this.bus.on('message', (_channel: string, message: string) => this.heard(message));
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
    // Told by `away`; they go on trying by themselves.
    for (const client of [this.commands, this.bus]) client.connect().catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.isUsable = false;
    this.commands.disconnect();
    this.bus.disconnect();
  }

  state(): string {
    return this.isUsable ? 'ok' : 'away: nothing is cached';
  }

  onInvalidated(listener: (tags: readonly string[] | undefined) => void): void {
    this.listeners.push(listener);
  }

  async read(name: string, tags: readonly string[]): Promise<SharedLook | undefined> {
    const keys = [EVERYTHING, ...tags].map(versionKey);
    try {
      const [stored, ...versions] = await this.commands.mget(answerKey(name), ...keys);
      const stamp = versions.includes(null) ? await this.firstStamp(keys, versions) : versions.join();
      const answer = stored == null ? undefined : storedSchema.parse(JSON.parse(stored));
      return { stamp, answer: answer?.name === name && answer.stamp === stamp ? answer : undefined };
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  async write(name: string, answer: StoredAnswer, { stamp, ttlMs }: { stamp: string; ttlMs: number }): Promise<boolean> {
    if (!this.isUsable) return false;
    try {
      await this.commands.set(answerKey(name), JSON.stringify({ ...answer, name, stamp }), 'PX', ttlMs);
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  async invalidate(tags: readonly string[]): Promise<void> {
    if (!this.isUsable) {
      this.hasMissed = true;
      return;
    }
    try {
      await this.tell(tags);
    } catch (error) {
      this.failed(error);
    }
  }

  /** New versions, and the word to the others, as one step. */
  private async tell(tags: readonly string[]): Promise<void> {
    const step = this.commands.multi();
    for (const tag of tags) step.set(versionKey(tag), this.newId());
    step.publish(CHANNEL, JSON.stringify({ from: this.id, tags }));
    await done(step);
  }

  /** Versions that Redis lost, or never had, are new ones: what was made under the old ones is ended by that. */
  private async firstStamp(keys: readonly string[], versions: readonly (string | null)[]): Promise<string> {
    const step = this.commands.multi();
    keys.forEach((key, place) => {
      if (versions[place] === null) step.set(key, this.newId(), 'NX');
    });
    await done(step);
    return (await this.commands.mget(...keys)).join();
  }

  /** Once a second: is everything there that is needed? */
  private async look(): Promise<void> {
    if (this.isLooking || this.commands.status !== 'ready' || this.bus.status !== 'ready') return;
    this.isLooking = true;
    try {
      if (!this.isUsable) await this.begin();
      // What is published must come back on the bus within two looks: one that hears nothing would leave this process with answers that others have ended.
      else if (this.heardBeat < this.beat - 1) throw new Error('The bus of changes is silent');
      this.beat += 1;
      const step = this.commands.multi();
      // Writes, because a server that cannot be written to keeps what others end.
      step.set(ALIVE_KEY, '1', 'EX', 60);
      step.publish(CHANNEL, JSON.stringify({ from: this.id, tags: [], beat: this.beat }));
      await done(step);
    } catch (error) {
      this.failed(error);
    } finally {
      this.isLooking = false;
    }
  }

  private async begin(): Promise<void> {
    await this.bus.subscribe(CHANNEL);
    // Of what changed while it was away nobody could be told, nor of what changes while they are told that.
    do {
      this.hasMissed = false;
      await this.tell([EVERYTHING]);
    } while (this.changedMeanwhile());
    this.everythingChanged();
    this.heardBeat = this.beat;
    if (this.isAwayTold) this.logger.info({}, 'Redis answers again: answers are cached there.');
    this.isUsable = true;
    this.isAwayTold = false;
  }

  private changedMeanwhile(): boolean {
    return this.hasMissed;
  }

  private heard(message: string): void {
    const parsed = messageSchema.safeParse(jsonOf(message));
    if (!parsed.success) return;
    const { from, tags, beat } = parsed.data;
    if (from === this.id) this.heardBeat = Math.max(this.heardBeat, beat ?? 0);
    else if (tags.includes(EVERYTHING)) this.everythingChanged();
    else if (tags.length > 0) for (const listener of this.listeners) listener(tags);
  }

  private everythingChanged(): void {
    for (const listener of this.listeners) listener(undefined);
  }

  private failed(error: unknown): void {
    this.lastError = messageOf(error);
    this.away();
    // A connection that hangs would cost every request its wait; a new one is used only once the server answers on it.
    if (this.timer === undefined) return;
    for (const client of [this.commands, this.bus]) if (client.status === 'ready') client.disconnect(true);
  }

  private away(): void {
    const wasUsable = this.isUsable;
    this.isUsable = false;
    if (wasUsable) this.everythingChanged();
    if (this.isAwayTold || this.timer === undefined) return;
    this.isAwayTold = true;
    this.logger.warn({ reason: this.lastError }, 'Redis (REDIS_URL) cannot be used: answers are not cached until it can.');
  }
}

/** Fails when one of its commands was refused. */
async function done(step: ChainableCommander): Promise<void> {
  for (const [error] of (await step.exec()) ?? []) if (error !== null) throw error;
}

function versionKey(tag: string): string {
  return `${PREFIX}version:${tag}`;
}

function answerKey(name: string): string {
  return `${PREFIX}answer:${createHash('sha256').update(name).digest('base64url')}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
