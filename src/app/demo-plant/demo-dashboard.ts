import type { DashboardContent, Widget, WidgetPosition } from '../../contracts/dashboards.ts';

/** The one id of the demo plant's dashboard. */
export const DEMO_DASHBOARD_ID = 'de300000-0000-4000-8000-000000000001';

/** Over this the rule of the default flow raises an alert. */
const HOT_CELSIUS = 80;
const DAY_SECONDS = 86_400;
/** All machines of the demo plant, whichever there are. */
const MACHINES = { location: 'Demo plant' } as const;

const TEXT = `# A finished dashboard
Everything here is live: the machines publish over MQTT, as yours will.
- All but two widgets show whatever device is at the location "Demo plant": one more appears by itself.
- Duplicate it and change the copy: this one goes when the demo plant is removed.`;

const PARTS: readonly (Pick<Widget, 'id' | 'type'> & Partial<Widget> & { at: WidgetPosition })[] = [
  {
    id: 'temperatures',
    type: 'gauge',
    title: 'Temperature',
    selector: MACHINES,
    keys: ['temperature'],
    options: { min: 20, max: 120, upper_limit: HOT_CELSIUS, decimals: 1 },
    at: { x: 0, y: 0, w: 8, h: 3 },
  },
  { id: 'machines', type: 'status', title: 'Machines', selector: MACHINES, at: { x: 8, y: 0, w: 4, h: 3 } },
  {
    id: 'day',
    type: 'chart',
    title: 'Temperature, last 24 hours',
    selector: MACHINES,
    keys: ['temperature'],
    options: { kind: 'line', period_seconds: DAY_SECONDS },
    at: { x: 0, y: 3, w: 8, h: 5 },
  },
  { id: 'alerts', type: 'alerts', title: 'Open alerts', selector: MACHINES, options: { limit: 20 }, at: { x: 8, y: 3, w: 4, h: 5 } },
  {
    id: 'flow',
    type: 'chart',
    title: 'Flow of the pump, and of yesterday',
    series: [{ device_id: 'pump-demo', key: 'flow' }],
    options: { kind: 'area', aggregation: 'avg', period_seconds: DAY_SECONDS, compare: 'day' },
    at: { x: 0, y: 8, w: 6, h: 4 },
  },
  {
    id: 'readings',
    type: 'value',
    title: 'Right now',
    series: [
      { device_id: 'pump-demo', key: 'flow' },
      { device_id: 'pump-demo', key: 'vibration' },
      { device_id: 'compressor-demo', key: 'current' },
      { device_id: 'compressor-demo', key: 'pressure' },
    ],
    at: { x: 6, y: 8, w: 3, h: 4 },
  },
  { id: 'map', type: 'map', title: 'Where they stand', selector: MACHINES, keys: ['temperature'], at: { x: 9, y: 8, w: 3, h: 4 } },
  {
    id: 'newest',
    type: 'table',
    title: 'Newest values',
    selector: MACHINES,
    keys: ['temperature', 'pressure', 'vibration', 'flow', 'current', 'running'],
    options: { upper_limit: null },
    at: { x: 0, y: 12, w: 8, h: 3 },
  },
  { id: 'about', type: 'text', title: '', options: { text: TEXT }, at: { x: 8, y: 12, w: 4, h: 3 } },
];

/** What people find when they open the dashboards of a new installation. */
export const DEMO_DASHBOARD: DashboardContent = {
  name: 'Demo plant',
  description: 'The simulated machines at a glance: a finished example to look at, duplicate and change.',
  is_public: true,
  widgets: PARTS.map(({ id, type, title = '', series = [], selector, keys, options = {} }) => ({
    ...{ id, type, title, series, options },
    ...(selector === undefined ? {} : { selector }),
    ...(keys === undefined ? {} : { keys }),
  })),
  layout: Object.fromEntries(PARTS.map(({ id, at }) => [id, at])),
};
