import { readCounter, readGauge } from '../read.ts';
import type { MetricBench } from '../types.ts';

/** The MQTT broker. */
export function mqttMetrics(bench: MetricBench): void {
  const { mqtt } = bench.sources;
  if (mqtt === undefined) return;
  readGauge(bench, {
    name: 'insa_mqtt_connections',
    help: 'MQTT clients that are connected.',
    read: () => [{ labels: {}, value: mqtt.figures().connections }],
  });
  readGauge(bench, {
    name: 'insa_mqtt_queued_messages',
    help: 'Messages that wait for MQTT clients that are away.',
    read: () => [{ labels: {}, value: mqtt.figures().queued }],
  });
  readGauge(bench, {
    name: 'insa_mqtt_unacknowledged_bytes',
    help: 'Bytes of messages over MQTT that are not acknowledged yet.',
    read: () => [{ labels: {}, value: mqtt.figures().unsettledBytes }],
  });
  readCounter(bench, {
    name: 'insa_mqtt_queue_dropped_total',
    help: 'Messages for MQTT clients that were dropped since the start, because too many waited for the client.',
    read: () => [{ labels: {}, value: mqtt.figures().queueDropped }],
  });
  readCounter(bench, {
    name: 'insa_mqtt_refusals_total',
    help: 'Refused packets, logins and connections since the start, by reason.',
    labelNames: ['reason'],
    read: () => Object.entries(mqtt.refusals()).map(([reason, value]) => ({ labels: { reason }, value })),
  });
}
