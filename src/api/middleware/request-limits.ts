import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { AuditLog } from '../../auth/audit.ts';
import { BoundedWork } from '../../auth/bounded-work.ts';
import type { LimiterFactory } from '../../auth/limiters.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { actorOf } from '../../core/principal.ts';
import type { Principal } from '../../core/principal.ts';
import type { Caller, RateClass, Route } from '../route.ts';
import { placeOf } from './place.ts';

/** Kinds of routes that are counted a minute. */
type CountedClass = Exclude<RateClass, 'none'>;

/** Requests a minute for each caller and kind of route, and refused strangers a minute for each address. */
export type RequestLimits = Readonly<Record<CountedClass | 'strangers', number>>;

/** The limits of REQUIREMENTS, section 5; that of tests, which open connections to where the caller says, and that of strangers keep guessing slow. */
export const REQUEST_LIMITS: RequestLimits = { analytics: 30, devices: 100, telemetry: 200, tests: 10, other: 300, strangers: 60 };

/** For an installation behind a gateway that limits by itself; what a key says still holds. */
export const UNLIMITED: RequestLimits = {
  analytics: Infinity,
  devices: Infinity,
  telemetry: Infinity,
  tests: Infinity,
  other: Infinity,
  strangers: Infinity,
};

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
/** Limits by the hour differ from key to key, so its counter only counts. */
const UNBOUNDED = 1_000_000_000;
const MAX_SUSPECTED = 10_000;
/** A look-up takes about a millisecond; whoever is the last to wait waits less than a second. */
const SUSPECT_LOOK_UPS = { atOnce: 2, waiting: 500, what: 'unknown keys' };

/** What counting requests uses. */
export interface RequestLimiterDeps {
  limiters: LimiterFactory;
  audit: AuditLog;
  clock: Clock;
  /** In whose log stands what nobody known did. */
  defaultTenantId: string;
  /** Whether a key was good a moment ago, so that nobody has to be asked. */
  isRemembered(key: string): boolean;
  /** `REQUEST_LIMITS` unless given. */
  limits?: RequestLimits | undefined;
}

/** One request: from where, and where its headers go. */
export interface CountedRequest {
  address: string;
  /** Method and path, for the audit log. */
  target: string;
  /** The API key that it shows, if any. */
  key: string | undefined;
  setHeader: (name: string, value: string) => void;
}

/** Where a caller stands within one limit. */
interface Count {
  limit: number;
  consumed: number;
  resetSeconds: number;
}

/**
 * Counts requests: a minute for each caller and kind of route, an hour for keys that have a limit, and a minute for each address where nobody
 * known calls. Sets `RateLimit-*` on whatever was counted and fails with RATE_LIMITED; the first refusal of a window is audited.
 */
export class RequestLimiter {
  private readonly deps: RequestLimiterDeps;
  private readonly limits: RequestLimits;
  private readonly minutes: Readonly<Record<CountedClass | 'strangers', RateLimiterAbstract>>;
  private readonly hours: RateLimiterAbstract;
  /** Places that showed as many bad keys as they may, and until when (epoch milliseconds) that counts. */
  private readonly suspected = new Map<string, number>();
  private readonly suspectLookUps = new BoundedWork(SUSPECT_LOOK_UPS);

  constructor(deps: RequestLimiterDeps) {
    this.deps = deps;
    this.limits = deps.limits ?? REQUEST_LIMITS;
    const minute = (name: CountedClass | 'strangers'): RateLimiterAbstract =>
      deps.limiters({ name: `minute-${name}`, points: Math.min(this.limits[name], UNBOUNDED), durationSeconds: MINUTE_SECONDS });
    this.minutes = {
      analytics: minute('analytics'),
      devices: minute('devices'),
      telemetry: minute('telemetry'),
      tests: minute('tests'),
      other: minute('other'),
      strangers: minute('strangers'),
    };
    this.hours = deps.limiters({ name: 'hour-key', points: UNBOUNDED, durationSeconds: HOUR_SECONDS });
  }

  /**
   * What `lookUp` answers, which finds out who calls. Where many bad keys came from, keys that are not in memory wait for their turn, so that
   * a flood of them does not keep the database busy; who shows a good one is let in all the same: one device with a bad key must not keep out
   * the others behind its address. (Keys have 256 random bits; nobody guesses one, however fast.) Fails with RATE_LIMITED when too many wait.
   */
  async inTurn<Found>({ key, address }: CountedRequest, lookUp: () => Promise<Found>): Promise<Found> {
    if (key === undefined || this.suspected.size === 0) return lookUp();
    const untilMs = this.suspected.get(placeOf(address)) ?? 0;
    if (untilMs <= this.deps.clock.nowMs() || this.deps.isRemembered(key)) return lookUp();
    return this.suspectLookUps.run(lookUp);
  }

