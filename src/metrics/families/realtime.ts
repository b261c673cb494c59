import { readCounter, readGauge } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** Live connections of web app and programs. */
export function realtimeMetrics(bench: MetricBench): void {
  const { realtime } = bench.sources;
  if (realtime === undefined) return;
  readGauge(bench, {
    name: 'insa_socketio_clients',
    help: 'Socket.IO connections that are open.',
    read: () => [{ labels: {}, value: realtime.figures().connections }],
  });
  readCounter(bench, {
    name: 'insa_socketio_messages_sent_total',
    help: 'Messages handed to Socket.IO connections since the start; one that goes to ten connections counts ten.',
    read: () => [{ labels: {}, value: realtime.figures().sent }],
  });
  readCounter(bench, {
    name: 'insa_socketio_values_dropped_total',
    help: 'Values since the start that a Socket.IO connection was not sent, because a newer one of the same quantity came before its turn.',
    read: () => [{ labels: {}, value: realtime.figures().overtaken }],
  });
  readCounter(bench, {
    name: 'insa_socketio_connections_dropped_total',
    help: 'Socket.IO connections that were ended since the start, because they did not take what was sent to them.',
    read: () => [{ labels: {}, value: realtime.figures().ended }],
  });
}
