import { DATA_SOURCES } from './model.ts';
import type { DashboardSpec } from './model.ts';
import { OPEN_PLATFORM, PLATFORM, chart, colorOf, grid, linkTo, series, stat, table, variable } from './parts.ts';

const CHOSEN = 'device_id in (${device:sqlstring}) and key in (${key:sqlstring})';

const DEVICE = variable(
  {
    name: 'device',
    label: 'Device',
    query:
      'select device_name || \' (\' || device_id || \')\' as "__text", device_id as "__value" from grafana_devices order by device_name, device_id',
  },
  { multi: true },
);
const KEY = variable(
  {
    name: 'key',
    label: 'Quantity',
    query: `select distinct key from grafana_series where device_id in (\${device:sqlstring}) and kind <> 'text' order by key`,
  },
  { multi: true, includeAll: true },
);

/** What each line is called: devices may share a name. */
const LINE = `device_name || case when device_name = device_id then '' else ' (' || device_id || ')' end || coalesce(', ' || unit, '')`;

const CHART = chart({
  title: '$key',
  description:
    'The mean of each interval. Intervals of a minute and more come from the roll-up by the minute, shorter ones from the readings themselves. Regions are alerts of the chosen devices.',
  queries: [
    series(`
      select $__timeGroupAlias(time, $__interval), ${LINE} as metric, sum(sum) / sum(n) as value
        from grafana_telemetry_minutes
       where $__interval_ms >= 60000 and $__timeFilter(time) and ${CHOSEN}
       group by 1, 2
      union all
      select $__timeGroup(time, $__interval), ${LINE}, avg(value)
        from grafana_telemetry
       where $__interval_ms < 60000 and $__timeFilter(time) and ${CHOSEN}
       group by 1, 2
       order by 1`),
  ],
  legend: 'table',
  settings: { repeat: 'key', repeatDirection: 'h', maxPerRow: 2, interval: '1s' },
});

const LATEST = grid({
  title: 'Latest readings',
  description:
    'The newest reading of every quantity of the chosen devices, texts too. Outside: beyond the limits that were set for the quantity.',
  query: table(`
    select device_name as "Device", device_id as "Id", series_name as "Quantity", coalesce(value::text, text_value) as "Value", unit as "Unit",
           time as "Time", case when outside_limits then 'outside' when outside_limits is null then '' else 'ok' end as "Limits", quality as "Quality"
      from grafana_latest_readings
     where device_id in (\${device:sqlstring})
     order by device_name, device_id, series_name
     limit 500`),
  overrides: [
    { field: 'Device', properties: linkTo('Open the device', '/devices/${__data.fields.Id}') },
    { field: 'Value', properties: { 'custom.align': 'right' } },
    { field: 'Time', properties: { unit: 'dateTimeFromNow' } },
    {
      field: 'Limits',
      properties: {
        'custom.cellOptions': { type: 'color-text' },
        mappings: [
          {
            type: 'value',
            options: { outside: { color: 'red', text: 'outside', index: 0 }, ok: { color: 'green', text: 'ok', index: 1 } },
          },
        ],
      },
    },
    { field: 'Quality', properties: { 'custom.width': 90 } },
  ],
});

const ALERTS = {
  name: 'Alerts',
  datasource: DATA_SOURCES.postgres,
  enable: true,
  hide: false,
  iconColor: 'orange',
  target: {
    refId: 'Alerts',
    editorMode: 'code',
    rawQuery: true,
    format: 'table',
    rawSql: `select known_at as time, coalesce(resolved_at, now()) as timeend, message as text, severity as tags
  from grafana_alerts
 where $__timeFilter(known_at) and device_id in (\${device:sqlstring})
 order by known_at`,
  },
};

/** Series of devices over time. */
export const TELEMETRY: DashboardSpec = {
  uid: 'insa-telemetry',
  title: 'Telemetry',
  description: 'Quantities of devices over time, and their latest readings. Choose devices and quantities above.',
  from: 'now-3h',
  variables: [DEVICE, KEY, PLATFORM],
  annotations: [ALERTS],
  links: [OPEN_PLATFORM],
  rows: [
    {
      height: 4,
      panels: [
        [
          6,
          stat({
            title: 'Readings',
            description: 'Readings of the chosen quantities in the period; from the roll-up by the minute.',
            query: table(`select coalesce(sum(n), 0) as "Readings" from grafana_telemetry_minutes where $__timeFilter(time) and ${CHOSEN}`),
          }),
        ],
        [
          6,
          stat({
            title: 'Quantities',
            description: 'Series that the choice takes in.',
            query: table(`select count(*) as "Quantities" from grafana_series where kind <> 'text' and ${CHOSEN}`),
          }),
        ],
        [
          6,
          stat({
            title: 'Outside limits',
            description: 'Chosen quantities whose newest reading is beyond a limit that was set.',
            query: table(`select count(*) filter (where outside_limits) as "Outside limits" from grafana_latest_readings where ${CHOSEN}`),
            steps: [
              { color: 'green', value: null },
              { color: 'red', value: 1 },
            ],
          }),
        ],
        [
          6,
          stat({
            title: 'Newest reading',
            description: 'How long ago the newest reading of the chosen quantities is.',
            query: table(`select min(age_seconds) as "Age" from grafana_latest_readings where ${CHOSEN}`),
            unit: 's',
            decimals: 0,
            steps: [
              { color: 'green', value: null },
              { color: 'orange', value: 300 },
              { color: 'red', value: 3_600 },
            ],
          }),
        ],
      ],
    },
    { height: 10, panels: [[24, CHART]] },
    { height: 12, panels: [[24, LATEST]] },
    {
      height: 7,
      panels: [
        [
          24,
          chart({
            title: 'Alerts of the chosen devices',
            description: 'Alerts raised in each interval, by severity.',
            queries: [
              series(`
                select $__timeGroupAlias(known_at, $__interval, 0), severity as metric, count(*) as value
                  from grafana_alerts
                 where $__timeFilter(known_at) and device_id in (\${device:sqlstring})
                 group by 1, 2
                 order by 1`),
            ],
            style: 'bars',
            stacking: 'normal',
            overrides: colorOf(['critical', 'warning', 'info']),
            settings: { interval: '1m', maxDataPoints: 60 },
          }),
        ],
      ],
    },
  ],
};