  /**
   * Counts a request that nobody known made. Bad keys count by themselves: a device with a wrong one must not keep people of the same address
   * from hearing that their token has expired.
   */
  async countStranger(request: CountedRequest): Promise<void> {
    if (this.limits.strangers === Infinity) return;
    const place = placeOf(request.address);
    const name = request.key === undefined ? `token ${place}` : `key ${place}`;
    const count = await consume(this.minutes.strangers, name, this.limits.strangers);
    show(count, request.setHeader);
    if (count.consumed <= count.limit) return;
    if (request.key !== undefined) this.suspect(place, count.resetSeconds);
    if (count.consumed === count.limit + 1)
      await this.record(undefined, request, { limit: 'unauthenticated', per: 'minute', most: count.limit });
    throw refusal(count, STRANGERS);
  }

  /** Counts a request to a route that is open to everybody, by its address. */
  async countPublic(route: Route, request: CountedRequest): Promise<void> {
    const kind = rateOf(route);
    if (kind === 'none') return;
    await this.countMinute(kind, { name: `address ${placeOf(request.address)}`, caller: undefined }, request);
  }

  /** Counts a call of an endpoint of a flow that is open to everybody: by its address, apart from logins. */
  async countOpenEndpoint(request: CountedRequest): Promise<void> {
    await this.countMinute('other', { name: `open endpoints ${placeOf(request.address)}`, caller: undefined }, request);
  }

  /** Counts a request of a caller who is known. */
  async countCaller(route: Pick<Route, 'rate' | 'path'>, caller: Caller, request: CountedRequest): Promise<void> {
    const { principal } = caller;
    const kind = rateOf(route);
    const name = nameOf(principal);
    // Devices send as often as they measure: what their key says bounds that, and nothing else does.
    const isFree = kind === 'none' || (kind === 'telemetry' && principal.kind !== 'user');
    const minute = isFree ? undefined : await this.countMinute(kind, { name, caller }, request);
    if (principal.hourlyLimit !== undefined) await this.countHour({ name, caller, limit: principal.hourlyLimit }, minute, request);
  }

  private suspect(place: string, seconds: number): void {
    if (this.suspected.size >= MAX_SUSPECTED) this.suspected.clear();
    this.suspected.set(place, this.deps.clock.nowMs() + seconds * 1_000);
  }

  private async countMinute(
    kind: CountedClass,
    { name, caller }: { name: string; caller: Caller | undefined },
    request: CountedRequest,
  ): Promise<Count | undefined> {
    if (this.limits[kind] === Infinity) return undefined;
    const count = await consume(this.minutes[kind], name, this.limits[kind]);
    show(count, request.setHeader);
    if (count.consumed <= count.limit) return count;
    if (count.consumed === count.limit + 1) await this.record(caller, request, { limit: kind, per: 'minute', most: count.limit });
    throw refusal(count, `at most ${String(count.limit)} a minute of the kind "${kind}" for one caller`);
  }

  private async countHour(
    { name, caller, limit }: { name: string; caller: Caller; limit: number },
    minute: Count | undefined,
    request: CountedRequest,
  ): Promise<void> {
    const count = await consume(this.hours, name, limit);
    if (minute === undefined || limit - count.consumed < minute.limit - minute.consumed) show(count, request.setHeader);
    if (count.consumed <= limit) return;
    if (count.consumed === limit + 1) await this.record(caller, request, { limit: 'key', per: 'hour', most: limit });
    throw refusal(count, `the key allows ${String(limit)} an hour`);
  }

  private record(
    caller: Caller | undefined,
    { target, address }: CountedRequest,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const tenantId = caller?.principal.tenantId ?? this.deps.defaultTenantId;
    const actor = caller === undefined ? 'unknown' : actorOf(caller.principal);
    return this.deps.audit.record({ tenantId, actor, action: 'api.rate_limited', target, outcome: 'refused', address, details });
  }
}

const STRANGERS = 'from this address came too many that no login and no key proved';

/** Which limit counts a route: what it says, otherwise what its path begins with. */
export function rateOf({ rate, path }: Pick<Route, 'rate' | 'path'>): RateClass {
  if (rate !== undefined) return rate;
  const [, area] = path.split('/');
  return area === 'analytics' || area === 'devices' || area === 'telemetry' ? area : 'other';
}

function nameOf(principal: Principal): string {
  return principal.kind === 'user' ? `user ${principal.userId}` : `key ${principal.credentialId}`;
}

async function consume(limiter: RateLimiterAbstract, name: string, limit: number): Promise<Count> {
  const state = await limiter.consume(name).catch((thrown: unknown) => {
    if (thrown instanceof RateLimiterRes) return thrown;
    throw thrown;
  });
  return { limit, consumed: state.consumedPoints, resetSeconds: Math.max(1, Math.ceil(state.msBeforeNext / 1_000)) };
}

function show({ limit, consumed, resetSeconds }: Count, setHeader: CountedRequest['setHeader']): void {
  setHeader('RateLimit-Limit', String(limit));
  setHeader('RateLimit-Remaining', String(Math.max(0, limit - consumed)));
  setHeader('RateLimit-Reset', String(resetSeconds));
}

function refusal({ resetSeconds }: Count, rule: string): AppError {
  const message = `There were too many requests (${rule}). Wait ${String(resetSeconds)} s.`;
  return new AppError('RATE_LIMITED', message, { retryable: true, retryAfterSeconds: resetSeconds });
}
