import { Counter, Gauge } from 'prom-client';
import { CACHE_REGIONS } from '../../contracts/cache.ts';
import type { CacheCounts } from '../../contracts/cache.ts';
import type { MetricBench } from '../types.ts';

const COUNTERS: readonly { name: string; help: string; of: (counts: CacheCounts) => number }[] = [
  { name: 'insa_cache_hits_total', help: 'Questions answered from the cache, by region.', of: ({ hits }) => hits },
  { name: 'insa_cache_misses_total', help: 'Questions that the database had to answer, by region.', of: ({ misses }) => misses },
  {
    name: 'insa_cache_collapsed_total',
    help: 'Questions that waited for the same one of somebody else, by region.',
    of: ({ collapsed }) => collapsed,
  },
  {
    name: 'insa_cache_saved_queries_total',
    help: 'Questions that did not reach the database (hits and collapsed ones, each of them one query at least), by region.',
    of: ({ hits, collapsed }) => hits + collapsed,
  },
  { name: 'insa_cache_evictions_total', help: 'Answers thrown out for want of room, by region.', of: ({ evictions }) => evictions },
  { name: 'insa_cache_errors_total', help: 'What Redis failed to do for the cache, by region.', of: ({ errors }) => errors },
];

/** What the cache spares the database. The hit rate is hits and collapsed by hits, collapsed and misses. */
export function cacheMetrics({ registry, sources: { cache } }: MetricBench): void {
  if (cache === undefined) return;
  for (const { name, help, of } of COUNTERS) {
    new Counter({
      ...{ name, help, labelNames: ['region'], registers: [registry] },
      collect() {
        this.reset();
        const counts = cache.counts();
        for (const region of CACHE_REGIONS) this.inc({ region }, of(counts[region]));
      },
    });
  }
  gauge('insa_cache_entries', 'Answers that the cache holds in this process.', () => cache.size().entries);
  gauge('insa_cache_bytes', 'About how many bytes the answers take that the cache holds in this process.', () => cache.size().bytes);

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(value());
      },
    });
  }
}
