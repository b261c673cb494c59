import type { DashboardSpec } from './model.ts';
import { chart, colorOf, now, over, stat } from './parts.ts';

const AND_ON = [
  { color: 'red', value: null },
  { color: 'green', value: 1 },
];
const RATE = '[$__rate_interval]';
const SAVED = 'insa_cache_saved_queries_total';

const FIGURES = [
  stat({
    title: 'Ready',
    description: '1 when messages can be stored, flows run and somebody can log in.',
    query: now('min(insa_ready)', 'Ready'),
    steps: AND_ON,
  }),
  stat({
    title: 'Parts that are not well',
    description: 'Parts of /health that are not ok.',
    query: now('count(insa_health_ok == 0) or vector(0)', 'Parts'),
    steps: [
      { color: 'green', value: null },
      { color: 'red', value: 1 },
    ],
  }),
  stat({
    title: 'Readings per second',
    description: 'Readings stored, over the last minutes.',
    query: now(`sum(rate(insa_points_total{outcome="stored"}${RATE}))`, 'Readings'),
    unit: 'cps',
    decimals: 1,
  }),
  stat({
    title: 'Acknowledged within (p99)',
    description: 'From the arrival of a message until its acknowledgement, which is after the commit: 99 of 100 were faster.',
    query: now(`histogram_quantile(0.99, sum by (le) (rate(insa_acknowledgement_seconds_bucket${RATE})))`, 'p99'),
    unit: 's',
    steps: [
      { color: 'green', value: null },
      { color: 'orange', value: 0.25 },
      { color: 'red', value: 1 },
    ],
  }),
  stat({
    title: 'Open alerts',
    description: 'Alerts that are not resolved.',
    query: now('sum(insa_alerts_open)', 'Alerts'),
    steps: [
      { color: 'green', value: null },
      { color: 'orange', value: 1 },
    ],
  }),
  stat({
    title: 'Free disk space',
    description: 'Where data grows, of the fullest file system. Below 1 GiB nothing is acknowledged.',
    query: now('min(insa_disk_free_bytes)', 'Free'),
    unit: 'bytes',
    steps: [
      { color: 'red', value: null },
      { color: 'orange', value: 2 * 2 ** 30 },
      { color: 'green', value: 10 * 2 ** 30 },
    ],
  }),
];

const quantiles = (metric: string) =>
  [0.5, 0.95, 0.99].map((q) =>
    over(`histogram_quantile(${String(q)}, sum by (le) (rate(${metric}_bucket${RATE})))`, `p${String(q * 100)}`),
  );

