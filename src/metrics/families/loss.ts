import { readCounter, readGauge } from '../read.ts';
import type { MetricBench } from '../types.ts';

const POINTS = {
  received: 'Points that arrived and were decided about; stored, duplicate and rejected ones together.',
  stored: 'Points that were stored.',
  duplicates: 'Points that were there already, with the same value.',
  rejected: 'Points that were refused; kept with their reason.',
  judged: 'Stored points that every rule which reads them has had.',
  history: 'Points that were stored as history, which nobody judges.',
} as const;

/** What became of everything that arrived. Without names of devices: GET /api/v1/telemetry/accounts has them. */
export function lossMetrics(bench: MetricBench): void {
  const { loss } = bench.sources;
  if (loss === undefined) return;
  for (const [name, help] of Object.entries(POINTS) as [keyof typeof POINTS, string][]) {
    readCounter(bench, {
      name: `insa_loss_${name}_points_total`,
      help: `${help} As added up since the start.`,
      read: () => [{ labels: {}, value: loss.totals()[name] }],
    });
  }
  readCounter(bench, {
    name: 'insa_loss_numbered_messages_total',
    help: 'Different messages with a number that arrived, as added up since the start.',
    read: () => [{ labels: {}, value: loss.totals().numbered }],
  });
  const gauge = (name: string, help: string, value: () => number): void =>
    readGauge(bench, { name, help, read: () => [{ labels: {}, value: value() }] });
  gauge(
    'insa_loss_missing_messages',
    'Numbers of messages that were passed over since the start and have not come since; below 0 when what was missing before came.',
    () => loss.totals().missing,
  );
  gauge(
    'insa_loss_recently_missing_messages',
    'Numbers of messages that were passed over in this hour or the one before and have not come since; a restart changes nothing.',
    () => loss.state().recentlyMissing,
  );
  gauge(
    'insa_loss_unbalanced_devices',
    'Devices whose account does not add up or differs from the stored readings; anything but 0 is a fault.',
    () => loss.state().unbalanced.length,
  );
  gauge(
    'insa_loss_judging_lag_seconds',
    'For how long the oldest stored point waits to be judged by rules.',
    () => loss.state().judgingLagMs / 1_000,
  );
  gauge(
    'insa_loss_pending_commits',
    'Commits of ingest that were not in the accounts yet when they were last compared.',
    () => loss.state().pendingCommits,
  );
}
