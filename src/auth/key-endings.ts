import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';

const LOOK_MS = 1_000;

/**
 * Keys that were given an end while connections were open with them: a connection knows only the end that its key had at its login. When
 * the time comes everybody is told as if the key were revoked. After a restart there are no such connections.
 */
export class KeyEndings {
  private readonly deps: { clock: Clock; events: EventBus<PlatformEvents> };
  private readonly ends = new Map<string, { tenantId: string; atMs: number }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(deps: { clock: Clock; events: EventBus<PlatformEvents> }) {
    this.deps = deps;
  }

  start(): void {
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Connections of this key end at an instant; at once when it is past. */
  add(key: { tenantId: string; credentialId: string; atMs: number }): void {
    const { credentialId, tenantId, atMs } = key;
    this.ends.set(credentialId, { tenantId, atMs });
    this.look();
  }

  private look(): void {
    const nowMs = this.deps.clock.nowMs();
    for (const [credentialId, { tenantId, atMs }] of this.ends) {
      if (atMs > nowMs) continue;
      this.ends.delete(credentialId);
      this.deps.events.emit('credential.revoked', { tenantId, credentialId });
    }
  }
}
