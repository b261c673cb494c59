import { DATABASE_POOLS } from '../../contracts/metrics.ts';
import { readGauge, readHistogram } from '../read.ts';
import type { MetricBench, MetricSources } from '../types.ts';

const LABELS = ['pool'] as const;

/** The pools of database connections, and the embedded server. */
export function databaseMetrics(bench: MetricBench): void {
  const { database } = bench.sources;
  if (database === undefined) return;
  showPools(bench, database);
  readHistogram(bench, {
    name: 'insa_database_query_seconds',
    help: 'How long database statements took, without the wait for a connection, by pool. Group commits of telemetry have connections of their own: insa_ingest_commit_seconds.',
    labelNames: LABELS,
    read: () =>
      DATABASE_POOLS.flatMap((pool) => {
        const buckets = database.queries(pool);
        return buckets === undefined ? [] : [{ labels: { pool }, buckets }];
      }),
  });
  readGauge(bench, {
    name: 'insa_database_embedded_up',
    help: '1 while the embedded database server runs, 0 while it does not; absent with a server of your own (DATABASE_URL).',
    read: () => {
      const isUp = database.isEmbeddedUp();
      return isUp === undefined ? [] : [{ labels: {}, value: isUp ? 1 : 0 }];
    },
  });
}

function showPools(bench: MetricBench, database: MetricSources['database']): void {
  const read = (figure: 'most' | 'open' | 'idle' | 'waiting') => () =>
    database.pools().map(({ pool, [figure]: value }) => ({ labels: { pool }, value }));
  readGauge(bench, {
    name: 'insa_database_pool_connections_max',
    help: 'Connections that a pool may have, by pool (system: the platform itself, api: requests).',
    labelNames: LABELS,
    read: read('most'),
  });
  readGauge(bench, {
    name: 'insa_database_pool_connections',
    help: 'Connections of a pool, by pool.',
    labelNames: LABELS,
    read: read('open'),
  });
  readGauge(bench, {
    name: 'insa_database_pool_idle_connections',
    help: 'Connections of a pool that nobody uses, by pool.',
    labelNames: LABELS,
    read: read('idle'),
  });
  readGauge(bench, {
    name: 'insa_database_pool_waiting',
    help: 'Statements and transactions that wait for a connection, by pool.',
    labelNames: LABELS,
    read: read('waiting'),
  });
}