/** How the platform itself does. */
export const PLATFORM_HEALTH: DashboardSpec = {
  uid: 'insa-platform-health',
  title: 'Platform Health',
  description: 'How the platform itself does: what comes in, how fast it is acknowledged and judged, and what is waiting. From Prometheus.',
  from: 'now-3h',
  variables: [],
  rows: [
    { height: 4, panels: FIGURES.map((panel) => [4, panel] as const) },
    {
      height: 8,
      panels: [
        [
          8,
          chart({
            title: 'Messages by outcome',
            description:
              'Telemetry messages per second. stored, duplicate: nothing new, rejected, discarded by a flow, unavailable: not acknowledged.',
            queries: [over(`sum by (outcome) (rate(insa_messages_total${RATE}))`, '{{outcome}}')],
            unit: 'cps',
            style: 'area',
            stacking: 'normal',
          }),
        ],
        [
          8,
          chart({
            title: 'Readings by source',
            description: 'Readings stored per second.',
            queries: [over(`sum by (source) (rate(insa_points_total{outcome="stored"}${RATE}))`, '{{source}}')],
            unit: 'cps',
            style: 'area',
            stacking: 'normal',
          }),
        ],
        [
          8,
          chart({
            title: 'Acknowledgement',
            description: 'From the arrival of a message until its acknowledgement.',
            queries: quantiles('insa_acknowledgement_seconds'),
            unit: 's',
          }),
        ],
      ],
    },
    {
      height: 8,
      panels: [
        [
          8,
          chart({
            title: 'Group commits',
            description: 'How long commits of telemetry take (left), and how many readings one has (right).',
            queries: [
              over(`histogram_quantile(0.99, sum by (le) (rate(insa_ingest_commit_seconds_bucket${RATE})))`, 'p99'),
              over(`sum(rate(insa_ingest_batch_points_sum${RATE})) / sum(rate(insa_ingest_batch_points_count${RATE}))`, 'Readings'),
            ],
            unit: 's',
            overrides: [
              { field: 'Readings', properties: { unit: 'short', 'custom.axisPlacement': 'right', 'custom.axisLabel': 'readings' } },
            ],
          }),
        ],
        [
          8,
          chart({
            title: 'Rules',
            description: 'From the arrival of a message until all rules had judged it (left), and readings judged per second (right).',
            queries: [
              over(`histogram_quantile(0.99, sum by (le) (rate(insa_rule_delay_seconds_bucket${RATE})))`, 'p99'),
              over(`sum(rate(insa_rule_evaluations_total${RATE}))`, 'Judged'),
            ],
            unit: 's',
            overrides: [{ field: 'Judged', properties: { unit: 'cps', 'custom.axisPlacement': 'right' } }],
          }),
        ],
        [
          8,
          chart({
            title: 'What waits',
            description:
              'Messages without an acknowledgement, messages before a commit, notifications, and statements before a connection.',
            queries: [
              over('sum(insa_messages_unacknowledged)', 'Messages without acknowledgement'),
              over('sum(insa_ingest_waiting_messages)', 'Messages before a commit'),
              over('sum(insa_notifications_waiting)', 'Notifications'),
              over('sum(insa_database_pool_waiting)', 'Statements before a connection'),
            ],
          }),
        ],
      ],
    },
    {
      height: 8,
      panels: [
        [
          8,
          chart({
            title: 'Devices by status',
            description: 'Registered devices.',
            queries: [over('sum by (status) (insa_devices)', '{{status}}')],
            style: 'area',
            stacking: 'normal',
            overrides: colorOf(['online', 'offline', 'error', 'unknown']),
          }),
        ],
        [
          8,
          chart({
            title: 'Open alerts',
            description: 'Alerts that are not resolved, by severity.',
            queries: [over('sum by (severity) (insa_alerts_open)', '{{severity}}')],
            style: 'area',
            stacking: 'normal',
            overrides: colorOf(['critical', 'warning', 'info']),
          }),
        ],
        [
          8,
          chart({
            title: 'Deliveries',
            description: 'Attempts to deliver notifications per minute, by channel and outcome.',
            queries: [over(`sum by (channel, outcome) (rate(insa_notification_attempts_total${RATE})) * 60`, '{{channel}} {{outcome}}')],
          }),
        ],
      ],
    },
    {
      height: 9,
      panels: [
        [
          12,
          chart({
            title: 'Requests by route',
            description: 'Requests to the API per second, the ten busiest routes.',
            queries: [over(`topk(10, sum by (method, route) (rate(insa_http_request_seconds_count${RATE})))`, '{{method}} {{route}}')],
            unit: 'reqps',
            legend: 'table',
          }),
        ],
        [
          12,
          chart({
            title: 'Slowest routes (p95)',
            description: '95 of 100 requests of a route were faster; the ten slowest.',
            queries: [
              over(
                `topk(10, histogram_quantile(0.95, sum by (le, method, route) (rate(insa_http_request_seconds_bucket${RATE}))))`,
                '{{method}} {{route}}',
              ),
            ],
            unit: 's',
            legend: 'table',
          }),
        ],
      ],
    },
    {
      height: 8,
      panels: [
        [
          6,
          chart({
            title: 'Connections',
            description: 'MQTT clients and Socket.IO connections.',
            queries: [over('sum(insa_mqtt_connections)', 'MQTT'), over('sum(insa_socketio_clients)', 'Socket.IO')],
          }),
        ],
        [
          6,
          chart({
            title: 'Database',
            description: 'Statements: 95 of 100 were faster, by pool.',
            queries: [over(`histogram_quantile(0.95, sum by (le, pool) (rate(insa_database_query_seconds_bucket${RATE})))`, '{{pool}}')],
            unit: 's',
          }),
        ],
        [
          6,
          chart({
            title: 'Event loop',
            description: 'How much of one processor the program uses for JavaScript (left), and the delay of its timers (right).',
            queries: [
              over(`sum(rate(insa_event_loop_seconds_total{state="active"}${RATE}))`, 'Busy'),
              over('max(nodejs_eventloop_lag_p99_seconds)', 'Delay p99'),
            ],
            unit: 'percentunit',
            overrides: [{ field: 'Delay p99', properties: { unit: 's', 'custom.axisPlacement': 'right' } }],
          }),
        ],
        [
          6,
          chart({
            title: 'Memory',
            description: 'Memory of the program; the embedded database is not in it.',
            queries: [over('sum(process_resident_memory_bytes)', 'All'), over('sum(nodejs_heap_size_used_bytes)', 'JavaScript')],
            unit: 'bytes',
          }),
        ],
      ],
    },
    {
      height: 8,
      panels: [
        [
          12,
          chart({
            title: 'Cache',
            description: 'Questions that were answered without the database: their share (left), and how many per second (right).',
            queries: [
              over(`sum(rate(${SAVED}${RATE})) / (sum(rate(${SAVED}${RATE})) + sum(rate(insa_cache_misses_total${RATE})))`, 'Share'),
              over(`sum(rate(${SAVED}${RATE}))`, 'Saved queries'),
            ],
            unit: 'percentunit',
            overrides: [{ field: 'Saved queries', properties: { unit: 'cps', 'custom.axisPlacement': 'right' } }],
          }),
        ],
        [
          12,
          chart({
            title: 'Refused messages',
            description:
              'Telemetry messages per minute of which something was refused and kept as rejected, by the reason of the first refusal.',
            queries: [over(`sum by (reason) (rate(insa_messages_rejected_total${RATE})) * 60`, '{{reason}}')],
            style: 'bars',
            stacking: 'normal',
          }),
        ],
      ],
    },
  ],
};
