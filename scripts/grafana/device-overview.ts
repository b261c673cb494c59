import type { DashboardSpec } from './model.ts';
import { OPEN_PLATFORM, PLATFORM, chart, colorOf, colored, grid, linkTo, noneIsGood, pie, ranking, series, stat, table } from './parts.ts';

const STATUSES = ['online', 'offline', 'error', 'unknown'] as const;
const SEVERITIES = ['critical', 'warning', 'info'] as const;

const FIGURES = [
  stat({
    title: 'Devices',
    description: 'Registered devices.',
    query: table('select count(*) as "Devices" from grafana_devices'),
  }),
  stat({
    title: 'Online',
    description: 'Devices that are online now.',
    query: table(`select count(*) as "Online" from grafana_devices where status = 'online'`),
    steps: [
      { color: 'gray', value: null },
      { color: 'green', value: 1 },
    ],
  }),
  stat({
    title: 'Not online',
    description: 'Devices that are offline or have an error. Devices that were never heard of are not in it.',
    query: table(`select count(*) as "Not online" from grafana_devices where status in ('offline', 'error')`),
    steps: noneIsGood('red'),
  }),
  stat({
    title: 'Open alerts',
    description: 'Alerts that are not resolved, acknowledged ones included.',
    query: table(`select count(*) as "Open alerts" from grafana_alerts where status <> 'resolved'`),
    steps: noneIsGood('orange'),
  }),
  stat({
    title: 'Critical',
    description: 'Open alerts of the severity critical.',
    query: table(`select count(*) as "Critical" from grafana_alerts where status <> 'resolved' and severity = 'critical'`),
    steps: noneIsGood('red'),
  }),
  stat({
    title: 'Active rules',
    description: 'Rules that are switched on, stored and wired.',
    query: table('select count(*) as "Active rules" from grafana_rules where enabled'),
  }),
];

const ACTIVITY = chart({
  title: 'Activity',
  description:
    'Readings in each interval (bars) and how many devices sent some (line). Numbers and booleans; from the roll-up by the minute.',
  queries: [
    series(`
      select g.time as "time", sum(g.n) as "Readings", count(*) as "Active devices"
        from (select $__timeGroup(time, $__interval) as time, device_id, sum(n) as n
                from grafana_telemetry_minutes
               where $__timeFilter(time)
               group by 1, 2) g
       group by 1
       order by 1`),
  ],
  style: 'bars',
  overrides: [
    { field: 'Readings', properties: { color: { mode: 'fixed', fixedColor: 'semi-dark-blue' } } },
    {
      field: 'Active devices',
      properties: {
        color: { mode: 'fixed', fixedColor: 'green' },
        decimals: 0,
        'custom.drawStyle': 'line',
        'custom.lineWidth': 2,
        'custom.fillOpacity': 0,
        'custom.axisPlacement': 'right',
        'custom.axisLabel': 'devices',
      },
    },
  ],
  settings: { interval: '1m', maxDataPoints: 120 },
});

const SEVERITY_PIE = pie({
  title: 'Open alerts by severity',
  description: 'Alerts that are not resolved, acknowledged ones included.',
  query: table(`
    select severity as "Severity", count(*) as "Alerts"
      from grafana_alerts
     where status <> 'resolved'
     group by severity, severity_rank
     order by severity_rank desc`),
  overrides: colorOf(SEVERITIES),
});

const STATUS_TABLE = grid({
  title: 'Devices',
  description: 'The devices that need somebody first: open alerts by severity, then those that are not online. 500 at most.',
  query: table(`
    select device_name as "Device", device_id as "Id", status as "Status", type as "Type", location as "Location",
           last_seen_at as "Last heard of", open_alerts as "Open alerts", worst_severity as "Worst"
      from grafana_devices
     order by array_position(array['critical', 'warning', 'info'], worst_severity), status = 'online', device_name
     limit 500`),
  overrides: [
    { field: 'Device', properties: linkTo('Open the device', '/devices/${__data.fields.Id}') },
    { field: 'Status', properties: colored(STATUSES) },
    { field: 'Last heard of', properties: { unit: 'dateTimeFromNow' } },
    {
      field: 'Open alerts',
      properties: {
        'custom.width': 110,
        color: { mode: 'thresholds' },
        thresholds: { mode: 'absolute', steps: [{ color: 'text', value: null }, { color: 'orange', value: 1 }] }, // prettier-ignore
        'custom.cellOptions': { type: 'color-text' },
      },
    },
    { field: 'Worst', properties: colored(SEVERITIES) },
  ],
});

const STATUS_PIE = pie({
  title: 'Devices by status',
  description: 'unknown: registered and never heard of.',
  query: table(`
    select status as "Status", count(*) as "Devices"
      from grafana_devices
     group by status
     order by count(*) desc`),
  overrides: colorOf(STATUSES),
});

const MOST_ALERTS = ranking({
  title: 'Devices with most open alerts',
  description: 'The ten devices with most alerts that are not resolved.',
  query: table(`
    select device_name as "Device", open_alerts as "Open alerts"
      from grafana_devices
     where open_alerts > 0
     order by open_alerts desc, device_name
     limit 10`),
  color: 'orange',
});

/** The plant at a glance: what there is, what is online, what needs somebody. */
export const DEVICE_OVERVIEW: DashboardSpec = {
  uid: 'insa-device-overview',
  title: 'Device Overview',
  description: 'The plant at a glance: what there is, what is online, what needs somebody.',
  from: 'now-6h',
  variables: [PLATFORM],
  links: [OPEN_PLATFORM],
  rows: [
    { height: 4, panels: FIGURES.map((panel) => [4, panel] as const) },
    {
      height: 8,
      panels: [
        [16, ACTIVITY],
        [8, SEVERITY_PIE],
      ],
    },
    { height: 12, panels: [[24, STATUS_TABLE]] },
    {
      height: 8,
      panels: [
        [12, STATUS_PIE],
        [12, MOST_ALERTS],
      ],
    },
  ],
};
