import type { Health } from '../contracts/common.ts';
import type { PlatformWarning } from '../contracts/warnings.ts';
import type { Clock } from '../core/clock.ts';
import { platformWarning } from '../contracts/warning-texts.ts';
import type { StorageWatch } from '../storage/storage-watch.ts';
import type { Cache } from '../cache/types.ts';
import type { Identity } from './identity.ts';
import type { Notify } from './notify.ts';
import type { Storage } from './storage.ts';
import type { Telemetry } from './telemetry.ts';

/** What health is made of; each answers the word shown (`ok`, or what is the matter). */
export interface HealthSources {
  version: string;
  clock: Clock;
  /** `ok`, or why the database cannot be used. */
  database(): string;
  isolation(): 'role' | 'query';
  broker(): string;
  flows(): string;
  /** Free bytes are running out: nothing is acknowledged. */
  isDiskLow(): boolean;
  /** Somebody can log in: a new installation has its administrator. */
  hasAdministrator(): boolean;
  /** Where limits are counted and answers cached. Away, it is no fault of the platform: it counts by itself, and asks the database. */
  redis(): string;
  /** What somebody should mend although everything runs. */
  warnings(): PlatformWarning[];
}

/** How the platform is, in one word per part. Without database nothing works; without flows or disk it lives but stores nothing. */
export class PlatformHealth {
  private readonly sources: HealthSources;

  constructor(sources: HealthSources) {
    this.sources = sources;
  }

  report(): Promise<Health> {
    const { sources } = this;
    const database = sources.database();
    const broker = sources.broker();
    const flows = sources.flows();
    const disk = sources.isDiskLow() ? 'nearly full: nothing is acknowledged until space is freed' : 'ok';
    const warnings = sources.warnings();
    if (sources.isolation() === 'query') warnings.push(platformWarning({ code: 'isolation_by_query', params: {} }));
    const well = broker === 'ok' && flows === 'ok' && disk === 'ok' && warnings.length === 0;
    // The platform is well without it.
    if (sources.redis().includes('away')) warnings.push(platformWarning({ code: 'redis_away', params: {} }));
    return Promise.resolve({
      status: database !== 'ok' ? 'unhealthy' : well ? 'healthy' : 'degraded',
      version: sources.version,
      timestamp: new Date(sources.clock.nowMs()).toISOString(),
      database,
      isolation: sources.isolation() === 'role' ? 'ok' : 'by query only',
      broker,
      flows,
      disk,
      redis: sources.redis(),
      warnings: warnings.map(({ text }) => text),
      warning_details: warnings,
    });
  }

  /** True once flows run, messages can be stored and somebody can log in. */
  isReady(): Promise<boolean> {
    const { sources } = this;
    const isWell = sources.database() === 'ok' && sources.flows() === 'ok' && sources.broker() === 'ok' && !sources.isDiskLow();
    return Promise.resolve(isWell && sources.hasAdministrator());
  }
}

/** The parts that health is read from. */
export interface HealthParts {
  version: string;
  clock: Clock;
  watch: Pick<StorageWatch, 'isHealthy' | 'isLost'>;
  storage: Pick<Storage, 'db' | 'disk'>;
  identity: Pick<Identity, 'counters' | 'hasAdministrator'>;
  cache: Pick<Cache, 'state'>;
  notify: Pick<Notify, 'warnings'>;
  telemetry: { accounts: Pick<Telemetry['accounts'], 'warnings'> };
  /** Undefined before flows have been started. */
  flows: () => { running: true } | { running: false; reason: string } | undefined;
  flowWarnings: () => readonly PlatformWarning[];
}

/** The health of the running platform. */
export function platformHealth({
  version,
  clock,
  watch,
  storage,
  identity,
  cache,
  notify,
  telemetry,
  flows,
  flowWarnings,
}: HealthParts): PlatformHealth {
  return new PlatformHealth({
    version,
    clock,
    database: () => (watch.isHealthy ? 'ok' : 'does not answer'),
    isolation: () => storage.db.isolation,
    broker: () => (watch.isLost ? 'closed until the database answers' : 'ok'),
    flows: () => {
      const state = flows();
      return state === undefined ? 'starting' : state.running ? 'ok' : state.reason;
    },
    isDiskLow: () => storage.disk.low,
    hasAdministrator: () => identity.hasAdministrator(),
    redis: () => redisWord(identity.counters.state(), cache.state()),
    warnings: () => [...flowWarnings(), ...telemetry.accounts.warnings(), ...notify.warnings()],
  });
}

/** Counters and cache look by themselves; one may miss Redis before the other. */
function redisWord(counters: string, cache: string): string {
  if (counters === cache || cache === 'ok') return counters;
  return counters === 'ok' ? cache : `${counters}, ${cache.replace('away: ', '')}`;
}
