import type { DashboardSpec } from './model.ts';
import {
  OPEN_PLATFORM,
  PLATFORM,
  chart,
  colorOf,
  colored,
  grid,
  linkTo,
  noneIsGood,
  pie,
  ranking,
  series,
  stat,
  table,
  variable,
} from './parts.ts';

const SEVERITIES = ['critical', 'warning', 'info'] as const;
const RAISED = '$__timeFilter(known_at) and severity in (${severity:sqlstring})';

const SEVERITY = variable(
  {
    name: 'severity',
    label: 'Severity',
    query: `select severity from (values ('critical', 1), ('warning', 2), ('info', 3)) as known (severity, place) order by place`,
  },
  { multi: true, includeAll: true },
);

const FIGURES = [
  stat({
    title: 'Alerts',
    description: 'Alerts raised in the period.',
    query: table(`select count(*) as "Alerts" from grafana_alerts where ${RAISED}`),
  }),
  stat({
    title: 'Open now',
    description: 'Alerts that are not resolved now, whenever they were raised.',
    query: table(`select count(*) as "Open" from grafana_alerts where status <> 'resolved' and severity in (\${severity:sqlstring})`),
    steps: noneIsGood('orange'),
  }),
  stat({
    title: 'Not acknowledged',
    description: 'Open alerts that nobody has acknowledged, whenever they were raised.',
    query: table(
      `select count(*) as "Not acknowledged" from grafana_alerts where status = 'active' and severity in (\${severity:sqlstring})`,
    ),
    steps: noneIsGood('red'),
  }),
  stat({
    title: 'Acknowledged',
    description:
      'Of the alerts raised in the period, how many somebody acknowledged. Alerts that ended by themselves before count as not acknowledged.',
    query: table(`select count(acknowledged_at)::float8 / nullif(count(*), 0) as "Acknowledged" from grafana_alerts where ${RAISED}`),
    unit: 'percentunit',
    decimals: 0,
    steps: [
      { color: 'red', value: null },
      { color: 'orange', value: 0.5 },
      { color: 'green', value: 0.8 },
    ],
  }),
  stat({
    title: 'Time to acknowledge',
    description: 'Median of the alerts raised in the period that were acknowledged.',
    query: table(
      `select percentile_cont(0.5) within group (order by acknowledged_after_seconds) as "To acknowledge" from grafana_alerts where ${RAISED}`,
    ),
    unit: 's',
    decimals: 0,
  }),
  stat({
    title: 'Time open',
    description: 'Median of the alerts raised in the period; of those that are open until now.',
    query: table(`select percentile_cont(0.5) within group (order by open_seconds) as "Open" from grafana_alerts where ${RAISED}`),
    unit: 's',
    decimals: 0,
  }),
];

const FREQUENCY = chart({
  title: 'Alerts by severity',
  description: 'Alerts raised in each interval.',
  queries: [
    series(`
      select $__timeGroupAlias(known_at, $__interval, 0), severity as metric, count(*) as value
        from grafana_alerts
       where ${RAISED}
       group by 1, 2
       order by 1`),
  ],
  style: 'bars',
  stacking: 'normal',
  overrides: colorOf(SEVERITIES),
  settings: { interval: '1m', maxDataPoints: 60 },
});

const SHARES = pie({
  title: 'Shares',
  description: 'Alerts raised in the period, by severity.',
  query: table(`
    select severity as "Severity", count(*) as "Alerts"
      from grafana_alerts
     where ${RAISED}
     group by severity, severity_rank
     order by severity_rank desc`),
  overrides: colorOf(SEVERITIES),
});

const RECENT = grid({
  title: 'Recent alerts',
  description: 'The newest 200 alerts of the period.',
  query: table(`
    select known_at as "Raised", severity as "Severity", status as "Status", message as "Message", device_name as "Device", rule_name as "Rule",
           acknowledged_by as "Acknowledged by", open_seconds as "Open for", alert_id as "Id", device_id as "Device id"
      from grafana_alerts
     where ${RAISED}
     order by known_at desc
     limit 200`),
  overrides: [
    { field: 'Raised', properties: { unit: 'dateTimeAsLocal', 'custom.width': 170 } },
    { field: 'Severity', properties: colored(SEVERITIES) },
    { field: 'Status', properties: { 'custom.width': 120 } },
    { field: 'Message', properties: linkTo('Open the alert', '/alerts/${__data.fields.Id}') },
    { field: 'Device', properties: linkTo('Open the device', '/devices/${__data.fields["Device id"]}') },
    { field: 'Open for', properties: { unit: 's', decimals: 0, 'custom.width': 110 } },
    { field: 'Id', properties: { 'custom.width': 90 } },
    { field: 'Device id', properties: { 'custom.width': 120 } },
  ],
});

const RULES = grid({
  title: 'Rules',
  description: 'Every rule there is, those that raised an alert last first. Raised: alerts since the rule was made.',
  query: table(`
    select rule_name as "Rule", rule_id as "Id", rule_type as "Type", severity as "Severity", case when enabled then 'on' else 'off' end as "State",
           origin as "Origin", trigger_count as "Raised", last_triggered_at as "Last raised", open_alerts as "Open alerts"
      from grafana_rules
     order by last_triggered_at desc nulls last, rule_name
     limit 500`),
  overrides: [
    { field: 'Rule', properties: linkTo('Open the rule', '/rules/${__data.fields.Id}') },
    { field: 'Severity', properties: colored(SEVERITIES) },
    {
      field: 'State',
      properties: {
        'custom.cellOptions': { type: 'color-text' },
        mappings: [
          { type: 'value', options: { on: { color: 'green', text: 'on', index: 0 }, off: { color: 'gray', text: 'off', index: 1 } } },
        ],
      },
    },
    { field: 'Last raised', properties: { unit: 'dateTimeFromNow' } },
  ],
});

/** How often what is wrong, and how fast somebody looks. */
export const ALERTS_AND_RULES: DashboardSpec = {
  uid: 'insa-alerts-and-rules',
  title: 'Alerts and Rules',
  description: 'How often what is wrong, how fast somebody looks, and which rules and devices it comes from.',
  from: 'now-7d',
  variables: [SEVERITY, PLATFORM],
  links: [OPEN_PLATFORM],
  rows: [
    { height: 4, panels: FIGURES.map((panel) => [4, panel] as const) },
    {
      height: 8,
      panels: [
        [16, FREQUENCY],
        [8, SHARES],
      ],
    },
    { height: 11, panels: [[24, RECENT]] },
    {
      height: 9,
      panels: [
        [
          12,
          ranking({
            title: 'Top rules',
            description: 'The ten rules that raised most alerts in the period.',
            query: table(`
              select rule_name as "Rule", count(*) as "Alerts"
                from grafana_alerts
               where ${RAISED}
               group by rule_id, rule_name
               order by count(*) desc, rule_name
               limit 10`),
            color: 'orange',
          }),
        ],
        [
          12,
          ranking({
            title: 'Top devices',
            description: 'The ten devices with most alerts in the period.',
            query: table(`
              select device_name as "Device", count(*) as "Alerts"
                from grafana_alerts
               where ${RAISED}
               group by device_id, device_name
               order by count(*) desc, device_name
               limit 10`),
            color: 'purple',
          }),
        ],
      ],
    },
    { height: 10, panels: [[24, RULES]] },
  ],
};
