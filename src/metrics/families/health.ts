import { HEALTH_PARTS } from '../../contracts/metrics.ts';
import type { HealthPart } from '../../contracts/metrics.ts';
import { askedGauge, readGauge } from '../read.ts';
import type { Sample } from '../read.ts';
import type { MetricBench, MetricSources } from '../types.ts';

/** What `/health` says, as numbers; the disk, the certificate, and which program this is. */
export function healthMetrics(bench: MetricBench): void {
  const { health, build } = bench.sources;
  if (health !== undefined) showHealth(bench, health);
  if (build === undefined) return;
  readGauge(bench, {
    name: 'insa_build_info',
    help: 'Always 1; the labels say which version of the platform and of Node.js runs.',
    labelNames: ['version', 'node'],
    read: () => [{ labels: build, value: 1 }],
  });
}

function showHealth(bench: MetricBench, health: MetricSources['health']): void {
  askedGauge(bench, {
    name: 'insa_health_ok',
    help: 'Whether a part is well (1) or not (0), by part, as /health says it; a part that is not used is absent.',
    labelNames: ['part'],
    ask: async () => {
      const parts = await health.parts();
      return HEALTH_PARTS.filter((part) => isUsed(part, parts[part])).map((part) => ({
        labels: { part },
        value: parts[part] === 'ok' ? 1 : 0,
      }));
    },
  });
  askedGauge(bench, {
    name: 'insa_ready',
    help: '1 when messages can be stored, flows run and somebody can log in, as /health/ready says it; otherwise 0.',
    ask: async () => [{ labels: {}, value: (await health.isReady()) ? 1 : 0 }],
  });
  readGauge(bench, {
    name: 'insa_disk_free_bytes',
    help: 'Free bytes where data grows, of the fullest file system; below 1 GiB nothing is acknowledged.',
    read: () => sampleOf(health.freeBytes()),
  });
  readGauge(bench, {
    name: 'insa_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of the server (TLS_CERT_FILE) ends, Unix time; absent without one.',
    read: () => sampleOf(health.certificateEndsAtMs()).map(({ labels, value }) => ({ labels, value: value / 1_000 })),
  });
}

function isUsed(part: HealthPart, word: string): boolean {
  return part !== 'redis' || word !== 'not used';
}

function sampleOf(value: number | undefined): Sample<never>[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}
