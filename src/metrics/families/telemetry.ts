import { MESSAGE_OUTCOMES, POINT_OUTCOMES, TELEMETRY_SOURCES } from '../../contracts/metrics.ts';
import { REJECT_REASONS } from '../../contracts/telemetry.ts';
import { readCounter, readGauge, readHistogram } from '../read.ts';
import type { MetricBench, TelemetryFigures } from '../types.ts';

/** Messages and readings on their way into the database. Every source and outcome is shown from the start, at 0. */
export function telemetryMetrics(bench: MetricBench): void {
  const { telemetry } = bench.sources;
  if (telemetry === undefined) return;
  countMessages(bench, telemetry);
  showBatches(bench, telemetry);
  readGauge(bench, {
    name: 'insa_ingest_waiting_messages',
    help: 'Messages that wait for the commit before theirs, by ingest lane.',
    labelNames: ['lane'],
    read: () => telemetry.waiting().map(({ lane, messages }) => ({ labels: { lane }, value: messages })),
  });
  readGauge(bench, {
    name: 'insa_messages_unacknowledged',
    help: 'Messages over MQTT and HTTP that arrived and are neither acknowledged nor given back.',
    read: () => [{ labels: {}, value: telemetry.unacknowledged() }],
  });
}

function countMessages(bench: MetricBench, telemetry: TelemetryFigures): void {
  readCounter(bench, {
    name: 'insa_messages_total',
    help: 'Telemetry messages since the start, by source (mqtt, http, flow: stock nodes, history: imports and stored past) and outcome (stored, duplicate: nothing new, rejected, discarded: by a flow on purpose, unavailable: not acknowledged).',
    labelNames: ['source', 'outcome'],
    read: () =>
      TELEMETRY_SOURCES.flatMap((source) =>
        MESSAGE_OUTCOMES.map((outcome) => ({ labels: { source, outcome }, value: telemetry.of(source).messages[outcome] })),
      ),
  });
  readCounter(bench, {
    name: 'insa_points_total',
    help: 'Readings since the start, by source and outcome (stored, duplicate: stored before, rejected). A message that cannot be read at all counts as one rejected reading.',
    labelNames: ['source', 'outcome'],
    read: () =>
      TELEMETRY_SOURCES.flatMap((source) =>
        POINT_OUTCOMES.map((outcome) => ({ labels: { source, outcome }, value: telemetry.of(source).points[outcome] })),
      ),
  });
  readCounter(bench, {
    name: 'insa_messages_rejected_total',
    help: 'Messages of which something was refused and kept as rejected, since the start, by the reason of the first refusal.',
    labelNames: ['reason'],
    read: () => REJECT_REASONS.map((reason) => ({ labels: { reason }, value: telemetry.rejected().get(reason) ?? 0 })),
  });
  readHistogram(bench, {
    name: 'insa_acknowledgement_seconds',
    help: 'From the arrival of a message until its acknowledgement was handed over, which is after the commit, by source.',
    labelNames: ['source'],
    read: () => TELEMETRY_SOURCES.map((source) => ({ labels: { source }, buckets: telemetry.of(source).acknowledged })),
  });
}

function showBatches(bench: MetricBench, telemetry: TelemetryFigures): void {
  readHistogram(bench, {
    name: 'insa_ingest_batch_points',
    help: 'Readings per group commit.',
    read: () => [{ labels: {}, buckets: telemetry.batches().rows }],
  });
  readHistogram(bench, {
    name: 'insa_ingest_commit_seconds',
    help: 'How long group commits took.',
    read: () => [{ labels: {}, buckets: telemetry.batches().commits }],
  });
  readCounter(bench, {
    name: 'insa_ingest_commit_failures_total',
    help: 'Group commits that failed since the start; each is tried again, or halved until the message that the database refuses stands alone.',
    read: () => [{ labels: {}, value: telemetry.batches().failures }],
  });
}
