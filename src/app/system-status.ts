import type { Caller } from '../api/route.ts';
import type { HealthReport, SystemStatusReport } from '../api/ports.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Health } from '../contracts/common.ts';
import type { SystemStatus } from '../contracts/system-status.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { SystemFigures } from '../storage/repositories/system-figures.ts';
import { MessageRate } from './message-rate.ts';

/** What the status is made of. */
export interface SystemStatusSources {
  clock: Clock;
  logger: Logger;
  events: EventBus<PlatformEvents>;
  health: HealthReport;
  /** Free bytes where data grows; undefined when the system does not tell. */
  freeBytes(): number | undefined;
  brokerClients(): number;
  isEmailConfigured: boolean;
  /** Of one tenant; what failed counts from the instant on. */
  figures(tenantId: string, sinceMs: number): Promise<SystemFigures>;
}

type Watched = 'database' | 'broker' | 'flows' | 'disk';
type Part = SystemStatus['database'];

const WATCHED: readonly Watched[] = ['database', 'broker', 'flows', 'disk'];
const LOOK_EVERY_MS = 1_000;
/** Every open overview asks every few seconds: the database is asked once a second at most. */
const SHARED_MS = 1_000;
const FAILURES_WITHIN_MS = 86_400_000;

/** What the platform is doing and how its parts are, and since when: it looks once a second, so that it knows without being asked. */
export class SystemStatusService implements SystemStatusReport {
  private readonly sources: SystemStatusSources;
  private readonly states = new Map<Watched, { word: string; sinceMs: number }>();
  private readonly rates = new Map<string, MessageRate>();
  private readonly shared = new Map<string, { askedAtMs: number; figures: Promise<SystemFigures | undefined> }>();
  private startedAtMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private deaf: (() => void) | undefined;

  constructor(sources: SystemStatusSources) {
    this.sources = sources;
  }

  start(): void {
    if (this.timer !== undefined) return;
    const { clock, events } = this.sources;
    this.startedAtMs = clock.nowMs();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
    this.deaf = events.on('telemetry.stored', ({ tenant_id: tenantId }) => this.rateOf(tenantId).add(clock.nowMs()));
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.deaf?.();
    this.deaf = undefined;
  }

  async report({ principal }: Pick<Caller, 'principal'>): Promise<SystemStatus> {
    const { sources } = this;
    const { tenantId, permissions } = principal;
    const health = await this.look();
    // A database that is away is not asked: the answer has to come all the same, and at once.
    const figures = health.database === 'ok' ? await this.figuresOf(tenantId) : undefined;
    const seesFigures = permissions.has('flows:read') || permissions.has('settings:write');
    const only = <Value>(value: Value | undefined): Value | null => (seesFigures ? (value ?? null) : null);
    return {
      status: health.status,
      timestamp: health.timestamp,
      messages_per_second: permissions.has('telemetry:read') ? this.rateOf(tenantId).perSecond(sources.clock.nowMs()) : null,
      rules_active: permissions.has('rules:read') ? (figures?.rulesActive ?? null) : null,
      database: this.part('database', health),
      broker: { ...this.part('broker', health), clients: only(sources.brokerClients()) },
      flows: this.part('flows', health),
      notifications: { ...notificationsPart(figures), waiting: only(figures?.waiting), failed: only(figures?.failed) },
      email: { ...this.emailPart(figures), last_error: only(figures?.emailError) },
      disk: { ...this.part('disk', health), free_bytes: only(sources.freeBytes()) },
    };
  }

  /** Notes what has changed since the last look. */
  private async look(): Promise<Health> {
    const health = await this.sources.health.report();
    for (const name of WATCHED) {
      const known = this.states.get(name);
      if (known?.word === health[name]) continue;
      this.states.set(name, { word: health[name], sinceMs: known === undefined ? this.startedAtMs : this.sources.clock.nowMs() });
    }
    return health;
  }

  private part(name: Watched, health: Health): Part {
    const word = health[name];
    const sinceMs = this.states.get(name)?.sinceMs;
    return {
      state: word === 'ok' ? 'ok' : 'failed',
      since: sinceMs === undefined ? null : new Date(sinceMs).toISOString(),
      detail: word === 'ok' ? null : word,
    };
  }

  private emailPart(figures: SystemFigures | undefined): Part {
    if (!this.sources.isEmailConfigured) return { state: 'off', since: null, detail: 'SMTP_URL is not set: no e-mail is sent.' };
    const error = figures?.emailError ?? null;
    if (error === null) return { state: 'ok', since: null, detail: null };
    return { state: 'attention', since: error.at, detail: 'The last e-mail could not be delivered.' };
  }

  private figuresOf(tenantId: string): Promise<SystemFigures | undefined> {
    const { clock, logger } = this.sources;
    const nowMs = clock.nowMs();
    const known = this.shared.get(tenantId);
    if (known !== undefined && Math.abs(nowMs - known.askedAtMs) < SHARED_MS) return known.figures;
    const figures = this.sources.figures(tenantId, nowMs - FAILURES_WITHIN_MS).catch((error: unknown) => {
      logger.debug({ part: 'status', error: messageOf(error) }, 'The figures of the status cannot be read now.');
      return undefined;
    });
    this.shared.set(tenantId, { askedAtMs: nowMs, figures });
    return figures;
  }

  private rateOf(tenantId: string): MessageRate {
    let rate = this.rates.get(tenantId);
    if (rate === undefined) this.rates.set(tenantId, (rate = new MessageRate(this.startedAtMs)));
    return rate;
  }
}

function notificationsPart(figures: SystemFigures | undefined): Part {
  if (figures === undefined) return { state: 'failed', since: null, detail: 'The database, which holds the queue, does not answer.' };
  if (figures.failed === 0) return { state: 'ok', since: null, detail: null };
  const detail = 'Notifications failed in the last 24 hours and were not tried again.';
  return { state: 'attention', since: figures.lastFailedAt, detail };
}
