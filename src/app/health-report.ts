import type { Health } from '../contracts/common.ts';
import type { PlatformWarning } from '../contracts/warnings.ts';
import type { Clock } from '../core/clock.ts';
import { platformWarning } from '../core/warnings.ts';

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
  /** Where limits are counted. Away, it is no fault of the platform: it counts by itself. */
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

  /** True once flows run and messages can be stored. */
  isReady(): Promise<boolean> {
    const { sources } = this;
    return Promise.resolve(sources.database() === 'ok' && sources.flows() === 'ok' && sources.broker() === 'ok' && !sources.isDiskLow());
  }
}
